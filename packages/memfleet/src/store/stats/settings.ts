/**
 * `stats settings`: memcached's names in memcached's order. Settings without a counterpart here have memcached's
 * default.
 */
import type { Stat } from '../admin-reply.ts';
import type { Engine } from '../engine.ts';

const yes = (condition: boolean): string => (condition ? 'yes' : 'no');

type Value = string | number;

const settings: readonly (readonly [name: string, value: Value | ((engine: Engine) => Value)])[] = [
  ['maxbytes', ({ store }) => store.maxBytes],
  ['maxconns', 1024],
  ['tcpport', 0],
  ['udpport', 0],
  ['inter', 'NULL'],
  ['verbosity', ({ tuning }) => tuning.verbosity],
  ['oldest', 0],
  ['evictions', 'on'],
  ['domain_socket', 'NULL'],
  ['umask', '700'],
  ['shutdown_command', 'no'],
  ['growth_factor', '1.25'],
  ['chunk_size', 48],
  ['num_threads', 1],
  ['num_threads_per_udp', 1],
  ['stat_key_prefix', ':'],
  ['detail_enabled', ({ tuning }) => yes(tuning.detail)],
  ['reqs_per_event', 20],
  ['cas_enabled', 'yes'],
  ['tcp_backlog', 1024],
  ['binding_protocol', 'auto-negotiate'],
  ['auth_enabled_sasl', 'no'],
  ['auth_enabled_ascii', 'no'],
  ['item_size_max', ({ store }) => store.options.maxItemSize],
  ['maxconns_fast', 'yes'],
  ['hashpower_init', 0],
  ['slab_reassign', 'yes'],
  ['slab_automove', ({ tuning }) => tuning.slabAutomove],
  ['slab_automove_ratio', ({ tuning }) => tuning.slabAutomoveRatio.toFixed(2)],
  ['slab_automove_window', 30],
  ['slab_chunk_max', 524_288],
  ['lru_crawler', ({ crawler }) => yes(crawler.isEnabled)],
  ['lru_crawler_sleep', ({ tuning }) => tuning.lruCrawlerSleep],
  ['lru_crawler_tocrawl', ({ tuning }) => tuning.lruCrawlerToCrawl],
  ['tail_repair_time', 0],
  ['flush_enabled', 'yes'],
  ['dump_enabled', 'yes'],
  ['hash_algorithm', 'murmur3'],
  ['lru_maintainer_thread', 'yes'],
  ['lru_segmented', ({ tuning }) => yes(tuning.lruSegmented)],
  ['hot_lru_pct', ({ tuning }) => tuning.hotLruPct],
  ['warm_lru_pct', ({ tuning }) => tuning.warmLruPct],
  ['hot_max_factor', ({ tuning }) => tuning.hotMaxFactor.toFixed(2)],
  ['warm_max_factor', ({ tuning }) => tuning.warmMaxFactor.toFixed(2)],
  ['temp_lru', ({ tuning }) => yes(tuning.tempLru)],
  ['temporary_ttl', ({ tuning }) => tuning.temporaryTtl],
  ['idle_timeout', 0],
  ['watcher_logbuf_size', 262_144],
  ['worker_logbuf_size', 65_536],
  ['read_buf_mem_limit', 0],
  ['track_sizes', ({ store }) => yes(store.sizes !== undefined)],
  ['inline_ascii_response', 'no'],
  ['ext_item_size', ({ tuning }) => tuning.extItemSize],
  ['ext_item_age', ({ tuning }) => tuning.extItemAge],
  ['ext_low_ttl', ({ tuning }) => tuning.extLowTtl],
  ['ext_recache_rate', ({ tuning }) => tuning.extRecacheRate],
  ['ext_wbuf_size', 4_194_304],
  ['ext_compact_under', ({ tuning }) => tuning.extCompactUnder],
  ['ext_drop_under', ({ tuning }) => tuning.extDropUnder],
  ['ext_max_sleep', ({ tuning }) => tuning.extMaxSleep],
  ['ext_max_frag', ({ tuning }) => tuning.extMaxFrag.toFixed(2)],
  ['slab_automove_freeratio', '0.010'],
  ['ext_drop_unread', ({ tuning }) => yes(tuning.extDropUnread)],
  ['ssl_enabled', 'no'],
  ['ssl_chain_cert', '(null)'],
  ['ssl_key', '(null)'],
  ['ssl_verify_mode', 0],
  ['ssl_keyformat', 1],
  ['ssl_ciphers', 'NULL'],
  ['ssl_ca_cert', 'NULL'],
  ['ssl_wbuf_size', 16_384],
  ['ssl_session_cache', 'no'],
  ['ssl_kernel_tls', 'no'],
  ['ssl_min_version', 'tlsv1.2'],
  ['num_napi_ids', '(null)'],
  ['memory_file', '(null)'],
];

/** `known`: the server's own settings by the same names; they take precedence. */
export function settingStats(engine: Engine, known: Iterable<Stat>): Stat[] {
  const own = settings.map(([name, value]): Stat => [name, typeof value === 'function' ? value(engine) : value]);
  // A Map keeps the place of a name that is set again.
  return [...new Map([...own, ...known])];
}
