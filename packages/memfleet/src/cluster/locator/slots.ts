import type { KeyHash, Locator, LocatorNode } from './locator.ts';

/**
 * Hash modulo the number of slots; a slot is a node, or a node of weight w has w slots one after the other.
 *
 * While a node is out, its keys are spread over the live slots by the quotient of that division, which the first choice did not use:
 *
 *   hash = quotient × slots + slot         slot → the node;   quotient % live slots → its stand-in
 *
 * Keys of the other nodes stay where they are. (libmemcached and twemproxy with auto-eject divide by the live slots instead, which moves nearly every key.)
 */
export class SlotLocator implements Locator {
  readonly size: number;
  readonly #slots: Uint16Array;
  readonly #hash: KeyHash;

  /** @param slots node indexes, in the order of the scheme */
  constructor(size: number, slots: readonly number[], hash: KeyHash) {
    this.size = size;
    this.#slots = Uint16Array.from(slots);
    this.#hash = hash;
  }

  locate(key: string): number {
    if (this.size < 2) return this.size - 1;
    return this.#slots[this.#hash(key) % this.#slots.length]!;
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    const live = this.#slots.filter((index) => !skip(index));
    if (live.length === 0) return -1;
    return live[Math.floor(this.#hash(key) / this.#slots.length) % live.length]!;
  }
}

/** One slot per node, in the order given: weights do not count. */
export function plainSlots(nodes: readonly LocatorNode[]): number[] {
  return nodes.map((_, index) => index);
}

/** Weight w gives a node w slots in a row. */
export function weightedSlots(nodes: readonly LocatorNode[]): number[] {
  return nodes.flatMap((node, index) => Array.from({ length: node.weight }, () => index));
}
