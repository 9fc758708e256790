/**
 * `memfleet/adapters/rate-limiter-flexible`: a limiter of rate-limiter-flexible.
 *
 * It is the package's own limiter for memcached, with other requests: one for each `consume`, where that one sends two
 * or three to a client of npm `memcached`.
 */
import { type IRateLimiterStoreOptions, RateLimiterMemcache } from 'rate-limiter-flexible';
import type { Client } from '../client/client.ts';
import { Hits, plainKey, type RateLimitStoreOptions } from './hits.ts';

export type { RateLimitStoreOptions };

/** Options of `rateLimiter`: those of the package without `storeClient`, and `onFailure`. */
export type RateLimiterOptions = Omit<IRateLimiterStoreOptions, 'storeClient'> &
  Pick<RateLimitStoreOptions, 'onFailure'>;

interface Counted {
  readonly consumedPoints: number;
  /** Milliseconds; -1 = never. */
  readonly msBeforeNext: number;
}

/** A limiter that counts on the nodes of a client. */
export function rateLimiter(client: Client<never>, options: RateLimiterOptions): RateLimiterMemcache {
  const { onFailure, ...own } = options;
  const hits = new Hits(client, { onFailure }, '');
  // The limiter of the package requires a client, and calls these three only.
  const limiter = new RateLimiterMemcache({ ...own, storeClient: client });
  const getKey = limiter.getKey.bind(limiter);
  return Object.assign(limiter, {
    getKey: (key: string | number): string => getKey(plainKey(key)),
    _upsert(key: string, points: number, window: number, isForced = false): Promise<Counted> {
      if (!isForced) return hits.add(key, points, window, countedOf);
      return hits
        .put(key, points, window)
        .then(() => countedOf({ hits: points, left: window > 0 ? window : Infinity }));
    },
    _get: async (key: string): Promise<Counted | null> => (await hits.read(key, countedOf)) ?? null,
    _delete: (key: string) => hits.delete(key),
  });
}

const countedOf = ({ hits, left }: { readonly hits: number; readonly left: number }): Counted => ({
  consumedPoints: hits,
  msBeforeNext: left === Infinity ? -1 : left,
});
