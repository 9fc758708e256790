/** Values that were made since a moment, by code that cannot be a loader of the cache. */
import type { EntryOptions } from './entry-options.ts';
import type { AnySchema, CacheSchema, Key, ValueOf } from './schema.ts';

/** Stores a value, unless one of its tags may have been invalidated since the moment. */
export type SetSince = (key: string, value: unknown, options: EntryOptions | number | undefined) => Promise<boolean>;

/** A moment of a cache, made by `cache.moment()`. */
export class CacheMoment<S extends CacheSchema = AnySchema> {
  readonly #set: SetSince;

  /** @internal Use `cache.moment`. */
  constructor(set: SetSince) {
    this.#set = set;
  }

  /**
   * Stores a value that was made since the moment. False, and nothing is stored: one of its tags was invalidated since,
   * that cannot be told, or the cache failed. `options`: a number is a ttl in seconds.
   */
  set<K extends Key<S>>(key: K, value: ValueOf<S, K>, options?: EntryOptions | number): Promise<boolean> {
    return this.#set(key, value, options);
  }
}
