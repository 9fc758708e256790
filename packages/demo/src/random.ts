/** Chance from a seed, so that a run can be repeated. */

/** Gives numbers 0 ≤ x < 1. */
export type Random = () => number;

/** Mulberry32 (Tommy Ettinger): 32 bits of state, good enough to draw keys with. `seed` is taken modulo 2^32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A waiting time with the given mean, as of arrivals that know nothing of each other (exponential). */
export function drawWait(mean: number, random: Random): number {
  return -Math.log(1 - random()) * mean;
}
