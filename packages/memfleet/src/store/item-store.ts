/**
 * The items of an embedded server, in memory.
 *
 *   key ──Map──▶ Item ◀──LRU list──▶ Item ◀──▶ …         bytes ≤ maxBytes: storing evicts from the oldest end
 *                 │
 *                 └ exptime: looked at when the item is touched, and by `sweep`, a bounded walk that the server repeats
 *
 * It knows items, not commands: `StoreDispatcher` does. A time is a second of `StoreClock` and comes from `tick()`, once per command.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { ClassTable } from './class-counters.ts';
import { type StoreClock, storeClockOf } from './exptime.ts';
import { Item, itemSize } from './item.ts';
import { Lru } from './lru.ts';
import { SizeHistogram } from './size-histogram.ts';
import { StoreCounters } from './store-counters.ts';

/** Bounds of a store. */
export interface ItemStoreOptions {
  /** Bytes that all items together may count: key + value + about 60 each. @default 67 108 864 */
  readonly maxBytes: number;
  /** Bytes that one item may count, as memcached's `-I`. Not more than `maxBytes`. @default 1 048 576 */
  readonly maxItemSize: number;
  /** @default the system's */
  readonly clock: Clock;
}

/** The defaults of `ItemStoreOptions`. */
export const itemStoreDefaults: ItemStoreOptions = Object.freeze({
  maxBytes: 64 * 1024 * 1024,
  maxItemSize: 1024 * 1024,
  clock: systemClock,
});

/** See the head of this file. */
export class ItemStore {
  readonly options: ItemStoreOptions;
  readonly counters: StoreCounters = new StoreCounters();
  /** The same by slab class of memcached. */
  readonly classes: ClassTable = new ClassTable();
  #sizes: SizeHistogram | undefined;
  /** Told of every item that is evicted, while somebody wants to know. */
  onEvict: ((item: Item, now: number) => void) | undefined;
  readonly #items = new Map<string, Item>();
  readonly #lru = new Lru();
  readonly #clock: StoreClock;
  #bytes = 0;
  #maxBytes: number;
  #lastCas = 0;
  /** The second at which a delayed flush falls due; 0 = none. */
  #flushAt = 0;
  #walk: Iterator<Item> | undefined;

  constructor(options: Partial<ItemStoreOptions> = {}) {
    this.options = { ...itemStoreDefaults, ...options };
    this.#maxBytes = this.options.maxBytes;
    this.#clock = storeClockOf(this.options.clock);
  }

  /** How many items there are, with those that expired and were not noticed yet. */
  get count(): number {
    return this.#items.size;
  }

