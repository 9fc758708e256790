import type { KeyHash, Locator } from './locator.ts';

/** The scores of a rendezvous scheme. */
export interface RendezvousRules {
  /** Computed once per key. @default none, 0 */
  readonly keyHash?: KeyHash;
  /** The score of the node with that index: an unsigned 32-bit number. */
  readonly score: (index: number, keyHash: number, key: string) => number;
}

/**
 * Rendezvous hash (highest random weight): every node gets a score for the key and the highest wins, of equal scores
 * the greater name. While a node is ejected, its keys go to their second choice, so they spread over all others. Its
 * work grows with the number of nodes.
 */
export class RendezvousLocator implements Locator {
  readonly size: number;
  readonly #names: readonly string[];
  readonly #rules: RendezvousRules;

  constructor(names: readonly string[], rules: RendezvousRules) {
    this.size = names.length;
    this.#names = names;
    this.#rules = rules;
  }

  locate(key: string): number {
    if (this.size < 2) return this.size - 1;
    return this.#best(key, none);
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    return this.#best(key, skip);
  }

  #best(key: string, skip: (index: number) => boolean): number {
    const names = this.#names;
    const { keyHash, score: rate } = this.#rules;
    const hash = keyHash === undefined ? 0 : keyHash(key);
    let best = -1;
    let highest = -1;
    for (let index = 0; index < names.length; index++) {
      if (skip(index)) continue;
      const score = rate(index, hash, key);
      if (score < highest || (score === highest && names[index]! <= names[best]!)) continue;
      best = index;
      highest = score;
    }
    return best;
  }
}

function none(): boolean {
  return false;
}
