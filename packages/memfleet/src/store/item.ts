/**
 * A stored item, looked at where it lies in its segment: reading and setting a field reads and sets the record. The
 * object is one for all items that are found, so it is good until the next item is looked for or stored; who keeps
 * something takes it out.
 */
import { asBuffer, latin1Slice } from '../base/bytes.ts';
import type { Reply } from '../core/reply.ts';
import type { LargeValues } from './large-values.ts';
import { bit, headerBytes, type Segment, unitWords } from './segment.ts';
import { keyHash, type SoughtKey, writeText } from './sought-key.ts';

/**
 * What an item counts beside its key, value and flags: memcached 1.6's item header of 48 bytes, 8 bytes of cas, the
 * key's terminator and the value's line end. Equal, so that the largest value that fits is the same to the byte, and
 * `stats` tells the same.
 */
export const itemOverhead: number = 48 + 8 + 1 + 2;

/** Bytes that an item counts. Flags are stored only where there are some, as memcached does. */
export function itemSize(keyLength: number, length: number, flags: number): number {
  return itemOverhead + keyLength + length + (flags === 0 ? 0 : 4);
}

const keyShift = 8;
const lineShift = 24;
/** Of word 0, without the length of the line. */
const lineBits = (1 << lineShift) - 1;
/** Keys may not be longer, in bytes. */
export const longestKey = 0xffff;
const keyBits = longestKey << keyShift;

/** What stands before the key in the answer to a `get`. */
const prefix = 'VALUE ';
const lineEndLength = 2;
const carriageReturn = 13;
const lineFeed = 10;

/** Bytes of a record: `value` is undefined for one that lies elsewhere. */
export function recordBytes(keyLength: number, value: { readonly length: number } | undefined, flags: number): number {
  const spelled = value === undefined ? 0 : lineOf(flags, value.length).length + value.length + lineEndLength;
  return headerBytes + prefix.length + keyLength + spelled;
}

let lastFlags = 0;
let lastLength = 0;
let lastLine = ' 0 0\r\n';

/**
 * What stands between key and value in the answer to a `get`. The last one is remembered: items that are stored one
 * after the other are often alike.
 */
function lineOf(flags: number, length: number): string {
  if (flags !== lastFlags || length !== lastLength) {
    lastFlags = flags;
    lastLength = length;
    lastLine = ` ${flags} ${length}\r\n`;
  }
  return lastLine;
}

const largestSecond = 0xffff_ffff;
/** What does not outlive the value. */
const renewed = bit.fetched | bit.stale | bit.tokenSent | bit.base64;
const two32 = 2 ** 32;

/** A stored item, viewed in its segment. Times are seconds of `StoreClock`. */
export class Item {
  readonly #large: LargeValues;
  #segment!: Segment;
  /** Word 0 of the record. */
  #word = 0;

  constructor(large: LargeValues) {
    this.#large = large;
  }

  /** Looks at the record at this unit of a segment. */
  at(segment: Segment, unit: number): this {
    this.#segment = segment;
    this.#word = unit * unitWords;
    return this;
  }

  get segment(): Segment {
    return this.#segment;
  }

  /** Where in its segment it lies. */
  get unit(): number {
    return this.#word / unitWords;
  }

  /** Units of its record. */
  get units(): number {
    return this.#segment.words[this.#word + 1]!;
  }

