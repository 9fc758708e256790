/**
 * The suboptions of `-o` of memcached 1.6.18, and what each does here. Those about slabs, threads and the segments of
 * the LRU are checked and shown by `stats settings`; those that are not supported are refused.
 */
import { refuse } from './failure.ts';
import type { Settings } from './settings.ts';
import { decimal, whole } from './values.ts';

/** `value`: undefined where there is no `=`. */
type Apply = (settings: Settings, value: string | undefined, name: string) => void;

const nothing: Apply = () => {};
const unsupported =
  (reason: string): Apply =>
  (_settings, _value, name) =>
    refuse(`-o ${name} is not supported: ${reason}`);

function needed(value: string | undefined, name: string): string {
  return value ?? refuse(`Missing ${name} argument`);
}

/** A whole number from `least` to `most`, shown by `stats settings` as `shownAs`. */
const number =
  (least: number, most: number, shownAs?: string, use?: (settings: Settings, count: number) => void): Apply =>
  (settings, value, name) => {
    const count = whole(needed(value, name), `-o ${name}`);
    if (count < least || count > most)
      refuse(most === Infinity ? `${name} must be at least ${least}` : `${name} must be between ${least} and ${most}`);
    if (shownAs !== undefined) settings.named[shownAs] = count;
    use?.(settings, count);
  };

/** A number above 0. */
const fraction =
  (shownAs: string): Apply =>
  (settings, value, name) => {
    const factor = decimal(needed(value, name), `-o ${name}`);
    if (factor <= 0) refuse(`${name} must be > 0`);
    settings.named[shownAs] = factor.toFixed(2);
  };

const set =
  (shownAs: string, shown: string | number): Apply =>
  ({ named }) => {
    named[shownAs] = shown;
  };

/** A number of kilobytes, shown in bytes. */
const kilobytes =
  (shownAs: string): Apply =>
  (settings, value, name) => {
    settings.named[shownAs] = whole(needed(value, name), `-o ${name}`) * 1024;
  };

const word =
  (use: (settings: Settings, value: string) => void): Apply =>
  (settings, value, name) =>
    use(settings, needed(value, name));

const hashAlgorithm = word(({ named }, value) => {
  if (!['jenkins', 'murmur3', 'xxh3'].includes(value)) refuse('Unknown hash_algorithm option (jenkins, murmur3, xxh3)');
  named['hash_algorithm'] = value;
});

const slabs: Readonly<Record<string, Apply>> = {
  hashpower: number(12, 32, 'hashpower_init'),
  no_hashexpand: nothing,
  slab_reassign: set('slab_reassign', 'yes'),
  no_slab_reassign: set('slab_reassign', 'no'),
  slab_automove: (settings, value, name) => number(0, 2, 'slab_automove')(settings, value ?? '1', name),
  no_slab_automove: set('slab_automove', 0),
  slab_automove_ratio: fraction('slab_automove_ratio'),
  slab_automove_window: number(3, Infinity, 'slab_automove_window'),
  slab_automove_freeratio: nothing,
  slab_sizes: nothing,
  slab_chunk_max: number(1, Infinity, 'slab_chunk_max', (settings, bytes) => {
    settings.slabChunkMax = bytes;
    settings.hasSlabChunkMax = true;
  }),
  no_chunked_items: (settings) => (settings.slabChunkMax = 1024 * 1024),
  tail_repair_time: number(10, Infinity, 'tail_repair_time'),
  hash_algorithm: hashAlgorithm,
  lru_crawler: set('lru_crawler', 'yes'),
  no_lru_crawler: set('lru_crawler', 'no'),
  lru_crawler_sleep: number(0, 1_000_000, 'lru_crawler_sleep'),
  lru_crawler_tocrawl: number(0, 0xffff_ffff, 'lru_crawler_tocrawl'),
  lru_maintainer: (settings) => (settings.hasLruMaintainer = true),
  no_lru_maintainer: (settings) => {
    settings.hasLruMaintainer = false;
    settings.named['lru_maintainer_thread'] = 'no';
    settings.named['lru_segmented'] = 'no';
  },
  hot_lru_pct: number(1, 79, 'hot_lru_pct', (settings, part) => (settings.hotLruPct = part)),
  warm_lru_pct: number(1, 79, 'warm_lru_pct', (settings, part) => (settings.warmLruPct = part)),
  hot_max_factor: fraction('hot_max_factor'),
  warm_max_factor: fraction('warm_max_factor'),
  temporary_ttl: number(-1, Infinity, 'temporary_ttl', (settings) => {
    settings.hasTemporaryTtl = true;
    settings.named['temp_lru'] = 'yes';
  }),
};

