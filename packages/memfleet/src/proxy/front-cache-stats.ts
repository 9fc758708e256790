/** Statistics of one front cache. The names follow Moxi's `frontcache` group. */
export interface FrontCacheStats {
  /** Items in the cache now (a gauge). */
  readonly items: number;
  /** Bytes of their keys and values (a gauge). */
  readonly bytes: number;
  /** The limit of `items`. */
  readonly maxItems: number;
  /** The limit of `bytes`. */
  readonly maxBytes: number;
  /** How long an item stays, in milliseconds. */
  readonly lifespan: number;
  /** Gets answered from the cache. */
  readonly hits: number;
  /** Gets that found an expired item. */
  readonly expires: number;
  /** Gets that found no item. */
  readonly misses: number;
  /** Items added. */
  readonly adds: number;
  /** Items removed because a write passed. */
  readonly deletes: number;
  /** Items removed for lack of room. */
  readonly evictions: number;
}
