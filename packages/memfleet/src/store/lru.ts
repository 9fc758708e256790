/**
 * The order in which items are given up: a doubly linked list through the items themselves.
 *
 *   newest ─older─▶ item ─older─▶ item ─older─▶ oldest      a hit moves an item to the front, eviction takes it from the back
 *          ◀newer─      ◀newer─      ◀newer─
 */
import type { Item } from './item.ts';

/** See the head of this file. */
export class Lru {
  #newest: Item | undefined;
  #oldest: Item | undefined;

  /** The item that was used last. */
  get newest(): Item | undefined {
    return this.#newest;
  }

  /** The item that was not used for longest. */
  get oldest(): Item | undefined {
    return this.#oldest;
  }

  /** Adds an item that is in no list. */
  add(item: Item): void {
    const newest = this.#newest;
    item.older = newest;
    item.newer = undefined;
    if (newest === undefined) this.#oldest = item;
    else newest.newer = item;
    this.#newest = item;
  }

  /** Takes out an item of this list. */
  remove(item: Item): void {
    const { newer, older } = item;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    item.newer = undefined;
    item.older = undefined;
  }

  /** Puts an item of this list to the front. */
  bump(item: Item): void {
    if (item === this.#newest) return;
    this.remove(item);
    this.add(item);
  }

  clear(): void {
    this.#newest = undefined;
    this.#oldest = undefined;
  }
}
