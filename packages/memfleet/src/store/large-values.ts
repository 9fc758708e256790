/**
 * Values that are too large for a segment, each in a buffer of its own. A record knows its value by the number of a slot.
 *
 *   allocate ─▶ bytes come in ─▶ add ─▶ slot … remove ─▶ pool ─▶ allocate
 *
 * A buffer is used again rather than left to the garbage collector, which lets 64 MB and more of them lie before it looks. Not one that was lent: an answer on its way may hold it.
 */
import { latin1Write } from '../base/bytes.ts';

/** What a buffer takes beside its bytes: the objects of V8 and of the allocator. */
const bufferOverhead = 256;
const mostPooled = 4 * 1024 * 1024;

/** Memory that a value of this length takes. */
export function largeBytes(length: number): number {
  return capacityFor(length) + bufferOverhead;
}

/** Lengths share buffers: a capacity is a power of two in eighths, so that at most an eighth of a buffer is unused. */
function capacityFor(length: number): number {
  const eighth = 2 ** Math.max(0, Math.floor(Math.log2(length || 1)) - 3);
  return Math.ceil(length / eighth) * eighth;
}

/** Values that are too large for a segment, each in a buffer of its own. */
export class LargeValues {
  /** Bytes that wait in the pool, at most. */
  readonly poolBytes: number;
  #values: (Uint8Array | undefined)[] = [];
  #isLent: boolean[] = [];
  #free: number[] = [];
  #bytes = 0;
  /** Buffers by capacity. */
  readonly #pool = new Map<number, ArrayBufferLike[]>();
  #pooled = 0;
  /** Those that were made here: what came from elsewhere may be used elsewhere. */
  readonly #own = new WeakSet<ArrayBufferLike>();

  constructor(maxBytes: number) {
    this.poolBytes = Math.min(mostPooled, Math.floor(maxBytes / 32));
  }

  /** Memory that they take, without the pool. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A buffer for a value of this length that is coming in. */
  allocate(length: number): Buffer {
    const capacity = capacityFor(length);
    const pooled = this.#pool.get(capacity)?.pop();
    if (pooled !== undefined) {
      this.#pooled -= capacity + bufferOverhead;
      return Buffer.from(pooled, 0, length);
    }
    const made = Buffer.allocUnsafeSlow(capacity);
    this.#own.add(made.buffer);
    return made.subarray(0, length);
  }

  /** Keeps a value. One that was allocated here is taken over, any other is copied. */
  add(value: string | Uint8Array): number {
    let own: Uint8Array;
    if (typeof value !== 'string' && this.#own.has(value.buffer)) own = value;
    else {
      const copy = this.allocate(value.length);
      if (typeof value === 'string') latin1Write(copy, value, 0);
      else copy.set(value);
      own = copy;
    }
    const slot = this.#free.pop() ?? this.#values.length;
    this.#values[slot] = own;
    this.#isLent[slot] = false;
    this.#bytes += largeBytes(own.length);
    return slot;
  }

  lengthOf(slot: number): number {
    return (this.#values[slot] as Uint8Array).length;
  }

  /** A value, for who may keep it. */
  lend(slot: number): Uint8Array {
    this.#isLent[slot] = true;
    return this.#values[slot] as Uint8Array;
  }

  remove(slot: number): void {
    const value = this.#values[slot] as Uint8Array;
    this.#values[slot] = undefined;
    this.#free.push(slot);
    this.#bytes -= largeBytes(value.length);
    if (this.#isLent[slot] === false) this.recycle(value);
  }

  /** Takes back a buffer that was allocated here and that nobody needs any more; others are left alone. */
  recycle(value: string | Uint8Array): void {
    if (typeof value === 'string' || !this.#own.has(value.buffer)) return;
    const capacity = value.buffer.byteLength;
    if (this.#pooled + capacity + bufferOverhead > this.poolBytes) return;
    this.#pooled += capacity + bufferOverhead;
    const alike = this.#pool.get(capacity);
    if (alike === undefined) this.#pool.set(capacity, [value.buffer]);
    else alike.push(value.buffer);
  }

  clear(): void {
    this.#values = [];
    this.#isLent = [];
    this.#free = [];
    this.#bytes = 0;
  }
}
