/** `stats`: memcached's names in memcached's order, and the sources of their values. */
import type { Stat } from '../admin-reply.ts';
import type { Engine } from '../engine.ts';
import type { StartSettings } from '../start-settings.ts';

/**
 * All names of memcached 1.6.18. A name with a number here has no other source: it is about threads, slab pages,
 * segments of the LRU or buffers that do not exist here, and the number says so. `undefined`: reported only when a
 * source has a value.
 */
const names: Readonly<Record<string, number | undefined>> = {
  pid: undefined,
  uptime: undefined,
  time: undefined,
  version: undefined,
  libevent: undefined,
  pointer_size: 64,
  rusage_user: undefined,
  rusage_system: undefined,
  max_connections: undefined,
  curr_connections: undefined,
  total_connections: undefined,
  rejected_connections: undefined,
  connection_structures: undefined,
  response_obj_oom: 0,
  response_obj_count: 0,
  response_obj_bytes: 0,
  read_buf_count: 0,
  read_buf_bytes: 0,
  read_buf_bytes_free: 0,
  read_buf_oom: 0,
  reserved_fds: 0,
  cmd_get: undefined,
  cmd_set: undefined,
  cmd_flush: undefined,
  cmd_touch: undefined,
  cmd_meta: undefined,
  get_hits: undefined,
  get_misses: undefined,
  get_expired: undefined,
  get_flushed: undefined,
  delete_misses: undefined,
  delete_hits: undefined,
  incr_misses: undefined,
  incr_hits: undefined,
  decr_misses: undefined,
  decr_hits: undefined,
  cas_misses: undefined,
  cas_hits: undefined,
  cas_badval: undefined,
  touch_hits: undefined,
  touch_misses: undefined,
  store_too_large: undefined,
  store_no_memory: undefined,
  auth_cmds: undefined,
  auth_errors: undefined,
  idle_kicks: undefined,
  bytes_read: undefined,
  bytes_written: undefined,
  limit_maxbytes: undefined,
  accepting_conns: undefined,
  listen_disabled_num: 0,
  time_in_listen_disabled_us: 0,
  threads: undefined,
  conn_yields: 0,
  hash_power_level: 0,
  hash_bytes: 0,
  hash_is_expanding: 0,
  slab_reassign_rescues: 0,
  slab_reassign_chunk_rescues: 0,
  slab_reassign_evictions_nomem: 0,
  slab_reassign_inline_reclaim: 0,
  slab_reassign_busy_items: 0,
  slab_reassign_busy_deletes: 0,
  slab_reassign_running: 0,
  slabs_moved: 0,
  lru_crawler_running: 0,
  lru_crawler_starts: 0,
  lru_maintainer_juggles: 0,
  malloc_fails: 0,
  log_worker_dropped: 0,
  log_worker_written: 0,
  log_watcher_skipped: 0,
  log_watcher_sent: 0,
  log_watchers: 0,
  unexpected_napi_ids: 0,
  round_robin_fallback: 0,
  bytes: undefined,
  curr_items: undefined,
  total_items: undefined,
  slab_global_page_pool: 0,
  expired_unfetched: undefined,
  evicted_unfetched: undefined,
  evicted_active: 0,
  evictions: undefined,
  reclaimed: undefined,
  crawler_reclaimed: undefined,
  crawler_items_checked: undefined,
  lrutail_reflocked: 0,
  moves_to_cold: 0,
  moves_to_warm: 0,
  moves_within_lru: 0,
  direct_reclaims: 0,
  lru_bumps_dropped: 0,
};

/** The names that memcached leaves out when a setting is `no`. */
const conditional: readonly (readonly [setting: string, names: RegExp])[] = [
  ['slab_reassign', /^slab_reassign_|^slabs_moved$/],
  ['lru_crawler', /^lru_crawler_/],
  ['lru_maintainer_thread', /^(?:lru_maintainer_juggles|evicted_active|moves_\w+|direct_reclaims|lru_bumps_dropped)$/],
  ['memfleet', /^memfleet$/],
];

/** Sorts statistics into memcached's order, with 0 for missing ones; names that memcached does not have come last. */
export function inOrder(known: Iterable<Stat>, settings: StartSettings = {}): Stat[] {
  const absent = conditional.flatMap(([setting, all]) => (settings[setting] === 'no' ? [all] : []));
  return allInOrder(known).filter(([name]) => !absent.some((all) => all.test(name)));
}

function allInOrder(known: Iterable<Stat>): Stat[] {
  const left = new Map(known);
  const lines: Stat[] = [];
  for (const [name, nothing] of Object.entries(names)) {
    const value = left.get(name) ?? nothing;
    left.delete(name);
    if (value !== undefined) lines.push([name, value]);
  }
  return [...lines, ...left];
}

/** The statistics of the store. */
export function storeStats({ store, crawler, watchers }: Engine): Stat[] {
  return [
    ...Object.entries(store.counters),
    ...watchers.stats(),
    ['lru_crawler_running', crawler.isRunning ? 1 : 0],
    ['limit_maxbytes', store.maxBytes],
    ['bytes', store.bytes],
    ['curr_items', store.count],
  ];
}
