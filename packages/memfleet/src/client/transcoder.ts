/** JS values ⇄ bytes and client flags. */

/** What goes on the wire. */
export interface Encoded {
  /** Bytes, or a byte string: a string in which every character is one byte. */
  readonly data: string | Uint8Array;
  /** 32 bits unsigned. */
  readonly flags: number;
}

/** A stored value as a transcoder sees it; valid only during `decode`. */
export interface StoredValue {
  readonly flags: number;
  /** Bytes. */
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
  encode(value: T): Encoded;
  decode(value: StoredValue): T;
}

/** A value whose flags the transcoder does not know: handed over as it is, never interpreted, never executed. */
export class RawValue {
  readonly bytes: Uint8Array;
  readonly flags: number;

  constructor(bytes: Uint8Array, flags: number) {
    this.bytes = bytes;
    this.flags = flags;
  }
}
