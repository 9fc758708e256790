/**
 * Zipf's law: the item of rank r is asked for in proportion to 1 / (r+1)^s. Cache traffic is like that with s near 1
 * (YCSB takes 0.99), so a few keys get most of the calls.
 */
import type { Random } from './random.ts';

/** Draws ranks by Zipf's law; rank 0 is the most popular. */
export class Zipf {
  /** How many ranks there are. */
  readonly count: number;
  /** The share of all draws that falls on ranks 0…r. */
  readonly #shares: Float64Array;

  constructor(count: number, exponent = 0.99) {
    this.count = count;
    this.#shares = new Float64Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank++) {
      sum += (rank + 1) ** -exponent;
      this.#shares[rank] = sum;
    }
    for (let rank = 0; rank < count; rank++) this.#shares[rank] = (this.#shares[rank] as number) / sum;
  }

  /** Draws a rank. */
  draw(random: Random): number {
    const point = random();
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (point < (this.#shares[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Draws `count` different ranks (all there are, if those are fewer). */
  drawSome(count: number, random: Random): number[] {
    const ranks = new Set<number>();
    const wanted = Math.min(count, this.count);
    while (ranks.size < wanted) ranks.add(this.draw(random));
    return [...ranks];
  }
}
