/** JS values ⇄ bytes and client flags. */

/** The bytes and client flags of a value. */
export interface Encoded {
  /** Bytes, or a byte string: a string in which every character is one byte. */
  readonly data: string | Uint8Array;
  /** The client flags, an unsigned number of 32 bits. */
  readonly flags: number;
}

/** A stored value as a transcoder sees it; valid only during `decode`. */
export interface StoredValue {
  /** The client flags, an unsigned number of 32 bits. */
  readonly flags: number;
  /** The size of the value in bytes. */
  readonly length: number;
  /** The bytes; they belong to the caller. */
  bytes(): Uint8Array;
  /** Decoded as UTF-8. */
  utf8(): string;
  /** As a byte string. */
  text(): string;
}

/** Turns values into bytes and back. `encode` throws InvalidArgumentError for what has no bytes. */
export interface Transcoder<T> {
  /** Converts a value to bytes and flags. */
  encode(value: T): Encoded;
  /** Converts a stored value back. */
  decode(value: StoredValue): T;
}

/**
 * A value whose flags, or bytes under these flags, the transcoder does not know: handed over as it is, never
 * interpreted, never executed.
 */
export class RawValue {
  /** The value as it is stored. */
  readonly bytes: Uint8Array;
  /** The client flags, an unsigned number of 32 bits. */
  readonly flags: number;

  constructor(bytes: Uint8Array, flags: number) {
    this.bytes = bytes;
    this.flags = flags;
  }
}
