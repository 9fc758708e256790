/**
 * `stats items`: a group of lines for each slab class that holds items. There is one LRU and it is not segmented: all
 * items are in the part that memcached calls cold.
 */
import type { Stat } from '../admin-reply.ts';
import type { ClassCounters } from '../class-counters.ts';
import type { Engine } from '../engine.ts';
import type { ItemStore } from '../item-store.ts';
import { classOf } from '../slab-classes.ts';

/** The number of items, in the order of eviction, that are checked for the age of each class. */
const looked = 1000;

/** The lines of `stats items`. */
export function itemStats({ store }: Engine): Stat[] {
  const ages = oldestOf(store);
  return [...store.classes.held()].flatMap(([number, counters]) =>
    linesOf(counters, ages.byClass.get(number) ?? ages.others).map(([name, value]): Stat => [
      `items:${number}:${name}`,
      value,
    ]),
  );
}

/**
 * The longest time in seconds that an item of each class was not used, of the items checked; a class without any of
 * them has the age of the last.
 */
function oldestOf(store: ItemStore): { readonly byClass: ReadonlyMap<number, number>; readonly others: number } {
  const now = store.tick();
  const byClass = new Map<number, number>();
  let others = 0;
  let left = looked;
  for (const item of store.items()) {
    if (left-- === 0) break;
    others = now - item.accessed;
    const number = classOf(item.size);
    byClass.set(number, Math.max(byClass.get(number) ?? 0, others));
  }
  return { byClass, others };
}

function linesOf(counters: ClassCounters, age: number): Stat[] {
  return [
    ['number', counters.items],
    ['number_hot', 0],
    ['number_warm', 0],
    ['number_cold', counters.items],
    ['age_hot', 0],
    ['age_warm', 0],
    ['age', age],
    ['mem_requested', counters.bytes],
    ['evicted', counters.evicted],
    ['evicted_nonzero', counters.evicted_nonzero],
    ['evicted_time', counters.evicted_time],
    ['outofmemory', counters.outofmemory],
    ['tailrepairs', 0],
    ['reclaimed', counters.reclaimed],
    ['expired_unfetched', counters.expired_unfetched],
    ['evicted_unfetched', counters.evicted_unfetched],
    ['evicted_active', 0],
    ['crawler_reclaimed', counters.crawler_reclaimed],
    ['crawler_items_checked', counters.crawler_items_checked],
    ['lrutail_reflocked', 0],
    ['moves_to_cold', 0],
    ['moves_to_warm', 0],
    ['moves_within_lru', 0],
    ['direct_reclaims', 0],
    ['hits_to_hot', 0],
    ['hits_to_warm', 0],
    ['hits_to_cold', counters.get_hits],
    ['hits_to_temp', 0],
  ];
}
