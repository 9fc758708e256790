/** The items of an embedded server, put in, read and listed without a client. */
import { fromByteString, latin1Of, toByteString, utf8Slice } from '../../base/bytes.ts';
import { transcoders } from '../../client/index.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import type { ItemStore } from '../../store/item-store.ts';
import type { Item } from '../../store/item.ts';

/** An item that a server holds. */
export interface TestItem {
  /** The key. */
  readonly key: string;
  /** The value, as a client with the default transcoder reads it. */
  readonly value: unknown;
  /** The value in bytes, as it is stored. */
  readonly bytes: Buffer;
  /** The client flags, an unsigned number of 32 bits. */
  readonly flags: number;
  /** The cas token. */
  readonly cas: bigint;
  /** Seconds until it expires; undefined = never. */
  readonly ttl: number | undefined;
}

/** How an item is put in. */
export interface PutOptions {
  /** Seconds until it expires. @default never */
  readonly ttl?: number | undefined;
  /**
   * The client flags, an unsigned number of 32 bits; the value is then stored as it is. @default as clients store it
   */
  readonly flags?: number | undefined;
}

/** The items of one server, for tests. */
export class TestItems implements Iterable<TestItem> {
  readonly #store: ItemStore;

  constructor(store: ItemStore) {
    this.#store = store;
  }

  /** The number of items, including expired ones that were not removed yet. */
  get size(): number {
    return this.#store.count;
  }

  /**
   * Stores an item, as a client with the default transcoder does. Throws InvalidArgumentError for a value that has no
   * bytes, and for an item that is too large.
   */
  put(key: string, value: unknown, { ttl = 0, flags }: PutOptions = {}): void {
    const store = this.#store;
    const encoded = flags === undefined ? transcoders.auto.encode(value) : { data: rawOf(value), flags };
    const name = keyOf(key);
    if (!store.fits(name, encoded.data.length, encoded.flags))
      throw new InvalidArgumentError(`the item of ${JSON.stringify(key)} is too large for the server`);
    const now = store.tick();
    store.put(store.find(name, now), name, encoded.data, encoded.flags, store.expiresAt(ttl, now), now);
  }

  /** The item of a key; undefined where there is none. Nothing counts it as read. */
  get(key: string): TestItem | undefined {
    const now = this.#store.tick();
    const item = this.#store.find(keyOf(key), now);
    return item === undefined ? undefined : shown(item, now);
  }

  /** Removes an item. False: there was none. */
  delete(key: string): boolean {
    const item = this.#store.find(keyOf(key), this.#store.tick());
    if (item === undefined) return false;
    this.#store.remove(item);
    return true;
  }

  /** All items that have not expired, in no particular order. */
  list(): TestItem[] {
    const now = this.#store.tick();
    const items: TestItem[] = [];
    for (const item of this.#store.items()) if (!item.isExpired(now)) items.push(shown(item, now));
    return items;
  }

  /** Their keys, sorted. */
  keys(): string[] {
    return this.list()
      .map(({ key }) => key)
      .sort();
  }

  /** Removes all. */
  clear(): void {
    this.#store.flush(0);
  }

  /** All items that have not expired. */
  [Symbol.iterator](): Iterator<TestItem> {
    return this.list()[Symbol.iterator]();
  }
}

function keyOf(key: string): string {
  const bytes = toByteString(key);
  if (bytes.length < 1 || bytes.length > 250)
    throw new InvalidArgumentError(`a key has 1 to 250 bytes, not ${bytes.length}`);
  return bytes;
}

function rawOf(value: unknown): string | Uint8Array {
  if (typeof value === 'string') return toByteString(value);
  if (value instanceof Uint8Array) return value;
  throw new InvalidArgumentError('a value with flags of its own must be a string or bytes');
}

function shown(item: Item, now: number): TestItem {
  const bytes = Buffer.from(item.value);
  const { flags, cas, exptime } = item;
  const stored = {
    flags,
    length: bytes.length,
    bytes: () => bytes,
    utf8: () => utf8Slice(bytes, 0, bytes.length),
    text: () => latin1Of(bytes),
  };
  return {
    key: fromByteString(item.key),
    get value() {
      return transcoders.auto.decode(stored);
    },
    bytes,
    flags,
    cas,
    ttl: exptime === 0 ? undefined : exptime - now,
  };
}
