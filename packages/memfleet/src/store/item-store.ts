/**
 * The items of an embedded server, in memory.
 *
 *   key ──▶ Arena ──▶ Item       storing evicts items that were not used for long, so that all stay within maxBytes
 *                      │
 *                      └ exptime: checked when the item is used, and by `sweep`, a repeated bounded walk
 *
 * It has items, not commands: `StoreDispatcher` executes those. A time is a second of `StoreClock` and comes from
 * `tick()`, once per command.
 */
import { Arena } from './arena.ts';
import { ClassTable } from './class-counters.ts';
import { type StoreClock, storeClockOf } from './exptime.ts';
import { type ItemStoreOptions, itemStoreDefaults } from './item-store-options.ts';
import { type Item, itemSize } from './item.ts';
import { bit } from './segment.ts';
import { SizeHistogram } from './size-histogram.ts';
import { StoreCounters } from './store-counters.ts';

/** What a sweep spends on a removal, in checks. */
const removalCost = 8;

/** The items of an embedded server. */
export class ItemStore {
  readonly options: ItemStoreOptions;
  readonly counters: StoreCounters = new StoreCounters();
  /** The same by slab class of memcached. */
  readonly classes: ClassTable = new ClassTable();
  #sizes: SizeHistogram | undefined;
  /** Called for every evicted item; undefined = not observed. */
  onEvict: ((item: Item, now: number) => void) | undefined;
  readonly #arena: Arena;
  readonly #clock: StoreClock;
  #lastCas = 0;
  /** The second at which a delayed flush falls due; 0 = none. */
  #flushAt = 0;
  /** The second of the last flush, where items have no cas; −1 = none. */
  #flushedAt = -1;
  #walk: Iterator<Item> | undefined;

  constructor(options: Partial<ItemStoreOptions> = {}) {
    this.options = { ...itemStoreDefaults, ...options };
    this.#clock = storeClockOf(this.options.clock);
    this.#arena = new Arena(this.options.maxBytes, {
      isWorthKeeping: (item) => !item.isExpired(this.#clock.second()),
      mayEvict: (item) => this.options.evicts || item.isExpired(this.#clock.second()),
      onEvict: (item) => this.#giveUp(item),
    });
  }

  /** The number of items, including expired ones that were not removed yet. */
  get count(): number {
    return this.#arena.count;
  }

  /** The size of all items in bytes, as memcached counts it. */
  get bytes(): number {
    return this.#arena.bytes;
  }

  /** The bound on the memory of all items. */
  get maxBytes(): number {
    return this.#arena.maxBytes;
  }

