/** Numbers that look random and are the same for the same seed. */

/** The next number, from 0 up to, but not including, 1. */
export type Random = () => number;

/** A source of numbers: `stream` numbers the independent sources of one seed (mulberry32). */
export function randomOf(seed: number, stream = 0): Random {
  let state = (seed ^ Math.imul(stream, 0x9e37_79b9)) | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
