/**
 * The places of the keys and the value of the current request, as bytes. The decoder notes each place, and the store,
 * which executes the command before the decoder continues, reads the bytes there instead of the characters of a string.
 *
 *   decoder ─ begin(bytes), addKey(key, start) … ─▶ command ─▶ store ─ findKey(key) ─▶ start of the same bytes, or −1
 *           ─ end(): the bytes will be overwritten
 *
 * `findKey` and `findValue` compare the string with the noted one, so the bytes are always those of the string: if
 * another decoder has noted its own meanwhile, the worst result is −1, and the caller reads the string.
 */

/** Only this many keys of a line are noted. */
const most = 512;
const nothing = new Uint8Array(0);

/** The places of the keys of one line, and of the value behind it. */
class BorrowedBytes {
  /** The bytes that the places refer to. */
  bytes: Uint8Array = nothing;
  /** Whether a store of this thread looks keys up; false = no key is noted. */
  isWanted = false;
  readonly #keys: string[] = [];
  readonly #starts: number[] = [];
  #count = 0;
  #next = 0;
  #value: string | undefined = undefined;
  #valueStart = 0;

  /** The bytes of the view: those of chunks of one length may be the same object. */
  #viewed: Uint8Array = nothing;
  /** All memory that the bytes are a part of: chunks that are read into one buffer share the view. */
  view: DataView = new DataView(nothing.buffer);
  /** Where the bytes begin in it. */
  offset = 0;

  /** Begins a line that lies in these bytes. */
  begin(bytes: Uint8Array): void {
    if (bytes !== this.#viewed && bytes !== nothing) {
      this.#viewed = bytes;
      if (bytes.buffer !== this.view.buffer) this.view = new DataView(bytes.buffer);
      this.offset = bytes.byteOffset;
    }
    this.bytes = bytes;
    this.#count = 0;
    this.#next = 0;
    this.#value = undefined;
  }

  /** Notes the next key of the line. Keys are looked up in the same order. */
  addKey(key: string, start: number): void {
    if (!this.isWanted || this.#count === most) return;
    this.#keys[this.#count] = key;
    this.#starts[this.#count] = start;
    this.#count++;
  }

  /** The index where the next key of the line begins if it is this one; −1 otherwise. */
  findKey(key: string): number {
    if (this.#count === 0) return -1;
    // The key of a line of one key may be looked up twice.
    const at = this.#next === this.#count ? 0 : this.#next;
    if (this.#keys[at] !== key) return -1;
    this.#next = at + 1;
    return this.#starts[at]!;
  }

  /** Notes the value behind the line, if it lies in the same bytes. */
  addValue(value: string, bytes: Uint8Array, start: number): void {
    if (bytes !== this.bytes) return;
    this.#value = value;
    this.#valueStart = start;
  }

  /** The index where the value behind the line begins if it is this one; −1 otherwise. */
  findValue(value: string): number {
    return this.#value === value ? this.#valueStart : -1;
  }

  /** Forgets all places. */
  end(): void {
    this.begin(nothing);
  }
}

/** The places of this thread, which executes one command at a time. */
export const borrowedBytes: BorrowedBytes = new BorrowedBytes();
