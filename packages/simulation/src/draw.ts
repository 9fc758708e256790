/**
 * Chance from a seed and a name, so that each purpose has numbers of its own: one that draws more disturbs no other.
 */
import { randomOf } from 'memfleet/testing';

/** Draws for one purpose. */
export class Draw {
  readonly next: () => number;

  constructor(seed: number, purpose: string) {
    this.next = randomOf(seed, purpose);
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** True in this share of the draws. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights) as [Name, number][];
    let at = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      at -= weight;
      if (at < 0) return name;
    }
    return (entries.at(-1) as [Name, number])[0];
  }

  /** A waiting time with the given mean, as of arrivals that know nothing of each other. */
  wait(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** Times of arrivals before the end, with the given mean between two. */
  *times(mean: number, end: number): Generator<number, void, undefined> {
    for (let at = this.wait(mean); at < end; at += this.wait(mean)) yield at;
  }
}
