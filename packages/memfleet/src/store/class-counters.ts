/** The items and counters of each slab class, for `stats items` and `stats slabs`. */
import { classOf, lastClass } from './slab-classes.ts';

/** One class. Names are memcached's. */
export class ClassCounters {
  /** The number of items, and their size in bytes. */
  items = 0;
  bytes = 0;
  /** The most items that there were at a time. */
  mostItems = 0;
  get_hits = 0;
  cmd_set = 0;
  delete_hits = 0;
  incr_hits = 0;
  decr_hits = 0;
  cas_hits = 0;
  cas_badval = 0;
  touch_hits = 0;
  evicted = 0;
  /** Of these, items that had an exptime. */
  evicted_nonzero = 0;
  /** Seconds since the last access of the item evicted last. */
  evicted_time = 0;
  evicted_unfetched = 0;
  expired_unfetched = 0;
  reclaimed = 0;
  crawler_reclaimed = 0;
  crawler_items_checked = 0;
  outofmemory = 0;

  /** `stats reset`: the numbers of items stay. */
  reset(): void {
    Object.assign(this, new ClassCounters(), { items: this.items, bytes: this.bytes, mostItems: this.mostItems });
  }
}

/** All classes of a store. */
export class ClassTable {
  /** By class; class 0 is none. */
  readonly #classes: readonly ClassCounters[] = Array.from({ length: lastClass + 1 }, () => new ClassCounters());

  /** The class of an item of this size in bytes. */
  of(size: number): ClassCounters {
    return this.#classes[classOf(size)] as ClassCounters;
  }

  /** A class by its number; undefined where there is none. */
  numbered(number: number): ClassCounters | undefined {
    return number === 0 ? undefined : this.#classes[number];
  }

  add(size: number): void {
    const counters = this.of(size);
    counters.items++;
    if (counters.items > counters.mostItems) counters.mostItems = counters.items;
    counters.bytes += size;
  }

  remove(size: number): void {
    const counters = this.of(size);
    counters.items--;
    counters.bytes -= size;
  }

  /** Clears the numbers of items. */
  empty(): void {
    for (const counters of this.#classes) {
      counters.items = 0;
      counters.bytes = 0;
    }
  }

  reset(): void {
    for (const counters of this.#classes) counters.reset();
  }

  /** The classes that have or had items, by number: memcached keeps their pages. */
  *used(): Iterable<readonly [number: number, counters: ClassCounters]> {
    for (const entry of this.#classes.entries()) if (entry[1].mostItems > 0) yield entry;
  }

  /** The classes with items, by number. */
  *held(): Iterable<readonly [number: number, counters: ClassCounters]> {
    for (const entry of this.#classes.entries()) if (entry[1].items > 0) yield entry;
  }
}
