/**
 * The memory into which a socket is read: large values directly into buffers of their own, everything else into one
 * buffer that is reused.
 *
 *   64 KB ─ four reads filled it with small values ─▶ 128 KB ─ again ─▶ 256 KB
 *     │ ▲
 *     ▼ └ 4 KB arrived without a large value
 *   its first 4 KB, behind a large value
 *
 * A reader that finds its buffer full goes back to the kernel for the rest, and writes the next commands in between, in
 * small pieces. A larger buffer costs less CPU (docs/performance.md, "read buffer"). The part of a large value that
 * arrives in this buffer is copied twice. The buffer therefore does not grow for large values, and after one it reads
 * little more than the line of the next.
 */
import type { TransportEvents } from './transport.ts';

const firstSize = 64 * 1024;
const lastSize = 256 * 1024;
const fullReadsToGrow = 4;
const peekSize = 4 * 1024;

/** The memory that a socket is read into. */
export class ReadBuffer {
  readonly #events: TransportEvents;
  #own = Buffer.allocUnsafeSlow(firstSize);
  #peek = this.#own.subarray(0, peekSize);
  #isPeeking = false;
  #target: Uint8Array = this.#own;
  #fullReads = 0;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  /** The memory for the next bytes. */
  next(): Uint8Array {
    const wanted = this.#events.onReadTarget?.();
    if (wanted !== undefined) this.#isPeeking = true;
    this.#target = wanted ?? (this.#isPeeking ? this.#peek : this.#own);
    return this.#target;
  }

  /** `count` bytes were read into the memory that `next` returned. */
  filled(count: number): void {
    const target = this.#target;
    if (target !== this.#own && target !== this.#peek) {
      this.#events.onFilled?.(count);
      return;
    }
    if (count < target.length) {
      this.#events.onData(target.subarray(0, count));
      return;
    }
    this.#events.onData(target);
    if (this.#events.onReadTarget?.() !== undefined) return;
    if (target === this.#peek) this.#isPeeking = false;
    else if (target.length < lastSize) this.#grow(target.length * 2);
  }

  #grow(size: number): void {
    if (++this.#fullReads < fullReadsToGrow) return;
    this.#fullReads = 0;
    this.#own = Buffer.allocUnsafeSlow(size);
    this.#peek = this.#own.subarray(0, peekSize);
  }
}
