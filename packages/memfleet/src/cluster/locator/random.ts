import { type Random, systemRandom } from '../../base/chance.ts';
import type { Locator } from './locator.ts';

/** A random node, independent of the key and the weights: for nodes that are all equal. */
export class RandomLocator implements Locator {
  readonly size: number;
  readonly #random: () => number;

  /** @param random a number from 0 to below 1. @default that of the runtime */
  constructor(size: number, random: Random = systemRandom) {
    this.size = size;
    this.#random = random;
  }

  locate(_key: string): number {
    return this.size < 2 ? this.size - 1 : Math.floor(this.#random() * this.size);
  }

  locateNext(_key: string, skip: (index: number) => boolean): number {
    const live: number[] = [];
    for (let index = 0; index < this.size; index++) if (!skip(index)) live.push(index);
    return live.length === 0 ? -1 : live[Math.floor(this.#random() * live.length)]!;
  }
}
