/** Times to live as other layers have them, in milliseconds and without a bound, for nodes that count in seconds. */

/** 50 years in seconds: nodes have no time after 2106. */
const longest = 50 * 365 * 86_400;

/** Seconds that a node can count; what is longer than 50 years lives for ever. */
export const lifeOf = (seconds: number): number => (seconds > longest ? Infinity : seconds);

/**
 * Whole seconds, rounded up; undefined: the client's own ttl. A time that is over gives -1: there is nothing to store.
 */
export function secondsOf(ms: number | undefined): number | undefined {
  if (ms === undefined) return ms;
  return ms <= 0 ? -1 : lifeOf(Math.ceil(ms / 1000));
}