  /** A byte string. */
  get key(): string {
    const start = this.#keyStart;
    return latin1Slice(this.#segment.bytes, start, start + this.keyLength);
  }

  get keyLength(): number {
    return (this.#segment.words[this.#word]! & keyBits) >>> keyShift;
  }

  /** Client flags, 32 bits unsigned. */
  get flags(): number {
    return this.#segment.words[this.#word + 4]!;
  }

  /** When it is gone; 0 = never. */
  get exptime(): number {
    return this.#segment.words[this.#word + 2]!;
  }
  set exptime(second: number) {
    this.#segment.words[this.#word + 2] = Math.min(second, largestSecond);
  }

  /** When it was last stored or read. */
  get accessed(): number {
    return this.#segment.words[this.#word + 3]!;
  }
  set accessed(second: number) {
    this.#segment.words[this.#word + 3] = second;
  }

  get cas(): bigint {
    return this.#segment.cas[(this.#word + 6) / unitWords]!;
  }

  /** A bigint is what a client chose (`E`), a number comes from the counter of the store: no BigInt for each set. */
  setCas(cas: number | bigint): void {
    if (typeof cas === 'bigint') this.#segment.cas[(this.#word + 6) / unitWords] = cas;
    else {
      this.#segment.words[this.#word + 6] = cas;
      this.#segment.words[this.#word + 7] = cas / two32;
    }
  }

  /** What is yes or no about it, of `bit`, all together. */
  get bits(): number {
    return this.#segment.words[this.#word]! & ((1 << keyShift) - 1);
  }

  /** Was read since it was stored (meta flag `h`). */
  get isFetched(): boolean {
    return this.has(bit.fetched);
  }
  set isFetched(yes: boolean) {
    this.mark(bit.fetched, yes);
  }

  /** Was invalidated (meta flag `X`). */
  get isStale(): boolean {
    return this.has(bit.stale);
  }
  set isStale(yes: boolean) {
    this.mark(bit.stale, yes);
  }

  /** Somebody was told to refresh it (meta flags `W`, then `Z`). */
  get isTokenSent(): boolean {
    return this.has(bit.tokenSent);
  }
  set isTokenSent(yes: boolean) {
    this.mark(bit.tokenSent, yes);
  }

  /** Was stored under a base64 key (meta flag `b`), and so is shown as one. */
  get isBase64(): boolean {
    return this.has(bit.base64);
  }
  set isBase64(yes: boolean) {
    this.mark(bit.base64, yes);
  }

  has(mask: number): boolean {
    return (this.#segment.words[this.#word]! & mask) !== 0;
  }

  mark(mask: number, yes: boolean): void {
    if (yes) this.#segment.words[this.#word]! |= mask;
    else this.#segment.words[this.#word]! &= ~mask;
  }

  /** Length of the value in bytes. */
  get length(): number {
    const word = this.#segment.words[this.#word + 5]!;
    return this.has(bit.large) ? this.#large.lengthOf(word) : word;
  }

  /** The value where it lies: good as long as the item is. */
  get value(): Uint8Array {
    if (this.has(bit.large)) return this.#large.lend(this.slot);
    const start = this.#valueStart;
    return this.#segment.bytes.subarray(start, start + this.slot);
  }

  /** The value as a byte string of its own. */
  get text(): string {
    const value = this.value;
    return latin1Slice(asBuffer(value), 0, value.length);
  }

  /** Gives the value to a reply, without a copy. */
  giveValue(reply: Reply): void {
    const { words, bytes } = this.#segment;
    const word = words[this.#word]!;
    const length = words[this.#word + 5]!;
    if ((word & bit.large) !== 0) {
      const value = this.#large.lend(length);
      reply.setBytes(value, 0, value.length, true);
      return;
    }
    const keyLength = (word & keyBits) >>> keyShift;
    const start = this.#start;
    const at = start + prefix.length + keyLength + (word >>> lineShift);
    reply.setBytes(bytes, at, at + length, false);
    // With a cas the wire form is another.
    if (reply.cas === 0n) reply.setWireForm(start, at + length + 2, keyLength);
  }

  /** The slot of a large value; the length of any other. */
  get slot(): number {
    return this.#segment.words[this.#word + 5]!;
  }

  /** Bytes that it counts. */
  get size(): number {
    const { words } = this.#segment;
    const word = words[this.#word]!;
    const length = words[this.#word + 5]!;
    const isLarge = (word & bit.large) !== 0;
    return itemSize((word & keyBits) >>> keyShift, isLarge ? this.#large.lengthOf(length) : length, this.flags);
  }

  /**
   * It is read at second `now`. The second time it counts as used, as in memcached's `do_item_bump`: what is read once
   * is not kept for that.
   */
  use(now: number): void {
    const { words } = this.#segment;
    const word = words[this.#word]!;
    words[this.#word] = word | ((word & bit.fetched) === 0 ? bit.fetched : bit.used);
    words[this.#word + 3] = now;
  }

  /**
   * It was stored at second `now`. One that another of its key stood before counts as used: its record lies where that
   * one's did, not with the newest.
   */
  renew(exptime: number, now: number, isAnother: boolean): void {
    const { words } = this.#segment;
    const word = this.#word;
    words[word] = (words[word]! & ~renewed) | (isAnother ? bit.used : 0);
    words[word + 2] = Math.min(exptime, largestSecond);
    words[word + 3] = now;
  }

  /** Is it gone at second `now`? */
  isExpired(now: number): boolean {
    const exptime = this.exptime;
    return exptime !== 0 && exptime <= now;
  }

  /** Seconds it has to live; −1 = for ever. */
  ttl(now: number): number {
    return this.exptime === 0 ? -1 : this.exptime - now;
  }

  /** Has it this key? */
  hasKey({ bytes: sought, length }: SoughtKey): boolean {
    const { words, bytes } = this.#segment;
    if ((words[this.#word]! & keyBits) >>> keyShift !== length) return false;
    const start = this.#keyStart;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== sought[i]) return false;
    return true;
  }

  /** The hash of its key. */
  get hash(): number {
    return keyHash(this.#segment.bytes, this.#keyStart, this.keyLength);
  }

  /** Writes a record of so many units that has nothing but a key. */
  begin({ bytes: key, length }: SoughtKey, units: number): void {
    const { words, bytes } = this.#segment;
    const word = this.#word;
    words[word] = (length << keyShift) | bit.live;
    words[word + 1] = units;
    words.fill(0, word + 2, word + headerBytes / 4);
    writeText(bytes, prefix, this.#start);
    const start = this.#keyStart;
    for (let i = 0; i < length; i++) bytes[start + i] = key[i]!;
  }

  /** Sets client flags and value, which fits. A large one is in a slot. */
  setValue(value: string | Uint8Array, flags: number, slot: number | undefined): void {
    const { words } = this.#segment;
    const word = this.#word;
    if (slot !== undefined) {
      words[word + 4] = flags;
      words[word + 5] = slot;
      words[word] = (words[word]! & lineBits) | bit.large;
      return;
    }
    const { length } = value;
    // What has a line, and the same flags and length as before, has the same line, and the line end behind the value.
    if (words[word]! >>> lineShift === 0 || words[word + 4] !== flags || words[word + 5] !== length)
      this.#setLine(lineOf(flags, length), flags, length);
    const { bytes } = this.#segment;
    const at = this.#valueStart;
    if (typeof value === 'string') writeText(bytes, value, at);
    else bytes.set(value, at);
  }

  #setLine(line: string, flags: number, length: number): void {
    const { words, bytes } = this.#segment;
    const word = this.#word;
    words[word + 4] = flags;
    words[word + 5] = length;
    words[word] = (words[word]! & lineBits & ~bit.large) | (line.length << lineShift);
    const start = this.#keyStart + this.keyLength;
    writeText(bytes, line, start);
    const end = start + line.length + length;
    bytes[end] = carriageReturn;
    bytes[end + 1] = lineFeed;
  }

  /** Where its spelling begins, in bytes. */
  get #start(): number {
    return this.#word * 4 + headerBytes;
  }

  get #keyStart(): number {
    return this.#start + prefix.length;
  }

  get #valueStart(): number {
    const word = this.#segment.words[this.#word]!;
    return this.#keyStart + ((word & keyBits) >>> keyShift) + (word >>> lineShift);
  }
}