const connections: Readonly<Record<string, Apply>> = {
  maxconns_fast: nothing,
  no_maxconns_fast: unsupported('connections above -c receive an error, they do not wait'),
  idle_timeout: number(0, 0x7fff_ffff, 'idle_timeout', (settings, seconds) => (settings.idleTimeout = seconds)),
  watcher_logbuf_size: kilobytes('watcher_logbuf_size'),
  worker_logbuf_size: kilobytes('worker_logbuf_size'),
  read_buf_mem_limit: number(0, Infinity),
  resp_obj_mem_limit: nothing,
  track_sizes: set('track_sizes', 'yes'),
  inline_ascii_resp: nothing,
  no_inline_ascii_resp: nothing,
  modern: nothing,
  no_modern: (settings) => {
    if (!settings.hasSlabChunkMax) settings.slabChunkMax = 1024 * 1024;
    settings.hasLruMaintainer = false;
    Object.assign(settings.named, {
      slab_reassign: 'no',
      slab_automove: 0,
      lru_segmented: 'no',
      hash_algorithm: 'jenkins',
      lru_crawler: 'no',
      lru_maintainer_thread: 'no',
    });
  },
  drop_privileges: unsupported('the process cannot give up system calls'),
  no_drop_privileges: nothing,
  sock_cookie_id: unsupported('sockets cannot be marked'),
  // What memcached's debug build has, for its own suite.
  relaxed_privileges: (settings) => (settings.hasDebugTime = true),
  debugtime: (settings) => (settings.hasDebugTime = true),
  version: word((settings, value) => (settings.version = value)),
};

const tls: Readonly<Record<string, Apply>> = {
  ssl_chain_cert: word(({ tls }, value) => (tls.certificate = value)),
  ssl_key: word(({ tls }, value) => (tls.key = value)),
  ssl_ca_cert: word(({ tls }, value) => (tls.ca = value)),
  ssl_ciphers: word(({ tls }, value) => (tls.ciphers = value)),
  ssl_verify_mode: number(0, 3, 'ssl_verify_mode', (settings, mode) => (settings.tlsVerifyMode = mode)),
  ssl_min_version: number(0, 3, undefined, (settings, version) => (settings.tlsMinVersion = version)),
  ssl_keyformat: number(1, 1, 'ssl_keyformat'),
  ssl_wbuf_size: kilobytes('ssl_wbuf_size'),
  ssl_session_cache: set('ssl_session_cache', 'yes'),
  ssl_kernel_tls: unsupported('Node encrypts'),
};

const table: Readonly<Record<string, Apply>> = { ...slabs, ...connections, ...tls };

/** Reads `a,b=c,…`. Throws Exit for a suboption that is unknown, or has no value or a wrong one. */
export function readExtended(settings: Settings, list: string): void {
  for (const part of list.split(',')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? undefined : part.slice(equals + 1);
    if (name.startsWith('ext_')) refuse(`-o ${name} is not supported: there is no external storage`);
    if (name.startsWith('proxy_')) refuse(`-o ${name} is not supported: for a proxy, see "memfleet proxy"`);
    const apply = Object.hasOwn(table, name) ? table[name] : undefined;
    if (apply === undefined) refuse(`Illegal suboption "${part}"`);
    apply(settings, value, name);
  }
}
