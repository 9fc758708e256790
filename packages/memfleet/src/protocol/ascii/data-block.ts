/**
 * The data block of a store that a chunk does not hold whole: its value, then the two bytes behind it.
 *
 *   begin(100) ─▶ chunk: 60 of 100 ─▶ chunk: 40 of 100, CR ─▶ chunk: LF ─▶ done: is it CR LF?
 *
 * Two bytes are always read, as memcached does; only then are they checked.
 */
import { latin1Slice } from '../../base/bytes.ts';
import type { Allocate } from '../codec.ts';

/**
 * Values up to this length are byte strings. Above, a buffer costs less than a string and its conversion back to bytes.
 */
export const stringThreshold: number = 4 * 1024;
/** Values above this are read straight into their buffer. */
const directThreshold = 64 * 1024;

const lineFeed = 10;
const carriageReturn = 13;

/** CR LF behind a data block. */
export const endLength = 2;

/** The data block of a store that no chunk holds whole. */
export class DataBlock {
  readonly #allocate: Allocate;
  #value: Buffer | undefined;
  #length = 0;
  #filled = 0;
  /** The bytes after the value that were read, as one number; −1 = none. */
  #endByte = -1;
  /** Assembles values that become byte strings. */
  #scratch: Buffer | undefined;
  /** Whether the two bytes after the value are CR LF. Valid once `read` has returned the end. */
  isEnded = false;

  constructor(allocate: Allocate) {
    this.#allocate = allocate;
  }

  /** The length of the whole block in bytes. */
  get size(): number {
    return this.#length + endLength;
  }

  /** False: there is no memory for it. */
  begin(length: number): boolean {
    this.#value =
      length > stringThreshold ? this.#allocate(length) : (this.#scratch ??= Buffer.allocUnsafeSlow(stringThreshold));
    this.#length = length;
    this.#filled = 0;
    this.#endByte = -1;
    return this.#value !== undefined;
  }

  /** The memory for the next bytes of a large value; undefined = they are pushed. */
  target(): Uint8Array | undefined {
    if (this.#length <= directThreshold || this.#filled >= this.#length) return undefined;
    return this.#value?.subarray(this.#filled, this.#length);
  }

  /** `count` bytes were read into the memory that `target()` returned. */
  filled(count: number): void {
    this.#filled += count;
  }

  /** Takes bytes from `start` on. Returns the end of the block, or −1: it continues after the chunk. */
  read(bytes: Buffer, start: number, limit: number): number {
    let at = start;
    const missing = this.#length - this.#filled;
    if (missing > 0) {
      const count = Math.min(missing, limit - at);
      bytes.copy(this.#value as Buffer, this.#filled, at, at + count);
      this.#filled += count;
      at += count;
    }
    if (this.#filled < this.#length || at === limit) return -1;
    if (this.#endByte < 0) {
      this.#endByte = bytes[at++] as number;
      if (at === limit) return -1;
    }
    this.isEnded = this.#endByte === carriageReturn && bytes[at] === lineFeed;
    return at + 1;
  }

  /** The value, which belongs to the caller. Once. */
  take(): string | Buffer {
    const value = this.#value as Buffer;
    this.#value = undefined;
    return this.#length > stringThreshold ? value : latin1Slice(value, 0, this.#length);
  }

  /** Discards the value. */
  drop(): void {
    this.#value = undefined;
  }
}
