/** Times to live in milliseconds, as other layers have them, for nodes that count in seconds. */

/**
 * Whole seconds, rounded up; undefined: the client's own ttl. A time that is over gives -1: there is nothing to store.
 */
export function secondsOf(ms: number | undefined): number | undefined {
  if (ms === undefined || ms === Infinity) return ms;
  return ms <= 0 ? -1 : Math.ceil(ms / 1000);
}
