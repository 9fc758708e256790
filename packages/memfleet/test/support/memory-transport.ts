import type { Transport, TransportEvents } from '../../src/net/transport.ts';

/** A transport answers `write` with false from so many held bytes on, as a Node socket does. */
const highWaterMark = 16 * 1024;

/**
 * One end of a wire in memory. Nothing moves by itself: `flow` (or `deliver`) carries bytes to the other end, so a test
 * decides what arrives when and in which pieces.
 *
 *   a.write ─▶ [held: bufferedBytes] ─ up to `window` ─▶ [on the wire] ─ deliver ─▶ b's onData
 */
export class MemoryTransport implements Transport {
  readonly peer = 'memory';
  /** How many bytes the wire takes before they are held here: the kernel's buffer. */
  window = Infinity;
  /** How often `write` was called. */
  writes = 0;
  isPaused = false;
  isEnded = false;
  isClosed = false;
  readonly #events: TransportEvents;
  #other: MemoryTransport | undefined;
  /** By reference, as in a socket: who writes over memory that is not flushed changes what arrives. */
  #held: Uint8Array[] = [];
  #wire: Buffer = Buffer.alloc(0);
  #needsDrain = false;
  #isEndDelivered = false;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  /** Wires two ends together. */
  static join(one: MemoryTransport, other: MemoryTransport): void {
    one.#other = other;
    other.#other = one;
  }

  write(chunks: readonly (string | Uint8Array)[]): boolean {
    if (this.isClosed || this.isEnded) return true;
    this.writes++;
    this.#held.push(...chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk)));
    this.#fill();
    if (this.bufferedBytes > highWaterMark) this.#needsDrain = true;
    return !this.#needsDrain;
  }

  get isFlushed(): boolean {
    return this.#held.length === 0;
  }

  get bufferedBytes(): number {
    return this.#held.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
  }

  destroySoon(): void {
    this.end();
  }

  reset(): void {
    this.destroy();
  }

  destroy(error?: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const other = this.#other;
    this.#events.onClose(error);
    if (other !== undefined && !other.isClosed) {
      other.isClosed = true;
      other.#events.onClose(undefined);
    }
  }

  /** Carries up to `limit` bytes to the other end, if that reads. Answers whether anything moved. */
  deliver(limit = Infinity): boolean {
    const other = this.#other;
    if (other === undefined || this.isClosed || other.isPaused) return false;
    const chunk = this.#wire.subarray(0, Math.min(limit, this.#wire.length));
    // An empty view would keep the memory.
    this.#wire = chunk.length === this.#wire.length ? Buffer.alloc(0) : this.#wire.subarray(chunk.length);
    this.#fill();
    if (chunk.length > 0) other.#events.onData(Buffer.from(chunk));
    const hasDrained = this.#needsDrain && this.#held.length === 0;
    if (hasDrained) {
      this.#needsDrain = false;
      this.#events.onDrain();
    }
    const ends = this.isEnded && this.#held.length === 0 && this.#wire.length === 0 && !this.#isEndDelivered;
    if (ends) {
      this.#isEndDelivered = true;
      other.#events.onEnd();
      if (other.isEnded && other.#isEndDelivered) this.destroy();
    }
    return chunk.length > 0 || hasDrained || ends;
  }

  #fill(): void {
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      const room = Math.min(first.length, this.window - this.#wire.length);
      if (room <= 0) return;
      this.#wire = Buffer.concat([this.#wire, first.subarray(0, room)]);
      if (room === first.length) this.#held.shift();
      else this.#held[0] = first.subarray(room);
    }
  }
}

/** Two ends that are wired together. */
export function memoryPair(
  one: TransportEvents,
  other: TransportEvents,
): readonly [one: MemoryTransport, other: MemoryTransport] {
  const pair = [new MemoryTransport(one), new MemoryTransport(other)] as const;
  MemoryTransport.join(...pair);
  return pair;
}

/** Carries bytes both ways until nothing moves any more. */
export function flow(one: MemoryTransport, other: MemoryTransport): void {
  let moves = true;
  while (moves) {
    const there = one.deliver();
    const back = other.deliver();
    moves = there || back;
  }
}
