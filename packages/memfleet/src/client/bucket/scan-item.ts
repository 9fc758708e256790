/** An item that a scan found. */
export interface ScanItem<T> {
  /** The key, without the client's prefix. Bytes that are not UTF-8 are U+FFFD in it. */
  readonly key: string;
  /** The value. */
  readonly value: T;
  /** The client flags, 32 bits: the transcoder's note about the type of the value. */
  readonly flags: number;
  /** Opaque; pass it to `cas` or `delete`. */
  readonly cas: bigint;
  /** Seconds left to live when the item was read; Infinity = no expiry. */
  readonly ttl: number;
}