  /** What the items count together, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What items together may count, in bytes. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Another bound for all items: evicts down to it. */
  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    this.#evict(this.tick());
  }

  /** The sizes of items, while they are counted. */
  get sizes(): SizeHistogram | undefined {
    return this.#sizes;
  }

  /** Begins to count the sizes of the items that are stored from now on. */
  countSizes(): void {
    this.#sizes ??= new SizeHistogram(++this.#lastCas);
  }

  stopCountingSizes(): void {
    this.#sizes = undefined;
  }

  /** All items, in no order. Those that come and go meanwhile may be among them or not. */
  items(): IterableIterator<Item> {
    return this.#items.values();
  }

  /** `stats reset`. */
  resetCounters(): void {
    this.counters.reset();
    this.classes.reset();
  }

  /** The item that was used last. */
  get newest(): Item | undefined {
    return this.#lru.newest;
  }

  /** The item that would be evicted next. */
  get oldest(): Item | undefined {
    return this.#lru.oldest;
  }

  /** The present second of the store, after a delayed flush that is due has happened. Every command begins with it. */
  tick(): number {
    const now = this.#clock.second();
    if (this.#flushAt !== 0 && now >= this.#flushAt) this.#flushNow();
    return now;
  }

  /** The second at which an item that is given this exptime of the wire at second `now` is gone; 0 = never. */
  expiresAt(exptime: number, now: number): number {
    return this.#clock.expiresAt(exptime, now);
  }

  /** The item of a key. One that expired is removed and not found. */
  find(key: string, now: number): Item | undefined {
    const item = this.#items.get(key);
    if (item === undefined || !item.isExpired(now)) return item;
    this.counters.get_expired++;
    if (!item.isFetched) {
      this.counters.expired_unfetched++;
      this.classes.of(item.size).expired_unfetched++;
    }
    this.remove(item);
    return undefined;
  }

  /** Notes that an item was read or used: to the front of the LRU. */
  bump(item: Item, now: number): void {
    item.accessed = now;
    this.#lru.bump(item);
  }

  /** May an item of this size be stored at all? */
  fits(key: string, length: number, flags: number): boolean {
    return itemSize(key, length, flags) <= this.options.maxItemSize;
  }

  /**
   * Stores an item that `fits`, in the place of `present` (what `find` gave for its key). `value` is as `keptValue` gives it, `exptime` as `expiresAt` gives it.
   * Gives it a new cas and evicts others when the memory bound is passed.
   */
  put(
    present: Item | undefined,
    key: string,
    value: string | Uint8Array,
    flags: number,
    exptime: number,
    now: number,
  ): Item {
    let item = present;
    if (item === undefined) {
      item = new Item(key, value, flags, exptime, now);
      this.#items.set(key, item);
      this.#lru.add(item);
    } else {
      // The object is used again: no look-up, no garbage. Its value is replaced, never written into.
      this.#uncount(item);
      item.value = value;
      item.flags = flags;
      item.exptime = exptime;
      item.accessed = now;
      item.isFetched = false;
      item.isStale = false;
      item.isTokenSent = false;
      item.isBase64 = false;
      this.#lru.bump(item);
    }
    item.cas = ++this.#lastCas;
    this.counters.total_items++;
    this.#count(item);
    if (this.#bytes > this.#maxBytes) this.#evict(now);
    return item;
  }

  /** Gives an item another value and client flags, and a new cas; everything else about it stays. */
  change(item: Item, value: string | Uint8Array, flags: number, now: number): void {
    this.#uncount(item);
    item.value = value;
    item.flags = flags;
    item.cas = ++this.#lastCas;
    this.#count(item);
    this.bump(item, now);
    if (this.#bytes > this.#maxBytes) this.#evict(now);
  }

  /** Gives an item a new cas: the one that a client asks for, or the next. */
  recas(item: Item, wanted?: bigint): void {
    this.#sizes?.remove(item.size, item.cas);
    item.cas = wanted ?? ++this.#lastCas;
    this.#sizes?.add(item.size, item.cas);
  }

  /** Removes an item of this store. */
  remove(item: Item): void {
    this.#items.delete(item.key);
    this.#lru.remove(item);
    this.#uncount(item);
  }

  /**
   * Drops everything, at once for an exptime of 0 or less, else at the time that the exptime names: then what is stored until then is dropped. The
   * last flush counts: one at once takes back one that was still to come.
   */
  flush(exptime: number): void {
    const now = this.tick();
    const at = exptime > 0 ? this.expiresAt(exptime, now) : 0;
    if (at > now) this.#flushAt = at;
    else this.#flushNow();
  }

  /** Looks at the next `limit` items, going round, and removes those that expired. Answers how many. */
  sweep(limit: number): number {
    const now = this.tick();
    let removed = 0;
    for (let looked = 0; looked < limit; looked++) {
      if (this.#walk === undefined) {
        this.#walk = this.#items.values();
        this.counters.lru_crawler_starts++;
      }
      const next = this.#walk.next();
      if (next.done === true) {
        this.#walk = undefined;
        break;
      }
      const item = next.value;
      const classCounters = this.classes.of(item.size);
      this.counters.crawler_items_checked++;
      classCounters.crawler_items_checked++;
      if (!item.isExpired(now)) continue;
      this.counters.crawler_reclaimed++;
      classCounters.crawler_reclaimed++;
      if (!item.isFetched) {
        this.counters.expired_unfetched++;
        classCounters.expired_unfetched++;
      }
      this.remove(item);
      removed++;
    }
    return removed;
  }

  #count(item: Item): void {
    const { size } = item;
    this.#bytes += size;
    this.classes.add(size);
    this.#sizes?.add(size, item.cas);
  }

  #uncount(item: Item): void {
    const { size } = item;
    this.#bytes -= size;
    this.classes.remove(size);
    this.#sizes?.remove(size, item.cas);
  }

  #flushNow(): void {
    this.#flushAt = 0;
    this.#items.clear();
    this.#lru.clear();
    this.#bytes = 0;
    this.classes.empty();
    this.#sizes?.clear();
    this.#walk = undefined;
  }

  /** The item that was stored last is the newest and fits by itself, so it is never reached. */
  #evict(now: number): void {
    for (let item = this.#lru.oldest; item !== undefined && this.#bytes > this.#maxBytes; item = this.#lru.oldest) {
      if (item.isExpired(now)) this.#countReclaimed(item);
      else this.#countEvicted(item, now);
      this.remove(item);
    }
  }

  #countReclaimed(item: Item): void {
    const { counters } = this;
    const classCounters = this.classes.of(item.size);
    counters.reclaimed++;
    classCounters.reclaimed++;
    if (item.isFetched) return;
    counters.expired_unfetched++;
    classCounters.expired_unfetched++;
  }

  #countEvicted(item: Item, now: number): void {
    const { counters } = this;
    const classCounters = this.classes.of(item.size);
    this.onEvict?.(item, now);
    counters.evictions++;
    classCounters.evicted++;
    classCounters.evicted_time = now - item.accessed;
    if (item.exptime !== 0) classCounters.evicted_nonzero++;
    if (item.isFetched) return;
    counters.evicted_unfetched++;
    classCounters.evicted_unfetched++;
  }
}
