/** What a front cache did. Names follow Moxi's `frontcache` group. */
export interface FrontCacheStats {
  /** Items now, and their keys and values in bytes (gauges). */
  readonly items: number;
  readonly bytes: number;
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly lifespan: number;
  /** Gets answered from it, those that found an item too old, those that found nothing. */
  readonly hits: number;
  readonly expires: number;
  readonly misses: number;
  /** Items taken in, taken out for a write that passed, and taken out for want of room. */
  readonly adds: number;
  readonly deletes: number;
  readonly evictions: number;
}
