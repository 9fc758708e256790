/**
 * Byte strings: strings in which every character is one byte (code 0 … 255). Keys are byte strings everywhere below the
 * client, so that a key costs no buffer, hashes by `charCodeAt`, is a `Map` key as it is and is written with one latin1
 * copy.
 */

export { isAscii } from 'node:buffer';

interface Slices {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

/** Called on any view: a plain Uint8Array has no such methods of its own. */
const slices = Buffer.prototype as unknown as Slices;

/**
 * Bytes `start` … `end` as a byte string. `Buffer.toString('latin1')` without the look-up of the encoding
 * (docs/performance.md, "byte strings").
 */
export function latin1Slice(bytes: Uint8Array, start: number, end: number): string {
  return slices.latin1Slice.call(bytes, start, end);
}

/** Bytes `start` … `end` decoded as UTF-8. */
export function utf8Slice(bytes: Uint8Array, start: number, end: number): string {
  return slices.utf8Slice.call(bytes, start, end);
}

/** Writes a byte string into `bytes`, from `at` on. `Buffer.write(…, 'latin1')` without the look-up of the encoding. */
export function latin1Write(bytes: Buffer, text: string, at: number): void {
  (bytes as unknown as Slices).latin1Write(text, at, text.length);
}

/** The length up to which writing the characters one by one costs less than a call that leaves V8. */
const shortText = 16;

/** The same for texts that are often short. */
export function writeText(bytes: Buffer, text: string, at: number): void {
  if (text.length > shortText) latin1Write(bytes, text, at);
  else for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/**
 * Copies bytes in V8. Up to some hundred bytes that costs less than `TypedArray.set` or `Buffer.copy`, which leave V8
 * or need a view of the source.
 *
 * @param from where the bytes lie
 * @param start the first
 * @param to where they go; not the same memory
 * @param at the place of the first
 * @param length how many
 */
export function copyBytes(from: DataView, start: number, to: DataView, at: number, length: number): void {
  let i = 0;
  // Sixteen bytes a step: a step takes as long as the copy of four.
  for (; i + 15 < length; i += 16) {
    to.setInt32(at + i, from.getInt32(start + i, true), true);
    to.setInt32(at + i + 4, from.getInt32(start + i + 4, true), true);
    to.setInt32(at + i + 8, from.getInt32(start + i + 8, true), true);
    to.setInt32(at + i + 12, from.getInt32(start + i + 12, true), true);
  }
  for (; i + 3 < length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < length; i++) to.setInt8(at + i, from.getInt8(start + i));
}

/** The view as a `Buffer` over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The UTF-8 bytes of a text as a byte string; an ASCII text is its own. */
export function toByteString(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : latin1Of(Buffer.from(text));
}

/** All bytes as a byte string. */
export function latin1Of(bytes: Uint8Array): string {
  return latin1Slice(asBuffer(bytes), 0, bytes.length);
}

/** A value as a byte string. */
export function byteStringOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? value : latin1Of(value);
}

/** A value as bytes: those of a byte string, or the same memory. */
export function bufferOf(value: string | Uint8Array): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : asBuffer(value);
}

/** Decodes a byte string that holds UTF-8. */
export function fromByteString(bytes: string): string {
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 0x7f) return Buffer.from(bytes, 'latin1').toString();
  return bytes;
}

/** Bytes of a chunk that one text covers. */
const windowSize = 8 * 1024;

/**
 * The bytes of one chunk as texts of at most 8 KB, each made when the first part of it is wanted. A part of a text is
 * cheaper than one decoded from bytes (docs/performance.md, "byte strings"). It keeps the whole text in memory, so it
 * is for short-lived strings only. One text for a chunk of 200 KB would be a large object, which V8 maps and unmaps
 * each time.
 */
export class ChunkText {
  #chunk: Uint8Array | undefined = undefined;
  #text = '';
  /** Where the text begins and ends in the chunk. */
  #start = 0;
  #end = 0;

  /** Sets the chunk whose parts are read next; undefined = none. */
  of(chunk: Uint8Array | undefined): void {
    this.#chunk = chunk;
    this.#text = '';
    this.#start = 0;
    this.#end = 0;
  }

  /**
   * Bytes `start` … `end` as a byte string that must not be kept. Bytes outside the chunk, and ranges longer than half
   * of a text, become a string of their own.
   */
  part(bytes: Uint8Array, start: number, end: number): string {
    if (bytes !== this.#chunk) return latin1Slice(bytes, start, end);
    if (start < this.#start || end > this.#end) {
      const most = Math.min(bytes.length - start, windowSize);
      if ((end - start) * 2 > most) return latin1Slice(bytes, start, end);
      this.#start = start;
      this.#end = start + most;
      this.#text = latin1Slice(bytes, start, this.#end);
    }
    return this.#text.slice(start - this.#start, end - this.#start);
  }
}

declare const ownership: unique symbol;

/**
 * A key in memory of its own. Keys of commands and replies may be borrowed: parts of the text of a chunk, which they
 * keep in memory. A key that a Map, a cache or any object keeps beyond a command is therefore an `OwnedKey`, and only
 * `ownKey` makes one. At run time it is a string like any other.
 */
export type OwnedKey = string & { readonly [ownership]: true };

/** A Map of keys that it keeps: any key can be looked up, only an owned one can be set. */
export interface OwnedKeyMap<V> extends Omit<Map<OwnedKey, V>, 'get' | 'has' | 'delete'> {
  get(key: string): V | undefined;
  has(key: string): boolean;
  delete(key: string): boolean;
}

/** A Set of keys that it keeps: any key can be looked up, only an owned one can be added. */
export interface OwnedKeySet extends Omit<Set<OwnedKey>, 'has' | 'delete'> {
  has(key: string): boolean;
  delete(key: string): boolean;
}

/** The scratch buffer through which texts are copied into memory of their own. */
const passage = Buffer.allocUnsafeSlow(4 * 1024);

/** The same byte string in memory of its own. For a part of a text that is kept. */
export function ownText(part: string): string {
  if (part.length > passage.length) return latin1Of(Buffer.from(part, 'latin1'));
  latin1Write(passage, part, 0);
  return latin1Slice(passage, 0, part.length);
}

/** The same key in memory of its own. For a key of a command or a reply, or a part of one, that is kept. */
export function ownKey(key: string): OwnedKey {
  return ownText(key) as OwnedKey;
}
