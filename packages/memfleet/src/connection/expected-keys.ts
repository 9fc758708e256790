/**
 * The keys of the next get whose reply is due, as bytes. Values arrive in the order of the request, so the decoder
 * compares the key of a value with the next few of these, four bytes at a time. It makes no string of the key, and no
 * code searches for one (docs/performance.md, "expected keys").
 *
 *   decoder                              ExpectedKeys              pairing
 *      │ VALUE b:22 … ── match(bytes) ──────▶ │ ── none is left ──▶ │
 *      │                                      │ ◀── expect(keys) ───│    up to 128 at a time
 *      │ ◀─────── length; matched = 1 ────────│                     │
 *      │ onReply(reply.ordinal = 1) ──────────┼───────────────────▶ │
 *      │                                      │ ◀── advance(2) ─────│    the values behind it are looked for first
 *      │ onReply(the last one) ───────────────┼───────────────────▶ │
 *      │                                      │ ◀── clear() ────────│    before the reply to any other get
 *
 * A skipped key is a miss. A value of another key than the next few is decoded as if nothing was expected, and its
 * reply carries its key.
 */
import { latin1Write } from '../base/bytes.ts';
import type { Expectation } from '../protocol/codec.ts';

/** The maximum number of keys kept at a time. */
const most = 128;
/** The minimum number of keys: below it the comparison costs more than it saves. */
const fewest = 4;
/** The number of keys that are tried: the longest run of misses that is skipped. */
const tried = 4;

const space = 32;

/** The keys of the next get whose reply is due, as bytes, in the order in which their values are expected. */
export class ExpectedKeys implements Expectation {
  matched = -1;
  readonly #refill: () => void;
  /** The number of the key that is tried first. */
  #next = 0;
  /** The numbers of the first key that is kept and of the one behind the last. */
  #first = 0;
  #end = 0;
  #bytes = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer, 0, 0);
  /** The start of each key in the bytes, and the end of the last. */
  readonly #starts = new Uint32Array(most + 1);

  /** `refill` is called when no key is left: it calls `expect`, or does nothing. */
  constructor(refill: () => void) {
    this.#refill = refill;
  }

  match(chunk: DataView, start: number, chunkEnd: number): number {
    if (this.#next >= this.#end) this.#refill();
    const first = this.#first;
    const end = Math.min(this.#next + tried, this.#end);
    for (let number = this.#next; number < end; number++) {
      const keyStart = this.#starts[number - first] as number;
      const keyEnd = start + (this.#starts[number - first + 1] as number) - keyStart;
      if (keyEnd >= chunkEnd || chunk.getInt8(keyEnd) !== space) continue;
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

  /** Sets the key that is tried first. */
  advance(next: number): void {
    this.#next = Math.max(next, this.#first);
  }

  /** Expects nothing: the get has its reply. */
  clear(): void {
    this.#first = 0;
    this.#next = 0;
    this.#end = 0;
  }
}

/** Whether bytes `start` … `end` of one array equal those of the other from `at` on. */
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
