/**
 * Items of one text get in the form of their reply, one behind the other. They are handed on together: a record has
 * that form already, and copying it costs a fraction of a reply of its own (docs/performance.md, "items at once").
 *
 *   key ─▶ item ─ add ─▶ [ VALUE a … VALUE b … VALUE c … ] ─ give ─▶ handler.onItems
 */
import type { Handler } from '../core/dispatcher.ts';
import type { Item } from './item.ts';

const size = 16 * 1024;
/** Longer ones are replies of their own: copied twice, they would cost more. */
const longest = 1024;
/** The bytes that may be written behind an item. */
const padding = 4;

/** Items of one text get in the form of their reply. */
export class SpelledItems {
  readonly #bytes = Buffer.allocUnsafeSlow(size + padding);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #count = 0;

  /** Drops what is left of an earlier get. */
  begin(): void {
    this.#length = 0;
    this.#count = 0;
  }

  /** Adds an item. False: it is too long, or there is no room for it until the others are given. */
  add(item: Item): boolean {
    const { spelledLength } = item;
    const at = this.#length;
    if (spelledLength > longest || at + spelledLength > size) return false;
    item.spell(this.#view, at, spelledLength);
    this.#length = at + spelledLength;
    this.#count++;
    return true;
  }

  /** Gives the items to the handler, if there are any. */
  giveTo(handler: Handler): void {
    if (this.#count === 0) return;
    handler.onItems?.(this.#bytes.subarray(0, this.#length), this.#count);
    this.begin();
  }
}
