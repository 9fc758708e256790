/**
 * Collects the bytes of many commands or replies for ONE write.
 *
 *   ascii('mg k v\r\n') ─▶ text  ─spill─▶ slab (64 KB, kept)  ─┐
 *   value(long text)    ─────copy───────▶ slab                │
 *   bytes(small)        ─────copy───────▶ slab                ├─▶ take() = [slab part, large value, slab part …]
 *   bytes(large)        ─────as it is──────────────────────────┘
 *
 * Short texts are joined as one string and copied by a single `latin1Write` (docs/performance.md, "byte writer"). A
 * long one would be copied twice by that, so it is copied by itself. A byte array above `copyLimit` is not copied but
 * becomes a chunk of its own: its owner must not change it before the write is done.
 */
import { latin1Write, writeText } from './bytes.ts';

const slabSize = 64 * 1024;
const textLimit = 16 * 1024;
/** Slabs beside the current one that are kept for the next burst. */
const maxSpares = 4;

/** Texts up to this length are joined, longer values are copied by themselves. */
export const joinLimit: number = 512;

/** Byte arrays up to this length are copied, longer ones are written from where they lie. */
export const copyLimit: number = 16 * 1024;

/** Collects the bytes of many commands or replies for one write. */
export class ByteWriter {
  #slab: Buffer = Buffer.allocUnsafeSlow(slabSize);
  /** The bytes before this index are still in use. */
  #base = 0;
  #start = 0;
  #end = 0;
  #text = '';
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  /** Slabs that this collection filled and that are not in use elsewhere. */
  #filled: Buffer[] = [];
  readonly #spares: Buffer[] = [];

  /** The number of bytes that `take()` would return. */
  get length(): number {
    return this.#chunkBytes + (this.#end - this.#start) + this.#text.length;
  }

  /** Appends a byte string. */
  ascii(text: string): void {
    this.#text += text;
    if (this.#text.length > textLimit) this.#spill();
  }

  /** Appends a value: a byte string or bytes. */
  value(value: string | Uint8Array): void {
    if (typeof value !== 'string') this.bytes(value);
    else if (value.length <= joinLimit || value.length > textLimit) this.ascii(value);
    else {
      const at = this.#room(value.length);
      latin1Write(this.#slab, value, at);
      this.#end += value.length;
    }
  }

  /** Appends bytes. Above `copyLimit` without copying them. */
  bytes(bytes: Uint8Array): void {
    const length = bytes.length;
    if (length > copyLimit) {
      this.#cut();
      this.#chunks.push(bytes);
      this.#chunkBytes += length;
      return;
    }
    const at = this.#room(length);
    this.#slab.set(bytes, at);
    this.#end += length;
  }

  /** Appends bytes that will be overwritten after this call, so they are copied whatever their length. */
  copy(bytes: Uint8Array): void {
    if (bytes.length > copyLimit) this.bytes(Buffer.from(bytes));
    else this.bytes(bytes);
  }

  /**
   * The bytes in order, as few chunks as there are; the writer is empty afterwards. The last chunk may lie in the slab:
   * see `release`.
   */
  take(): readonly Uint8Array[] {
    this.#cut();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#chunkBytes = 0;
    return chunks;
  }

  /**
   * Everything that was collected, if it is only short text that has not been copied to a slab. Undefined = use
   * `take()`.
   */
  takeText(): string | undefined {
    if (this.#end !== this.#start || this.#chunkBytes > 0) return undefined;
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /**
   * After a `take()`: `reusable` true says that the taken bytes are in the kernel already, so their part of the slab is
   * overwritten; false, that they are still needed, so writing continues behind them until the slab is full. One writer
   * can thus serve many transports in turn.
   */
  release(reusable: boolean): void {
    if (this.#filled.length > 0) {
      if (reusable) this.#spares.push(...this.#filled.slice(0, maxSpares - this.#spares.length));
      this.#filled = [];
    }
    if (!reusable) this.#base = this.#end;
    this.#start = this.#base;
    this.#end = this.#base;
  }

  /** Forgets what was collected. */
  clear(): void {
    this.#text = '';
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#filled = [];
    this.#start = this.#end;
  }

  /**
   * Index in the slab where `length` bytes fit, after everything before them. May replace the slab, so call it before
   * naming `#slab`.
   */
  #room(length: number): number {
    if (this.#text !== '') this.#spill();
    if (this.#end + length > slabSize) this.#freshSlab();
    return this.#end;
  }

  #spill(): void {
    const text = this.#text;
    this.#text = '';
    if (text.length > slabSize - this.#end) {
      if (text.length > textLimit * 2) {
        this.#cut();
        const own = Buffer.from(text, 'latin1');
        this.#chunks.push(own);
        this.#chunkBytes += own.length;
        return;
      }
      this.#freshSlab();
    }
    writeText(this.#slab, text, this.#end);
    this.#end += text.length;
  }

  /** Closes the slab part that is being written as a chunk. */
  #cut(): void {
    if (this.#text !== '') this.#spill();
    if (this.#end === this.#start) return;
    this.#chunks.push(this.#slab.subarray(this.#start, this.#end));
    this.#chunkBytes += this.#end - this.#start;
    this.#start = this.#end;
  }

  #freshSlab(): void {
    if (this.#end > this.#start) {
      this.#chunks.push(this.#slab.subarray(this.#start, this.#end));
      this.#chunkBytes += this.#end - this.#start;
    }
    if (this.#base === 0) this.#filled.push(this.#slab);
    this.#slab = this.#spares.pop() ?? Buffer.allocUnsafeSlow(slabSize);
    this.#base = 0;
    this.#start = 0;
    this.#end = 0;
  }
}
