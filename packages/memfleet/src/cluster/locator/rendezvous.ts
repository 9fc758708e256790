import type { Locator } from './locator.ts';

/** The score of a node for a key, an unsigned 32-bit number. */
export type RendezvousScore = (name: string, key: string) => number;

/**
 * Rendezvous hash (highest random weight): every node gets a score for the key and the highest wins, of equal scores the greater name. While a node is
 * out, its keys go to their second choice, so they spread over all others. Its work grows with the number of nodes.
 */
export class RendezvousLocator implements Locator {
  readonly size: number;
  readonly #names: readonly string[];
  readonly #score: RendezvousScore;

  constructor(names: readonly string[], score: RendezvousScore) {
    this.size = names.length;
    this.#names = names;
    this.#score = score;
  }

  locate(key: string): number {
    if (this.size < 2) return this.size - 1;
    return this.#best(key, () => false);
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    return this.#best(key, skip);
  }

  #best(key: string, skip: (index: number) => boolean): number {
    const names = this.#names;
    let best = -1;
    let highest = -1;
    for (let index = 0; index < names.length; index++) {
      if (skip(index)) continue;
      const score = this.#score(names[index]!, key);
      if (score < highest || (score === highest && names[index]! <= names[best]!)) continue;
      best = index;
      highest = score;
    }
    return best;
  }
}
