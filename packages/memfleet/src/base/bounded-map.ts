/**
 * A Map with bounds of number and of size. What has not been used for the longest time is removed first.
 *
 *   oldest ⇄ … ⇄ newest      `get` and `set` make an entry the newest; `peek` leaves it where it is
 *
 * The order is a linked list through the entries: to move one costs less than to delete and insert it again in a Map.
 */

/** The bounds of a map. */
export interface Bounds {
  /** The number of entries. */
  readonly maxItems: number;
  /** The sum of the sizes of all entries. */
  readonly maxSize: number;
}

interface Entry<K, V> {
  readonly key: K;
  value: V;
  size: number;
  older: Entry<K, V> | undefined;
  newer: Entry<K, V> | undefined;
}

/** A Map whose least recently used entries make room for new ones. */
export class BoundedMap<K extends string, V> {
  readonly #bounds: Bounds;
  readonly #entries = new Map<string, Entry<K, V>>();
  #oldest: Entry<K, V> | undefined = undefined;
  #newest: Entry<K, V> | undefined = undefined;
  #size = 0;
  #evicted = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** The number of entries. */
  get count(): number {
    return this.#entries.size;
  }

  /** The sum of the sizes of all entries. */
  get size(): number {
    return this.#size;
  }

  /** The number of entries that made room for others. */
  get evicted(): number {
    return this.#evicted;
  }

  /** The value of a key, which is the newest then. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#append(entry);
    }
    return entry.value;
  }

  /** The value of a key, without using it. */
  peek(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The value that makes room next. */
  oldest(): { readonly key: K; readonly value: V } | undefined {
    return this.#oldest;
  }

  /** Sets a value of a size. A value larger than the map only removes the one before it. */
  set(key: K, value: V, size: number): void {
    this.delete(key);
    if (size > this.#bounds.maxSize) return;
    const entry: Entry<K, V> = { key, value, size, older: undefined, newer: undefined };
    this.#entries.set(key, entry);
    this.#append(entry);
    this.#size += size;
    while (this.#entries.size > this.#bounds.maxItems || this.#size > this.#bounds.maxSize) this.#evict();
  }

  /** Whether the key was there. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#unlink(entry);
    this.#size -= entry.size;
    return true;
  }

  /** Removes everything. */
  clear(): void {
    this.#entries.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
    this.#size = 0;
  }

  #evict(): void {
    if (this.#oldest === undefined) return;
    this.delete(this.#oldest.key);
    this.#evicted++;
  }

  #append(entry: Entry<K, V>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink(entry: Entry<K, V>): void {
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
  }
}
