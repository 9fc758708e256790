/**
 * A stored item, viewed in its segment: reading and setting a field reads and sets the record. One object serves all
 * items that are found, so it is valid until the next lookup or store; copy the fields to keep them.
 */
import { asBuffer, latin1Slice, writeText } from '../base/bytes.ts';
import type { Reply } from '../core/reply.ts';
import { lineOf } from './item-line.ts';
import type { LargeValues } from './large-values.ts';
import { bit, headerBytes, type Segment, unitWords } from './segment.ts';
import { keyHash, type SoughtKey } from './sought-key.ts';

/**
 * The overhead of an item beside its key, value and flags: memcached 1.6's item header of 48 bytes, 8 bytes of cas, the
 * key's terminator and the value's line end. Equal, so that the largest value that fits is the same to the byte, and
 * `stats` reports the same.
 */
export const itemOverhead: number = 48 + 8 + 1 + 2;

/** The size of an item in bytes. Flags are stored only where there are some, as memcached does. */
export function itemSize(keyLength: number, length: number, flags: number): number {
  return itemOverhead + keyLength + length + (flags === 0 ? 0 : 4);
}

const keyShift = 8;
const lineShift = 24;
/** Of word 0, without the length of the line. */
const lineBits = (1 << lineShift) - 1;
/** The maximum length of a key in bytes. */
export const longestKey = 0xffff;
const keyBits = longestKey << keyShift;

/** The text before the key in the reply to a `get`. */
const prefix = 'VALUE ';
const lineEndLength = 2;
const carriageReturn = 13;
const lineFeed = 10;

/** The bytes of a record: `value` is undefined for one that is stored elsewhere. */
export function recordBytes(keyLength: number, value: { readonly length: number } | undefined, flags: number): number {
  const spelled = value === undefined ? 0 : lineOf(flags, value.length).length + value.length + lineEndLength;
  return headerBytes + prefix.length + keyLength + spelled;
}

const largestSecond = 0xffff_ffff;
/** The bits that a new value clears. */
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

  /** Moves the view to the record at this unit of a segment. */
  at(segment: Segment, unit: number): this {
    this.#segment = segment;
    this.#word = unit * unitWords;
    return this;
  }

  get segment(): Segment {
    return this.#segment;
  }

  /** Its position in its segment. */
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

  /** When it expires; 0 = never. */
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

  /** A bigint was chosen by a client (`E`), a number comes from the counter of the store: no BigInt for each set. */
  setCas(cas: number | bigint): void {
    if (typeof cas === 'bigint') this.#segment.cas[(this.#word + 6) / unitWords] = cas;
    else {
      this.#segment.words[this.#word + 6] = cas;
      this.#segment.words[this.#word + 7] = cas / two32;
    }
  }

  /** All its boolean fields, as the bits of `bit`. */
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

  /** A client won the right to refresh it (meta flags `W`, then `Z`). */
  get isTokenSent(): boolean {
    return this.has(bit.tokenSent);
  }
  set isTokenSent(yes: boolean) {
    this.mark(bit.tokenSent, yes);
  }

  /** Was stored under a base64 key (meta flag `b`), and is returned as one. */
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

  /** The value in place: valid as long as the item. */
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

  /** Sets the value of a reply, without a copy. */
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
    // With a cas the wire form differs.
    if (reply.cas === 0n) reply.setWireForm(start, at + length + 2, keyLength);
  }

  /** The length of its wire form in bytes; Infinity for a large value, which is stored elsewhere. */
  get spelledLength(): number {
    const { words } = this.#segment;
    const word = words[this.#word]!;
    if ((word & bit.large) !== 0) return Infinity;
    return (
      prefix.length + ((word & keyBits) >>> keyShift) + (word >>> lineShift) + words[this.#word + 5]! + lineEndLength
    );
  }

  /** Writes its wire form, of `length` bytes. Up to three bytes behind it are overwritten as well. */
  spell(to: DataView, at: number, length: number): void {
    this.#segment.copyOut(this.#word + headerBytes / 4, (length + 3) >>> 2, to, at);
  }

  /** The slot of a large value; the length of any other. */
  get slot(): number {
    return this.#segment.words[this.#word + 5]!;
  }

  /** Its size in bytes. */
  get size(): number {
    const { words } = this.#segment;
    const word = words[this.#word]!;
    const length = words[this.#word + 5]!;
    const isLarge = (word & bit.large) !== 0;
    return itemSize((word & keyBits) >>> keyShift, isLarge ? this.#large.lengthOf(length) : length, this.flags);
  }

  /**
   * Records a read at second `now`. The second read counts as use, as in memcached's `do_item_bump`: an item that is
   * read once is not kept for that.
   */
  use(now: number): void {
    const { words } = this.#segment;
    const word = words[this.#word]!;
    words[this.#word] = word | ((word & bit.fetched) === 0 ? bit.fetched : bit.used);
    words[this.#word + 3] = now;
  }

  /**
   * Records a store at second `now`. An item that replaces another of its key counts as used: its record is in the old
   * place, not with the newest.
   */
  renew(exptime: number, now: number, isAnother: boolean): void {
    const { words } = this.#segment;
    const word = this.#word;
    words[word] = (words[word]! & ~renewed) | (isAnother ? bit.used : 0);
    words[word + 2] = Math.min(exptime, largestSecond);
    words[word + 3] = now;
  }

  /** Whether it is expired at second `now`. */
  isExpired(now: number): boolean {
    const exptime = this.exptime;
    return exptime !== 0 && exptime <= now;
  }

  /** Seconds it has to live; −1 = for ever. */
  ttl(now: number): number {
    return this.exptime === 0 ? -1 : this.exptime - now;
  }

  /** Whether it has this key. */
  hasKey({ view: sought, length }: SoughtKey): boolean {
    const { words, view } = this.#segment;
    if ((words[this.#word]! & keyBits) >>> keyShift !== length) return false;
    const start = this.#keyStart;
    const rest = length & 3;
    let i = 0;
    for (; i < length - rest; i += 4) if (view.getInt32(start + i, true) !== sought.getInt32(i, true)) return false;
    for (; i < length; i++) if (view.getInt8(start + i) !== sought.getInt8(i)) return false;
    return true;
  }

  /** The hash of its key. */
  get hash(): number {
    return keyHash(this.#segment.view, this.#keyStart, this.keyLength);
  }

  /** Writes a record of `units` units that has only a key. */
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
    const { words, bytes } = this.#segment;
    const word = this.#word;
    words[word + 4] = flags;
    words[word + 5] = slot ?? value.length;
    const line = slot === undefined ? lineOf(flags, value.length) : '';
    const bits = words[word]! & lineBits & ~bit.large;
    words[word] = bits | (line.length << lineShift) | (slot === undefined ? 0 : bit.large);
    if (slot !== undefined) return;
    writeText(bytes, line, this.#keyStart + this.keyLength);
    const at = this.#valueStart;
    this.#segment.write(value, at);
    bytes[at + value.length] = carriageReturn;
    bytes[at + value.length + 1] = lineFeed;
  }

  /** Replaces the value if client flags and length stay the same. False: they do not. */
  overwrite(value: string | Uint8Array, flags: number): boolean {
    const { words } = this.#segment;
    const word = this.#word;
    // Only a large value has no line.
    if (words[word]! >>> lineShift === 0 || words[word + 4] !== flags || words[word + 5] !== value.length) return false;
    this.#segment.write(value, this.#valueStart);
    return true;
  }

  /** The start of its wire form, in bytes. */
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
