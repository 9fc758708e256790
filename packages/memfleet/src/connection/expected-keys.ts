/**
 * The keys of the get that is answered next, as bytes. Values come in the order asked, so the decoder compares the key
 * of a value with the next few of these, four bytes at a time. It makes no string of the key, and nobody searches for
 * one. What that saves is in docs/performance.md, "expected keys".
 *
 *   decoder                              ExpectedKeys              pairing
 *      │ VALUE b:22 … ── match(bytes) ──────▶ │ ── none is left ──▶ │
 *      │                                      │ ◀── expect(keys) ───│    up to 128 at a time
 *      │ ◀─────── length; matched = 1 ────────│                     │
 *      │ onReply(reply.ordinal = 1) ──────────┼───────────────────▶ │
 *      │                                      │ ◀── advance(2) ─────│    the values behind it are looked for first
 *      │ onReply(the last one) ───────────────┼───────────────────▶ │
 *      │                                      │ ◀── clear() ────────│    before any other get is answered
 *
 * A key that is skipped was a miss. A value that is none of the next few is decoded as if nothing was expected, and its
 * reply carries its key.
 */
import { latin1Write } from '../base/bytes.ts';
import type { Expectation } from '../protocol/codec.ts';

/** Keys that are kept at a time. */
const most = 128;
/** For fewer keys it costs more than it saves. */
const fewest = 4;
/** How many keys are tried: the longest run of misses that is passed over. */
const tried = 4;

const space = 32;

/** The keys of the get that is answered next, as bytes, in the order in which their values are expected. */
export class ExpectedKeys implements Expectation {
  matched = -1;
  readonly #refill: () => void;
  /** The number of the key whose value is looked for first. */
  #next = 0;
  /** The numbers of the first key that is kept and of the one behind the last. */
  #first = 0;
  #end = 0;
  #bytes = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer, 0, 0);
  /** Where each key begins in the bytes; one more than there are keys. */
  readonly #starts = new Uint32Array(most + 1);

  /** `refill` is called when no key is left: it calls `expect`, or does nothing. */
  constructor(refill: () => void) {
    this.#refill = refill;
  }

  match(chunk: DataView, start: number): number {
    if (this.#next >= this.#end) this.#refill();
    const first = this.#first;
    const end = Math.min(this.#next + tried, this.#end);
    for (let number = this.#next; number < end; number++) {
      const keyStart = this.#starts[number - first] as number;
      const keyEnd = start + (this.#starts[number - first + 1] as number) - keyStart;
      if (keyEnd >= chunk.byteLength || chunk.getInt8(keyEnd) !== space) continue;
      if (!isEqual(chunk, start, keyEnd, this.#view, keyStart)) continue;
      this.matched = number;
      return keyEnd - start;
    }
    return 0;
  }

  /** Expects the keys with the numbers `first` … `end` − 1, as many as are kept at a time. */
  expect(first: number, end: number, keyOf: (number: number) => string): void {
    this.clear();
    const count = Math.min(end - first, most);
    if (count < fewest) return;
    let text = '';
    for (let i = 0; i < count; i++) {
      text += keyOf(first + i);
      this.#starts[i + 1] = text.length;
    }
    if (text.length > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(text.length * 2);
      this.#view = new DataView(this.#bytes.buffer, 0, this.#bytes.length);
    }
    latin1Write(this.#bytes, text, 0);
    this.#first = first;
    this.#next = first;
    this.#end = first + count;
  }

  /** The key with this number is looked for first from now on. */
  advance(next: number): void {
    this.#next = Math.max(next, this.#first);
  }

  /** Expects nothing: the get has its answer. */
  clear(): void {
    this.#first = 0;
    this.#next = 0;
    this.#end = 0;
  }
}

/** Are bytes `start` … `end` of one what the other has from `at` on? */
function isEqual(one: DataView, start: number, end: number, other: DataView, at: number): boolean {
  const last = end - 4;
  if (last < start) {
    for (; start < end; start++, at++) if (one.getInt8(start) !== other.getInt8(at)) return false;
    return true;
  }
  const distance = at - start;
  for (; start < last; start += 4)
    if (one.getInt32(start, true) !== other.getInt32(start + distance, true)) return false;
  return one.getInt32(last, true) === other.getInt32(last + distance, true);
}
