/**
 * Where the bytes of a socket go: large values straight into buffers of their own, everything else into one buffer that is used again and again.
 *
 *   64 KB ─ four reads filled it with small values ─▶ 128 KB ─ again ─▶ 256 KB
 *
 * A reader that finds its buffer full goes back to the kernel for the rest, and writes the next commands in between, in small pieces. With 256 KB, 64 gets
 * of 4 KB under way cost 17 % less CPU, eight getMany of 100 keys 16 %. What of a large value comes into the buffer is copied twice, so it does not grow
 * for these.
 */
import type { TransportEvents } from './transport.ts';

const firstSize = 64 * 1024;
const lastSize = 256 * 1024;
const fullReadsToGrow = 4;

/** See the head of this file. */
export class ReadBuffer {
  readonly #events: TransportEvents;
  #own = Buffer.allocUnsafeSlow(firstSize);
  #target: Uint8Array = this.#own;
  #fullReads = 0;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  /** Where the next bytes shall go. */
  next(): Uint8Array {
    this.#target = this.#events.onReadTarget?.() ?? this.#own;
    return this.#target;
  }

  /** `count` bytes are where `next` said. */
  filled(count: number): void {
    const own = this.#own;
    if (this.#target !== own) {
      this.#events.onFilled?.(count);
      return;
    }
    if (count < own.length) {
      this.#events.onData(own.subarray(0, count));
      return;
    }
    this.#events.onData(own);
    if (own.length < lastSize && this.#events.onReadTarget?.() === undefined) this.#grow(own.length * 2);
  }

  #grow(size: number): void {
    if (++this.#fullReads < fullReadsToGrow) return;
    this.#fullReads = 0;
    this.#own = Buffer.allocUnsafeSlow(size);
  }
}
