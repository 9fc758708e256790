/**
 * The key of the last lookup, as bytes: the hash, the comparison and the record all need them. A character of a string
 * that is part of a chunk's text costs more at each access than a byte does. The bytes come from the request line while
 * it is still in memory; otherwise the string is written out once (docs/performance.md, "key as bytes").
 */
import { copyBytes, writeText } from '../base/bytes.ts';
import { systemRandomBytes } from '../base/chance.ts';
import { borrowedBytes } from '../core/borrowed-bytes.ts';
import { marvin32 } from '../hash/marvin32.ts';

/** Keys of all protocols fit; only direct users of the store may have longer ones. */
const usualKey = 256;

const secret = systemRandomBytes(8);
const [low, high] = [secret.readUInt32LE(0), secret.readUInt32LE(4)];

/** The hash of a key in `bytes`. */
export function keyHash(bytes: DataView, at: number, length: number): number {
  return marvin32(bytes, at, length, low, high);
}

/** The bytes and the hash of the key of the last lookup. */
export class SoughtKey {
  bytes: Buffer = Buffer.allocUnsafeSlow(usualKey);
  /** The same memory. */
  view: DataView = new DataView(this.bytes.buffer);
  length = 0;
  hash: number = keyHash(this.view, 0, 0);
  #text = '';

  constructor() {
    borrowedBytes.isWanted = true;
  }

  /** Takes this key. Does nothing if it is the same text as before. */
  seek(key: string): this {
    if (key !== this.#text) this.take(key);
    return this;
  }

  /** Takes this key without the comparison, which costs nearly as much as writing the key where the two differ. */
  take(key: string): this {
    const { length } = key;
    if (length > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(length);
      this.view = new DataView(this.bytes.buffer);
    }
    const start = borrowedBytes.findKey(key);
    if (start < 0) writeText(this.bytes, key, 0);
    else copyBytes(borrowedBytes.view, borrowedBytes.offset + start, this.view, 0, length);
    this.length = length;
    this.hash = keyHash(this.view, 0, length);
    this.#text = key;
    return this;
  }
}
