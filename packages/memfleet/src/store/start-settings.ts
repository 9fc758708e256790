/** Settings with which a store starts, by memcached's names: they change what clients may do, or are only shown. */

/** Settings by the names of `stats settings`. Those named here take effect; all others are shown as they are. */
export interface StartSettings {
  /** `off`: a store for which there is no memory fails, and no item is evicted. memcached's `-M`. */
  readonly evictions?: 'on' | 'off';
  /** `no`: items have no cas; replies show 0. memcached's `-C`. */
  readonly cas_enabled?: 'yes' | 'no';
  /** `no`: `flush_all` is refused. memcached's `-F`. */
  readonly flush_enabled?: 'yes' | 'no';
  /** `no`: `stats cachedump` and `lru_crawler metadump` are refused. memcached's `-X`. */
  readonly dump_enabled?: 'yes' | 'no';
  /** `no`: `watch` is refused. memcached's `-W`. */
  readonly watch_enabled?: 'yes' | 'no';
  /** `no`: expired items are removed only when they are used. memcached's `-o no_lru_crawler`. */
  readonly lru_crawler?: 'yes' | 'no';
  /** `no`: `stats` has no line `memfleet`, only memcached's. */
  readonly memfleet?: 'yes' | 'no';
  /** `yes`: `stats sizes` counts from the start. memcached's `-o track_sizes`. */
  readonly track_sizes?: 'yes' | 'no';
  /** `yes`: `stats detail` is on from the start. */
  readonly detail_enabled?: 'yes' | 'no';
  /** The character that ends the prefix of a key in `stats detail`. memcached's `-D`. */
  readonly stat_key_prefix?: string;
  /** How much memcached would log: the number of `-v` options. It is only shown. */
  readonly verbosity?: number;
  /** The requests of one connection in one turn, before other connections are served. memcached's `-R`. */
  readonly reqs_per_event?: number;
  /** Connections that the kernel holds until they are accepted. memcached's `-b`. */
  readonly tcp_backlog?: number;
  readonly [name: string]: string | number | undefined;
}
