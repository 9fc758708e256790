/**
 * The key that was looked for last, as bytes. Characters of a text that is part of a chunk's are expensive to look at;
 * its bytes, written out once, are not (docs/performance.md, "key as bytes"), and the hash, the comparison and the
 * record all want them.
 */
import { randomBytes } from 'node:crypto';
import { latin1Write } from '../base/bytes.ts';
import { marvin32 } from '../hash/marvin32.ts';

/** Keys are longer in no protocol, but for what users of the store itself do. */
const usualKey = 256;
/** Up to here writing the characters one by one costs less than a call that leaves V8. */
const shortText = 16;

const secret = randomBytes(8);
const [low, high] = [secret.readUInt32LE(0), secret.readUInt32LE(4)];

/** The hash of a key that lies in `bytes`. */
export function keyHash(bytes: Uint8Array, at: number, length: number): number {
  return marvin32(bytes, at, length, low, high);
}

/** Writes a byte string. */
export function writeText(bytes: Buffer, text: string, at: number): void {
  if (text.length > shortText) latin1Write(bytes, text, at);
  else for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/** A key as bytes, with its hash. */
export class SoughtKey {
  bytes: Buffer = Buffer.allocUnsafeSlow(usualKey);
  length = 0;
  hash: number = keyHash(this.bytes, 0, 0);
  #text = '';

  /** It is looked for. Asked twice about the same text it has nothing to do. */
  seek(key: string): this {
    if (key !== this.#text) this.take(key);
    return this;
  }

  /** The same, where it is most likely another: to compare two texts costs nearly as much as to write one. */
  take(key: string): this {
    const { length } = key;
    if (length > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(length);
    writeText(this.bytes, key, 0);
    this.length = length;
    this.hash = keyHash(this.bytes, 0, length);
    this.#text = key;
    return this;
  }
}
