import type { KeyHash, Locator, LocatorNode } from './locator.ts';

/**
 * Finds the stand-in for the keys of an ejected node.
 *
 * @param key the byte string that is hashed
 * @param hash its hash, an unsigned 32-bit number
 * @param slots node indexes
 * @returns a node index, or -1 when the rule finds none
 */
export type StandIn = (key: string, hash: number, slots: Uint16Array, skip: (index: number) => boolean) => number;

/**
 * Hash modulo the number of slots; a slot is a node, or a node of weight w has w slots one after the other. Keys of the
 * other nodes do not move while a node is ejected. (libmemcached and twemproxy with auto-eject divide by the live slots
 * instead, which moves nearly every key.)
 */
export class SlotLocator implements Locator {
  readonly size: number;
  readonly #slots: Uint16Array;
  readonly #hash: KeyHash;
  readonly #standIn: StandIn;

  /**
   * @param slots node indexes, in the order of the scheme
   * @param standIn the scheme's own rule; where it finds none, {@link spread} does. @default spread
   */
  constructor(size: number, slots: readonly number[], hash: KeyHash, standIn: StandIn = spread) {
    this.size = size;
    this.#slots = Uint16Array.from(slots);
    this.#hash = hash;
    this.#standIn = standIn;
  }

  locate(key: string): number {
    if (this.size < 2) return this.size - 1;
    return this.#slots[this.#hash(key) % this.#slots.length]!;
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    if (this.size === 0) return -1;
    const hash = this.#hash(key);
    const index = this.#standIn(key, hash, this.#slots, skip);
    return index < 0 ? spread(key, hash, this.#slots, skip) : index;
  }
}

/**
 * Spreads the keys over the live slots by the quotient of the division that the first choice did not use:
 *
 *   hash = quotient × slots + slot         slot → the node;   quotient % live slots → its stand-in
 */
const spread: StandIn = (_key, hash, slots, skip) => {
  const live = slots.filter((index) => !skip(index));
  return live.length === 0 ? -1 : live[Math.floor(hash / slots.length) % live.length]!;
};

/** The next live slot in list order (memjs, spymemcached's array). */
export const following: StandIn = (_key, hash, slots, skip) => {
  for (let step = 0; step < slots.length; step++) {
    const index = slots[(hash + step) % slots.length]!;
    if (!skip(index)) return index;
  }
  return -1;
};

/** One slot per node, in the order given: weights do not count. */
export function plainSlots(nodes: readonly LocatorNode[]): number[] {
  return nodes.map((_, index) => index);
}

/** Weight w gives a node w slots in a row. */
export function weightedSlots(nodes: readonly LocatorNode[]): number[] {
  return nodes.flatMap((node, index) => Array.from({ length: node.weight }, () => index));
}
