/** `memfleet/adapters/fastify-rate-limit`: a store for @fastify/rate-limit. */
import { rejected } from '../base/rejected.ts';
import { same } from '../base/same.ts';
import type { Client } from '../client/client.ts';
import { settle } from './callbacks.ts';
import { type Count, Hits, plainKey, type RateLimitStoreOptions, tooMany } from './hits.ts';

export type { RateLimitStoreOptions };

/** What the plugin tells the store of a route, or of all routes. */
interface Limits {
  /** Each request over the limit begins the window anew. */
  readonly continueExceeding?: boolean;
  /** Each request over the limit doubles the window. */
  readonly exponentialBackoff?: boolean;
  /** The route, where it has counters of its own. */
  readonly routeInfo?: { readonly method?: string | readonly string[]; readonly url?: string };
}

/** The hits of a client, as the plugin has them. */
export interface FastifyHits {
  /** The number of requests in the window. */
  readonly current: number;
  /** Milliseconds until the window ends. */
  readonly ttl: number;
}

/** Called with an error or the hits. */
export type FastifyHitsCallback = (error: Error | null, hits?: FastifyHits) => void;

/** The store of a route, or of all routes. */
export interface FastifyRateLimitStore {
  /** Adds a hit, in one request; `timeWindow` is milliseconds. */
  incr(key: string, callback: FastifyHitsCallback, timeWindow: number, max: number): void;
  /** Reads the hits without adding one. */
  read(key: string, callback: FastifyHitsCallback): void;
  /** The store of a route. */
  child(options: object): FastifyRateLimitStore;
}

/** The class for the option `store` of the plugin. Processes with the same prefix share the counters. */
export function fastifyRateLimitStore(
  client: Client<never>,
  options: RateLimitStoreOptions = {},
): new (limits: object) => FastifyRateLimitStore {
  const hits = new Hits(client, options, 'fastify-rate-limit:');
  // It is called by `new`, which gives what a function returns.
  return function FastifyRateLimit(limits: object) {
    return storeOf(hits, limits, '');
  } as unknown as new (limits: object) => FastifyRateLimitStore;
}

/**
 * The name of a route has no `:`, so that no key of a visitor is a key of another route. Throws InvalidKeyError for an
 * object.
 */
const keyIn = (scope: string, key: unknown): string => `${scope}:${plainKey(key)}`;

function storeOf(hits: Hits, limits: Limits, scope: string): FastifyRateLimitStore {
  return {
    incr: (key, callback, timeWindow, max) => {
      let counting: Promise<FastifyHits>;
      try {
        counting = count(hits, keyIn(scope, key), timeWindow, max, limits);
      } catch (error) {
        counting = rejected(error);
      }
      void settle(counting, callback);
    },
    read: (key, callback) => {
      void settle(
        readHits(async () => hits.read(keyIn(scope, key), shown)),
        callback,
      );
    },
    child: (options: Limits) => {
      const { method = '', url = '' } = options.routeInfo ?? {};
      return storeOf(hits, options, `${scope}${encodeURIComponent(`${String(method)} ${url}`)}/`);
    },
  };
}

function count(hits: Hits, key: string, timeWindow: number, max: number, limits: Limits): Promise<FastifyHits> {
  const isSteady = !(limits.continueExceeding || limits.exponentialBackoff);
  if (isSteady) return hits.add(key, 1, timeWindow, shown);
  const counting = hits.add(key, 1, timeWindow, same);
  return counting.then((counted) => lengthened(counted, hits, key, timeWindow, max, limits)).then(shown);
}

/** The count, where each request over the limit lengthens the window. */
async function lengthened(
  counted: Count,
  hits: Hits,
  key: string,
  timeWindow: number,
  max: number,
  { continueExceeding }: Limits,
): Promise<Count> {
  // A request that was not counted does not lengthen the window of the counter.
  if (counted.hits <= max || counted.hits === tooMany) return counted;
  const backoff = continueExceeding ? timeWindow : timeWindow * 2 ** (counted.hits - max - 1);
  // A year is for ever here; later times are no exptimes.
  const left = Math.min(backoff, 31_536_000_000);
  await hits.extend(key, left);
  return { hits: counted.hits, left };
}

const shown = ({ hits, left }: Count): FastifyHits => ({ current: hits, ttl: left });

async function readHits(reading: () => Promise<FastifyHits | undefined>): Promise<FastifyHits> {
  return (await reading()) ?? shown({ hits: 0, left: 0 });
}
