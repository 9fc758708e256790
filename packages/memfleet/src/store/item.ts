/** One stored item, a link of the LRU list at the same time: an item costs one object. */

/** Values up to this length are kept as byte strings, longer ones as bytes: an ArrayBuffer for every small item halves the sets per second. */
export const longestText = 4096;

/**
 * What an item costs beside its key, value and flags: memcached 1.6's item header of 48 bytes, 8 bytes of cas, the key's terminator and the value's
 * line end. Equal, so that the largest value that fits is the same to the byte.
 */
export const itemOverhead: number = 48 + 8 + 1 + 2;

/** See the head of this file. Times are seconds of `StoreClock`. */
export class Item {
  readonly key: string;
  /** Never changed in place: replies may hold it while it is on its way. */
  value: string | Uint8Array;
  /** Client flags, 32 bits unsigned. */
  flags: number;
  /** When it is gone; 0 = never. */
  exptime: number;
  /** A number while it came from the counter of the store (no BigInt per item), a bigint when a client chose it (`E`). */
  cas: number | bigint = 0;
  /** When it was last stored or read. */
  accessed: number;
  /** Was read since it was stored (meta flag `h`). */
  isFetched = false;
  /** Was invalidated (meta flag `X`). */
  isStale = false;
  /** Somebody was told to refresh it (meta flags `W`, then `Z`). */
  isTokenSent = false;
  /** Was stored under a base64 key (meta flag `b`), and so is shown as one. */
  isBase64 = false;
  /** LRU neighbours. */
  newer: Item | undefined = undefined;
  older: Item | undefined = undefined;

  constructor(key: string, value: string | Uint8Array, flags: number, exptime: number, now: number) {
    this.key = key;
    this.value = value;
    this.flags = flags;
    this.exptime = exptime;
    this.accessed = now;
  }

  /** Bytes that count against the memory bound. */
  get size(): number {
    return itemSize(this.key, this.value.length, this.flags);
  }

  /** Is it gone at second `now`? */
  isExpired(now: number): boolean {
    return this.exptime !== 0 && this.exptime <= now;
  }

  /** Seconds it has to live; −1 = for ever. */
  ttl(now: number): number {
    return this.exptime === 0 ? -1 : this.exptime - now;
  }
}

/** Bytes that an item of this key and value length counts. Flags are stored only where there are some, as memcached does. */
export function itemSize(key: string, length: number, flags: number): number {
  return itemOverhead + key.length + length + (flags === 0 ? 0 : 4);
}

/** The value in the form in which the store keeps it. */
export function keptValue(value: string | Uint8Array): string | Uint8Array {
  if (typeof value === 'string') return value.length > longestText ? Buffer.from(value, 'latin1') : value;
  if (value.length > longestText) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

/** Two values as one, in the form in which the store keeps it. By way of bytes: texts joined by `+` would stay a chain of all their parts. */
export function joinedValue(first: string | Uint8Array, second: string | Uint8Array): string | Uint8Array {
  return keptValue(Buffer.concat([bytesOf(first), bytesOf(second)]));
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}
