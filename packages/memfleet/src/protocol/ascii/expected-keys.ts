/**
 * The keys that a classic get asks for, as bytes. Their values come in the order asked, so the decoder looks whether the next value is that of the next key, four bytes at a time,
 * where it would search for the end of the line and of the key, and make a string that somebody then compares (docs/performance.md, "expected keys").
 *
 *   asked        a:1 b:22 c:3 …       128 at a time, put one behind the other when the first answer comes
 *                ▲
 *   VALUE b:22 … └ next: not this one, so that was a miss; the one behind it is
 *
 * Who asked tells the keys and which is next; the decoder says which it found. A value that is none of the next few is decoded as if nothing was expected.
 */
import { latin1Write } from '../../base/bytes.ts';
import type { Reply } from '../../core/reply.ts';
import { digitsEnd, maxFlags, numberAt } from './digits.ts';

/** Keys that are kept at a time. */
const most = 128;
/** For fewer keys it costs more than it saves. */
const fewest = 4;
/** How many keys are tried: so many misses in a row. */
const tried = 4;

const carriageReturn = 13;
const lineFeed = 10;
const space = 32;
const wordLength = 6;
const word = new DataView(Uint8Array.from('VALUE ', (letter) => letter.charCodeAt(0)).buffer);
const wordStart = word.getInt32(0, true);
const wordEnd = word.getInt16(4, true);

/** The keys of a classic get, as bytes, in the order in which their values are expected. */
export class ExpectedKeys {
  /** The number of the key whose value is expected next. */
  next = 0;
  #bytes = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer, 0, 0);
  /** Where each key begins in the bytes; one more than there are keys. */
  readonly #starts = new Uint32Array(most + 1);
  /** The number of the first key. */
  #first = 0;
  #count = 0;
  /** What `read` found: the key, and the value behind its line. */
  #matched = -1;
  keyLength = 0;
  valueStart = 0;
  valueLength = 0;
  #found = -1;

  /** The keys that are expected are used up. */
  get isExhausted(): boolean {
    return this.next >= this.#first + this.#count;
  }

  /** Expects nothing; the next key has this number. */
  begin(next: number): void {
    this.#first = next;
    this.next = next;
    this.#count = 0;
    this.#found = -1;
  }

  /** Expects the keys from the next one on, before number `end`, as many as are kept at a time. */
  expect(end: number, keyOf: (number: number) => string): void {
    const first = this.next;
    const count = Math.min(end - first, most);
    this.begin(first);
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
    this.#count = count;
  }

  /** Reads `VALUE <key> <flags> <length> CR LF`, which begins at `start`, if the key is one of those that are expected. False: it is not, or there is a cas, or the chunk ends before. */
  read(chunk: Uint8Array, view: DataView, start: number, reply: Reply): boolean {
    const keyEnd = this.#match(view, start);
    if (keyEnd < 0) return false;
    const { length } = chunk;
    const flagsEnd = digitsEnd(chunk, keyEnd + 1, length);
    const lengthEnd = digitsEnd(chunk, flagsEnd + 1, length);
    if (chunk[flagsEnd] !== space || chunk[lengthEnd] !== carriageReturn || chunk[lengthEnd + 1] !== lineFeed)
      return false;
    const flags = numberAt(chunk, keyEnd + 1, flagsEnd);
    this.keyLength = keyEnd - start - wordLength;
    this.valueStart = lengthEnd + 2;
    this.valueLength = numberAt(chunk, flagsEnd + 1, lengthEnd);
    if (flags < 0 || flags > maxFlags || this.valueLength < 0) return false;
    reply.reset('ok', 'item').flags = flags;
    return true;
  }

  /** The reply that is handed over next is the value that was read last; it carries no key. */
  confirm(): void {
    this.#found = this.#matched;
  }

  /** The number of the key whose value this reply is; −1 = it has a key of its own. Once for each reply. */
  take(): number {
    const found = this.#found;
    this.#found = -1;
    return found;
  }

  /** Where the key ends in `VALUE <key> `; −1 = it is none of those that are expected. */
  #match(chunk: DataView, start: number): number {
    const at = start + wordLength;
    const first = this.#first;
    const end = Math.min(this.next + tried, first + this.#count);
    if (at > chunk.byteLength || this.next < first) return -1;
    if (chunk.getInt32(start, true) !== wordStart || chunk.getInt16(start + 4, true) !== wordEnd) return -1;
    for (let number = this.next; number < end; number++) {
      const keyStart = this.#starts[number - first] as number;
      const keyEnd = at + (this.#starts[number - first + 1] as number) - keyStart;
      if (keyEnd >= chunk.byteLength || chunk.getInt8(keyEnd) !== space) continue;
      if (!isEqual(chunk, at, keyEnd, this.#view, keyStart)) continue;
      this.#matched = number;
      return keyEnd;
    }
    return -1;
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
