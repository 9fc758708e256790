/**
 * Values that are too large for a segment, each in a buffer of its own. A record knows its value by the number of a
 * slot.
 *
 *   allocate ─▶ bytes come in ─▶ add ─▶ slot … remove ─▶ pool ─▶ allocate
 *
 * A buffer is reused rather than left to the garbage collector, which lets 64 MB and more accumulate before it runs. A
 * lent buffer is not reused: a reply in flight may hold it. Pooled buffers take the place of values being received, so
 * neither counts as memory of the store.
 */
import { latin1Write } from '../base/bytes.ts';
import { memoryOf, OutOfMemoryError } from './memory.ts';

/** The overhead of the allocator for a buffer, in bytes. */
const bufferOverhead = 32;
const mostPooled = 4 * 1024 * 1024;
/** A pooled buffer serves values that leave at most a ninth of it unused. */
const [most, least] = [9, 8];

/** The memory of a value. One that was received through `allocate` may have a larger buffer than it needs. */
export function largeBytes(value: string | Uint8Array): number {
  return bufferOverhead + (typeof value === 'string' ? value.length : Math.max(value.length, capacityOf(value)));
}

/**
 * The size of the buffer if the value takes nearly all of it; else the value is part of something larger, and will be
 * copied.
 */
function capacityOf(value: Uint8Array): number {
  const { byteLength } = value.buffer;
  return byteLength * least <= value.length * most ? byteLength : 0;
}

/** Values that are too large for a segment, each in a buffer of its own. */
export class LargeValues {
  /** The maximum number of bytes in the pool. */
  readonly poolBytes: number;
  #values: (Uint8Array | undefined)[] = [];
  #isLent: boolean[] = [];
  #free: number[] = [];
  #bytes = 0;
  /** Pooled buffers, the oldest first. There are few: large values are not much smaller than the pool. */
  readonly #pool: ArrayBufferLike[] = [];
  #pooled = 0;
  /** The buffers that were made here: others may be in use elsewhere. */
  readonly #own = new WeakSet<ArrayBufferLike>();

  constructor(maxBytes: number) {
    this.poolBytes = Math.min(mostPooled, Math.floor(maxBytes / 32));
  }

  /** Their memory in bytes, without the pool. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A buffer for a value of this length that is being received; undefined where there is no memory for it. */
  allocate(length: number): Buffer | undefined {
    const pooled = this.#takePooled(length);
    if (pooled !== undefined) return Buffer.from(pooled, 0, length);
    const made = memoryOf(length);
    if (made !== undefined) this.#own.add(made.buffer);
    return made;
  }

  /** Keeps a value. One that was allocated here is taken over, any other is copied. Throws OutOfMemoryError. */
  add(value: string | Uint8Array): number {
    const own = this.#isOwn(value) ? value : this.#copyOf(value);
    const slot = this.#free.pop() ?? this.#values.length;
    this.#values[slot] = own;
    this.#isLent[slot] = false;
    this.#bytes += largeBytes(own);
    return slot;
  }

  lengthOf(slot: number): number {
    return (this.#values[slot] as Uint8Array).length;
  }

  /** A value for a caller that may keep it. */
  lend(slot: number): Uint8Array {
    this.#isLent[slot] = true;
    return this.#values[slot] as Uint8Array;
  }

  remove(slot: number): void {
    const value = this.#values[slot] as Uint8Array;
    this.#values[slot] = undefined;
    this.#free.push(slot);
    this.#bytes -= largeBytes(value);
    if (this.#isLent[slot] === false) this.recycle(value);
  }

  /** Takes back a buffer that was allocated here and is no longer in use; others are left alone. */
  recycle(value: string | Uint8Array): void {
    if (!this.#isOwn(value)) return;
    const { buffer } = value;
    if (buffer.byteLength > this.poolBytes) return;
    // Buffers of sizes that are no longer used make room.
    while (this.#pooled + buffer.byteLength > this.poolBytes) this.#takeAt(0);
    this.#pool.push(buffer);
    this.#pooled += buffer.byteLength;
  }

  clear(): void {
    this.#values = [];
    this.#isLent = [];
    this.#free = [];
    this.#bytes = 0;
  }

  #isOwn(value: string | Uint8Array): value is Uint8Array {
    return typeof value !== 'string' && this.#own.has(value.buffer);
  }

  #copyOf(value: string | Uint8Array): Buffer {
    const copy = this.allocate(value.length);
    if (copy === undefined) throw new OutOfMemoryError(`no memory for a value of ${value.length} bytes`);
    if (typeof value === 'string') latin1Write(copy, value, 0);
    else copy.set(value);
    return copy;
  }

  /** A pooled buffer that a value of this length nearly fills. */
  #takePooled(length: number): ArrayBufferLike | undefined {
    const at = this.#pool.findIndex(({ byteLength }) => byteLength >= length && byteLength * least <= length * most);
    return at < 0 ? undefined : this.#takeAt(at);
  }

  #takeAt(at: number): ArrayBufferLike {
    const [buffer] = this.#pool.splice(at, 1) as [ArrayBufferLike];
    this.#pooled -= buffer.byteLength;
    return buffer;
  }
}
