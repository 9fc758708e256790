/**
 * One request line of the text and meta protocols, cut into words in a single pass over the bytes:
 *
 *     m g   u s e r : 7   v   O 1 2 CR LF
 *     ─┬─   ─────┬─────  ─┬─  ──┬──
 *   word 0    word 1    word 2 word 3         words = 4
 *
 * One object is refilled for every line; parsers read it and keep no reference to it.
 */
import { ChunkText } from '../../base/bytes.ts';
import { borrowedBytes } from '../../core/borrowed-bytes.ts';
import { int32At, lengthAt, u32At, u64At } from './numbers.ts';

/**
 * Words that are recorded; of longer lines (multi-key gets) the rest is walked with `eachWord`. No other request has as
 * many.
 */
const maxWords = 32;

const nul = 0;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;

/** Four bytes, each the first that is neither a space nor a control byte; the last of these; 1; the high bit. */
const [fourFirst, fourDel, fourOnes, fourHigh] = [0x21212121, 0x7f7f7f7f, 0x01010101, 0x80808080 | 0];

/**
 * The index of the first byte from `at` on that is a space, a control byte or DEL; `limit` if there is none before it.
 * Four bytes at a time: the high bit of the lowest byte that is one of these is the lowest bit of `found`.
 */
function plainEnd(view: DataView, offset: number, at: number, limit: number): number {
  let i = at;
  for (; i + 4 <= limit; i += 4) {
    const four = view.getInt32(offset + i, true);
    const del = four ^ fourDel;
    const found = (((four - fourFirst) & ~four) | ((del - fourOnes) & ~del)) & fourHigh;
    if (found !== 0) return i + ((31 - Math.clz32(found & -found)) >> 3);
  }
  for (; i < limit; i++) {
    const byte = view.getUint8(offset + i);
    if (byte <= space || byte === 0x7f) return i;
  }
  return limit;
}

/** A request line of the text and meta protocols, cut into words. */
export class RequestLine {
  /** The bytes to which the offsets refer. */
  bytes: Uint8Array = Buffer.alloc(0);
  /** The start of the line, and that of its line end (CR LF or LF). As in memcached, a NUL ends the words before it. */
  start = 0;
  end = 0;
  /** The number of recorded words. */
  words = 0;
  /** True when there may be words beyond the recorded ones. */
  more = false;
  /** True when no word holds a control byte or DEL, so that every word is a key that all protocols can carry. */
  plain = true;
  /** Set by a parser: the length of the data block that follows the line; −1 = none, or not known. */
  valueLength = -1;

  readonly #chunkText = new ChunkText();
  readonly #starts = new Int32Array(maxWords);
  readonly #ends = new Int32Array(maxWords);

  /** Splits the line that begins at `at`. Returns the index after its LF, or −1 when there is no LF before `limit`. */
  scan(bytes: Uint8Array, at: number, limit: number): number {
    borrowedBytes.begin(bytes);
    const { view, offset } = borrowedBytes;
    const starts = this.#starts;
    const ends = this.#ends;
    let words = 0;
    let plain = true;
    let byte = 0;
    let i = at;
    while (i < limit) {
      byte = bytes[i] as number;
      if (byte === space) {
        i++;
        continue;
      }
      const wordStart = i;
      for (i = plainEnd(view, offset, i, limit); i < limit; i = plainEnd(view, offset, i + 1, limit)) {
        byte = bytes[i] as number;
        if (byte === space || byte === lineFeed) break;
        // CR is a line end only before LF; elsewhere it is a byte of a word, as in memcached.
        if (byte === carriageReturn && bytes[i + 1] === lineFeed && i + 1 < limit) break;
        if (byte === nul) break;
        plain = false;
      }
      if (i === limit) return -1;
      if (i > wordStart) {
        starts[words] = wordStart;
        ends[words] = i;
        words++;
      }
      if (byte !== space) break;
      i++;
      if (words === maxWords) return this.#close(bytes, at, this.#seekEnd(bytes, i, limit), words, plain);
    }
    if (i >= limit) return -1;
    return this.#close(bytes, at, byte === nul ? this.#seekEnd(bytes, i, limit) : i, words, plain);
  }

