/** `memfleet/adapters/express-rate-limit`: a store for express-rate-limit. */
import { wallNow } from '../base/real-time.ts';
import type { Client } from '../client/client.ts';
import { type Count, Hits, type RateLimitStoreOptions } from './hits.ts';

export type { RateLimitStoreOptions };

/** The hits of a client, as express-rate-limit has them. */
export interface ExpressHits {
  /** The number of requests in the window. */
  readonly totalHits: number;
  /** The end of the window, to a second. */
  readonly resetTime: Date;
}

/** A store for `rateLimit({ store })`. All processes with the same prefix share the counters. */
export class ExpressRateLimitStore {
  /** The counters are not those of this process alone. */
  readonly localKeys = false;
  /** What stands before the keys. */
  readonly prefix: string;
  readonly #hits: Hits;
  #window = 60_000;

  constructor(client: Client<never>, options: RateLimitStoreOptions = {}) {
    this.#hits = new Hits(client, options, 'express-rate-limit:');
    this.prefix = options.prefix ?? 'express-rate-limit:';
  }

  /** The limiter tells its window. */
  init(options: { readonly windowMs: number }): void {
    this.#window = options.windowMs;
  }

  /** The hits so far; undefined: none. */
  get(key: string): Promise<ExpressHits | undefined> {
    return this.#hits.read(key, shown);
  }

  /** Adds a hit, in one request. */
  increment(key: string): Promise<ExpressHits> {
    return this.#hits.add(key, 1, this.#window, shown);
  }

  /** Takes a hit back. */
  async decrement(key: string): Promise<void> {
    await this.#hits.takeBack(key);
  }

  /** Forgets the hits of a client. */
  async resetKey(key: string): Promise<void> {
    await this.#hits.delete(key);
  }
}

const shown = ({ hits, left }: Count): ExpressHits => ({ totalHits: hits, resetTime: new Date(wallNow() + left) });
