/**
 * A piece of memory outside the heap of V8 that records are appended to. A record, in units of 8 bytes:
 *
 *   word 0   bits │ length of the key << 8 │       word 4   client flags
 *            length of the line behind it << 24
 *   word 1   units of the record                   word 5   length of the value, or the slot of a large one
 *   word 2   second at which it is gone; 0 never   word 6   cas, low half
 *   word 3   second of the last access             word 7   cas, high half
 *   then, in the form of the reply to a `get`:     VALUE <key> <flags> <length> CR LF <value> CR LF;
 *                                                  of a large one only VALUE <key>
 *
 * A record whose item is gone or was moved stays unchanged, without its `live` bit, until its segment is freed.
 */
import { copyBytes, writeText } from '../base/bytes.ts';
import { borrowedBytes } from '../core/borrowed-bytes.ts';

/** Bytes of a unit, words of a unit. */
export const unitBytes = 8;
export const unitWords = 2;
/** Bytes before the key. */
export const headerBytes = 32;

/** Longer values of requests are written as texts or bytes: that leaves V8, but copies faster. */
const shortValue = 512;

/** Of word 0. */
export const bit = {
  live: 1,
  /**
   * Used since eviction last skipped it, which takes two reads since it was written: eviction keeps it once more.
   */
  used: 2,
  fetched: 4,
  stale: 8,
  tokenSent: 16,
  base64: 32,
  /** The value is stored elsewhere. */
  large: 64,
} as const;

/** A piece of memory that records are appended to; sizes and positions are in units of 8 bytes. */
export class Segment {
  readonly id: number;
  readonly size: number;
  readonly bytes: Buffer;
  /** The same memory. */
  readonly view: DataView;
  readonly words: Uint32Array;
  readonly cas: BigUint64Array;
  /** The unit at which the next record is appended. */
  end = 0;
  /** The units of live records. */
  live = 0;
  /** The unit at which eviction continues: no record before it is live. */
  hand = 0;
  /** The units that eviction kept. */
  kept = 0;
  /** The number of times it was emptied: a walk that was in it must then restart. */
  generation = 0;

  /** `bytes`: all of a buffer, a number of units. */
  constructor(id: number, bytes: Buffer) {
    this.id = id;
    this.size = bytes.length / unitBytes;
    this.bytes = bytes;
    const { buffer } = bytes;
    this.view = new DataView(buffer);
    this.words = new Uint32Array(buffer);
    this.cas = new BigUint64Array(buffer);
  }

  /** Writes a value. */
  write(value: string | Uint8Array, at: number): void {
    if (typeof value !== 'string') {
      this.bytes.set(value, at);
      return;
    }
    const start = value.length <= shortValue ? borrowedBytes.findValue(value) : -1;
    if (start < 0) writeText(this.bytes, value, at);
    else copyBytes(borrowedBytes.view, borrowedBytes.offset + start, this.view, at, value.length);
  }

  /** Copies `count` words to any place. */
  copyOut(start: number, count: number, to: DataView, at: number): void {
    const { words } = this;
    const distance = at - start * 4;
    const end = start + count;
    let i = start;
    // Four words a step: a step takes as long as the copy of a word.
    for (; i + 3 < end; i += 4) {
      const place = i * 4 + distance;
      to.setUint32(place, words[i]!, true);
      to.setUint32(place + 4, words[i + 1]!, true);
      to.setUint32(place + 8, words[i + 2]!, true);
      to.setUint32(place + 12, words[i + 3]!, true);
    }
    for (; i < end; i++) to.setUint32(i * 4 + distance, words[i]!, true);
  }

  /** Drops its records. */
  empty(): void {
    this.end = 0;
    this.live = 0;
    this.hand = 0;
    this.kept = 0;
    this.generation++;
  }
}