  /** `end` is the index of CR LF or LF, or −1. */
  #close(bytes: Uint8Array, start: number, end: number, words: number, plain: boolean): number {
    if (end < 0) return -1;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.words = words;
    this.more = words === maxWords;
    // The bytes after the recorded words were not checked.
    this.plain = plain && !this.more;
    this.valueLength = -1;
    return bytes[end] === carriageReturn ? end + 2 : end + 1;
  }

  #seekEnd(bytes: Uint8Array, at: number, limit: number): number {
    const found = bytes.indexOf(lineFeed, at);
    if (found < 0 || found >= limit) return -1;
    return found > at && bytes[found - 1] === carriageReturn ? found - 1 : found;
  }

  wordStart(index: number): number {
    return this.#starts[index] as number;
  }

  wordEnd(index: number): number {
    return this.#ends[index] as number;
  }

  wordLength(index: number): number {
    return (this.#ends[index] as number) - (this.#starts[index] as number);
  }

  /** The word as a byte string. */
  word(index: number): string {
    return this.textOf(this.bytes, this.#starts[index] as number, this.#ends[index] as number);
  }

  /** The word as a key of the command, with its place noted in `borrowedBytes`. */
  key(index: number): string {
    return this.keyOf(this.#starts[index] as number, this.#ends[index] as number);
  }

  /** The same for the bounds of a word. */
  keyOf(start: number, end: number): string {
    const key = this.textOf(this.bytes, start, end);
    borrowedBytes.addKey(key, start);
    return key;
  }

  /** Bytes `start` … `end` as the value of the command, with its place noted in `borrowedBytes`. */
  dataOf(bytes: Uint8Array, start: number, end: number): string {
    const value = this.textOf(bytes, start, end);
    borrowedBytes.addValue(value, bytes, start);
    return value;
  }

  /** Bytes `start` … `end` of the memory with the line and the bytes after it, as a byte string. */
  textOf(bytes: Uint8Array, start: number, end: number): string {
    return this.#chunkText.part(bytes, start, end);
  }

  /** Sets the chunk of the next lines, whose texts may be parts of one text; undefined = none. */
  sharesTextOf(chunk: Uint8Array | undefined): void {
    this.#chunkText.of(chunk);
    borrowedBytes.end();
  }

  /** Whether word `index` is this text. */
  is(index: number, text: string): boolean {
    const start = this.#starts[index] as number;
    if ((this.#ends[index] as number) - start !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Whether the last recorded word begins with this text. */
  lastBeginsWith(text: string): boolean {
    return this.words > 0 && this.word(this.words - 1).startsWith(text);
  }

  /** Calls back with the bounds of every word from `index` on, those beyond the recorded ones too. */
  eachWord(index: number, visit: (start: number, end: number) => void): void {
    for (let i = index; i < this.words; i++) visit(this.#starts[i] as number, this.#ends[i] as number);
    if (!this.more) return;
    const { bytes, end } = this;
    const { view, offset } = borrowedBytes;
    let i = this.#ends[this.words - 1] as number;
    while (i < end && bytes[i] !== nul) {
      const start = ++i;
      i = plainEnd(view, offset, i, end);
      while (i < end && bytes[i] !== space && bytes[i] !== nul) i = plainEnd(view, offset, i + 1, end);
      if (i > start) visit(start, i);
    }
  }

  /** Word `index` as a length of 0 … `max`; −1 when it is not a length. */
  lengthAt(index: number, max: number): number {
    return lengthAt(this.bytes, this.#starts[index] as number, this.#ends[index] as number, max);
  }

  /** Word `index` as an exptime or delay: the low 32 bits, signed; `notNumber` when it is not a number. */
  int32(index: number): number {
    return int32At(this.bytes, this.#starts[index] as number, this.#ends[index] as number);
  }

  /** Word `index` as client flags or a level: the low 32 bits; −1 when it is not a number. */
  u32(index: number): number {
    return u32At(this.bytes, this.#starts[index] as number, this.#ends[index] as number);
  }

  /** Word `index` as an unsigned 64-bit number; undefined when it is not a number. */
  u64(index: number): bigint | undefined {
    return u64At(this.bytes, this.#starts[index] as number, this.#ends[index] as number);
  }
}
