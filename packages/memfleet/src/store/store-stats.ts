/**
 * The groups of `stats` (memcached `doc/protocol.txt`). The store has one class of items and one LRU, so `items` and `slabs` show class 1 only; what
 * belongs to a server – process, sessions, ports – is added by `MoreStats`.
 */
import type { Engine, Stat } from './engine.ts';
import type { ItemStore } from './item-store.ts';

type Group = (store: ItemStore) => Iterable<Stat>;

function general(store: ItemStore): Stat[] {
  return [
    ...Object.entries(store.counters),
    ['limit_maxbytes', store.options.maxBytes],
    ['bytes', store.bytes],
    ['curr_items', store.count],
  ];
}

function items(store: ItemStore): Stat[] {
  if (store.count === 0) return [];
  const { counters, oldest } = store;
  const age = oldest === undefined ? 0 : store.tick() - oldest.accessed;
  const lines: Stat[] = [
    ['number', store.count],
    ['age', age],
    ['mem_requested', store.bytes],
    ['evicted', counters.evictions],
    ['evicted_unfetched', counters.evicted_unfetched],
    ['expired_unfetched', counters.expired_unfetched],
    ['reclaimed', counters.reclaimed],
    ['crawler_reclaimed', counters.crawler_reclaimed],
    ['crawler_items_checked', counters.crawler_items_checked],
    ['outofmemory', counters.store_no_memory],
  ];
  return lines.map(([name, value]) => [`items:1:${name}`, value]);
}

function slabs(store: ItemStore): Stat[] {
  const { counters } = store;
  const lines: Stat[] = [
    ['chunk_size', store.options.maxItemSize],
    ['used_chunks', store.count],
    ['mem_requested', store.bytes],
    ['get_hits', counters.get_hits],
    ['cmd_set', counters.cmd_set],
    ['delete_hits', counters.delete_hits],
    ['incr_hits', counters.incr_hits],
    ['decr_hits', counters.decr_hits],
    ['cas_hits', counters.cas_hits],
    ['cas_badval', counters.cas_badval],
    ['touch_hits', counters.touch_hits],
  ];
  const all: Stat[] = store.count === 0 ? [] : lines.map(([name, value]) => [`1:${name}`, value]);
  return [...all, ['active_slabs', store.count === 0 ? 0 : 1], ['total_malloced', store.bytes]];
}

function settings(store: ItemStore): Stat[] {
  return [
    ['maxbytes', store.options.maxBytes],
    ['item_size_max', store.options.maxItemSize],
    ['evictions', 'on'],
    ['cas_enabled', 'yes'],
    ['flush_enabled', 'yes'],
    ['track_sizes', 'no'],
  ];
}

const groups: ReadonlyMap<string, Group> = new Map<string, Group>([
  ['', general],
  ['items', items],
  ['slabs', slabs],
  ['settings', settings],
  ['sizes', () => [['sizes_status', 'disabled']]],
]);

/** All lines of a group, those of the server first; undefined when nobody knows the group. */
export function statsOf(engine: Engine, group: string): Stat[] | undefined {
  const own = groups.get(group);
  const more = engine.moreStats(group);
  if (own === undefined && more === undefined) return undefined;
  return [...(more ?? []), ...(own?.(engine.store) ?? [])];
}