  /** Sets another bound, and evicts down to it. */
  set maxBytes(bytes: number) {
    this.#arena.maxBytes = bytes;
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

  /** `stats reset`. */
  resetCounters(): void {
    this.counters.reset();
    this.classes.reset();
  }

  /**
   * A buffer for a value that is being received: it produces no garbage if it is then stored. Undefined where there is
   * no memory for it.
   */
  allocate(length: number): Buffer | undefined {
    return this.#arena.allocate(length);
  }

  /** The memory of all items in bytes: never more than `maxBytes`, except for a single item that takes all. */
  get memory(): number {
    return this.#arena.memory;
  }

  /**
   * All items, in the order of eviction or the reverse. One object represents each in turn; items that are added,
   * removed or changed meanwhile may occur twice or not at all.
   */
  items(order: 'oldest first' | 'newest first' = 'oldest first'): IterableIterator<Item> {
    return this.#arena.items(order);
  }

  /** The current second of the store, after a due delayed flush was executed. Every command begins with it. */
  tick(): number {
    const now = this.#clock.second();
    if (this.#flushAt !== 0 && now >= this.#flushAt) this.#flushNow();
    return now;
  }

  /** The second at which an item with this wire exptime, set at second `now`, expires; 0 = never. */
  expiresAt(exptime: number, now: number): number {
    return this.#clock.expiresAt(exptime, now);
  }

  /** The item of a key, valid until the next lookup or store. An expired item is removed and not found. */
  find(key: string, now: number): Item | undefined {
    const item = this.#arena.find(key);
    if (item === undefined) {
      if (this.#arena.takeFlushed(key)) this.counters.get_flushed++;
      return undefined;
    }
    if (!item.isExpired(now) && item.accessed > this.#flushedAt) return item;
    if (!item.isExpired(now)) {
      // As in memcached: without a cas the flush takes what was stored in its second as well.
      this.counters.get_flushed++;
      this.remove(item);
      return undefined;
    }
    this.counters.get_expired++;
    if (!item.isFetched) {
      this.counters.expired_unfetched++;
      this.classes.of(item.size).expired_unfetched++;
    }
    this.remove(item);
    return undefined;
  }

  /** Records that an item was read or used: it is not evicted before items that were not. */
  bump(item: Item, now: number): void {
    item.accessed = now;
    item.mark(bit.used, true);
  }

  /** Whether an item of this size may be stored. */
  fits(key: string, length: number, flags: number): boolean {
    return itemSize(key.length, length, flags) <= this.options.maxItemSize && key.length <= this.#arena.longestKey;
  }

  /**
   * Stores an item that `fits`, in the place of `present` (the result of `find` for its key). `exptime` is a result of
   * `expiresAt`. Sets a new cas and evicts others when the memory bound is exceeded. Throws OutOfMemoryError; the item
   * of the key is then gone.
   */
  put(
    present: Item | undefined,
    key: string,
    value: string | Uint8Array,
    flags: number,
    exptime: number,
    now: number,
  ): Item {
    const item = this.#write(present, key, value, flags);
    item.renew(exptime, now, present !== undefined);
    this.counters.total_items++;
    this.#stamp(item);
    return item;
  }

  /**
   * Replaces the value and client flags of an item and sets a new cas; all else stays. Throws OutOfMemoryError; the
   * item is then gone.
   */
  change(item: Item, value: string | Uint8Array, flags: number, now: number): void {
    const { key, exptime, bits } = item;
    const changed = this.#write(item, key, value, flags);
    changed.exptime = exptime;
    changed.mark(bits & ~bit.large, true);
    this.#stamp(changed);
    this.bump(changed, now);
  }

  /** Sets a new cas of an item: the one that a client requests, or the next. `isCounted`: later ones are above it. */
  recas(item: Item, wanted?: bigint, isCounted = false): void {
    // A cas that no store counts to was chosen by a client.
    if (isCounted && wanted! < 2n ** 52n) this.#lastCas = Math.max(this.#lastCas, Number(wanted));
    this.#sizes?.remove(item.size, item.cas);
    item.setCas(wanted ?? ++this.#lastCas);
    this.#sizes?.add(item.size, item.cas);
  }

  /** Removes an item of this store. */
  remove(item: Item): void {
    this.#uncount(item);
    this.#arena.remove(item);
  }

  /**
   * Drops all items, at once for an exptime of 0 or less, else at the time of the exptime: items stored until then are
   * dropped. The last flush counts: an immediate one cancels a pending one.
   */
  flush(exptime: number): void {
    const now = this.tick();
    const at = exptime > 0 ? this.expiresAt(exptime, now) : 0;
    if (at > now) this.#flushAt = at;
    else this.#flushNow();
  }

  /** Whether a sweep has just checked the last item. */
  get isSwept(): boolean {
    return this.#walk === undefined;
  }

  /** Checks the next items, with wrap-around, and removes expired ones. Spends `limit`; returns how many it removed. */
  sweep(limit: number): number {
    const now = this.tick();
    this.#arena.forgetFlushed();
    let removed = 0;
    for (let spent = 0; spent < limit; spent++) {
      if (this.#walk === undefined) {
        this.#walk = this.items();
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
      spent += removalCost;
    }
    return removed;
  }

  #flushNow(): void {
    this.#flushAt = 0;
    if (!this.options.hasCas) this.#flushedAt = this.#clock.second();
    this.#arena.flush();
    this.classes.empty();
    this.#sizes?.clear();
    this.#walk = undefined;
  }

  /** Writes an item in the place of `present` and counts it by its size. */
  #write(present: Item | undefined, key: string, value: string | Uint8Array, flags: number): Item {
    if (present === undefined) {
      const item = this.#arena.write(undefined, key, value, flags);
      this.classes.add(item.size);
      return item;
    }
    // Most values that are overwritten are as long as the new one.
    if (this.#sizes === undefined && this.#arena.overwrite(present, value, flags)) return present;
    const { size } = present;
    this.#sizes?.remove(size, present.cas);
    let item: Item | undefined;
    try {
      item = this.#arena.write(present, key, value, flags);
    } finally {
      this.classes.remove(size);
      if (item !== undefined) this.classes.add(item.size);
    }
    return item;
  }

  /** Sets the next cas of a written item. */
  #stamp(item: Item): void {
    item.setCas(this.options.hasCas ? ++this.#lastCas : 0n);
    this.#sizes?.add(item.size, item.cas);
  }

  #uncount(item: Item): void {
    const { size } = item;
    this.classes.remove(size);
    this.#sizes?.remove(size, item.cas);
  }

  /** Called when another item needs the room. */
  #giveUp(item: Item): void {
    const now = this.#clock.second();
    if (item.isExpired(now)) this.#countReclaimed(item);
    else this.#countEvicted(item, now);
    this.#uncount(item);
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
