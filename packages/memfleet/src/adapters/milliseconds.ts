/** Times to live as other layers have them, in milliseconds and without a bound, for nodes that count in seconds. */

/** 50 years in seconds: nodes cannot store a time after 2106. */
const longest = 50 * 365 * 86_400;

/** A ttl in seconds that a node can store; Infinity for more than 50 years. */
export const lifeOf = (seconds: number): number => (seconds > longest ? Infinity : seconds);

/**
 * Whole seconds, rounded up; undefined: the client's own ttl. A time that is over gives -1: there is nothing to store.
 */
export function secondsOf(ms: number | undefined): number | undefined {
  if (ms === undefined) return ms;
  return ms <= 0 ? -1 : lifeOf(Math.ceil(ms / 1000));
}
