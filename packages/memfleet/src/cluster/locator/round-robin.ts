import type { Locator, LocatorNode } from './locator.ts';

/**
 * Nodes that are all equal (proxies, Moxi): each call takes the next one, independent of the key. A weight w gives w
 * turns.
 *
 *   turns    A B C A B C …      the order never depends on ejections
 *   B out    A ┴ C A ┴ C …      B's turns go to A and C alternately, from a cursor of their own
 */
export class RoundRobinLocator implements Locator {
  readonly size: number;
  readonly #turns: Uint16Array;
  #next = 0;
  #spare = 0;

  constructor(nodes: readonly LocatorNode[]) {
    this.size = nodes.length;
    this.#turns = interleave(nodes.map((node) => node.weight));
  }

  locate(_key: string): number {
    const turns = this.#turns;
    if (turns.length === 0) return -1;
    const index = turns[this.#next]!;
    this.#next = this.#next + 1 === turns.length ? 0 : this.#next + 1;
    return index;
  }

  locateNext(_key: string, skip: (index: number) => boolean): number {
    const live = this.#turns.filter((index) => !skip(index));
    if (live.length === 0) return -1;
    this.#spare = (this.#spare + 1) % live.length;
    return live[this.#spare]!;
  }
}

/** Turns in rounds: every node once, then every node with a weight of 2 or more once more, and so on. */
function interleave(weights: readonly number[]): Uint16Array {
  const turns: number[] = [];
  const rounds = Math.max(0, ...weights);
  for (let round = 0; round < rounds; round++) {
    for (const [index, weight] of weights.entries()) if (weight > round) turns.push(index);
  }
  return Uint16Array.from(turns);
}
