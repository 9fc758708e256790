/**
 * `memfleet/adapters/fastify-caching`: a cache for the plugin `@fastify/caching`, by the protocol of abstract-cache.
 */
import type { Client } from '../client/client.ts';
import { settle } from './callbacks.ts';
import { type Envelope, Envelopes, type SegmentKey } from './envelopes.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';

export type { Envelope, PrefixOptions, SegmentKey };

/** A cache for the option `cache` of the plugin. Each call takes a callback or returns a promise. */
export class FastifyCachingStore {
  readonly #items: Envelopes;

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    this.#items = new Envelopes(client, prefixOf(options, 'fastify-caching:'));
  }

  /** The item, or null. */
  get<V = unknown>(key: SegmentKey): Promise<Envelope<V> | null>;
  get<V = unknown>(key: SegmentKey, callback: (error: unknown, result: Envelope<V> | null) => void): void;
  get(key: SegmentKey, callback?: (error: unknown, result: never) => void): unknown {
    return by(this.#items.get(key), callback);
  }

  /** Stores a value for `ttl` milliseconds. */
  set(key: SegmentKey, value: unknown, ttl: number): Promise<void>;
  set(key: SegmentKey, value: unknown, ttl: number, callback?: (error: unknown, result: unknown) => void): void;
  set(key: SegmentKey, value: unknown, ttl: number, callback?: (error: unknown, result: never) => void): unknown {
    return by(this.#items.set(key, value, ttl), callback);
  }

  /** Deletes an item; says whether there was one. */
  delete(key: SegmentKey): Promise<boolean>;
  delete(key: SegmentKey, callback: (error: unknown, result: boolean) => void): void;
  delete(key: SegmentKey, callback?: (error: unknown, result: never) => void): unknown {
    return by(this.#items.drop(key), callback);
  }

  /** Whether there is an item. */
  has(key: SegmentKey): Promise<boolean>;
  has(key: SegmentKey, callback: (error: unknown, result: boolean) => void): void;
  has(key: SegmentKey, callback?: (error: unknown, result: never) => void): unknown {
    return by(
      this.#items.get(key).then((found) => found !== null),
      callback,
    );
  }
}

function by(doing: Promise<unknown>, callback: ((error: unknown, result: never) => void) | undefined): unknown {
  if (callback === undefined) return doing;
  void settle(doing, callback as (error: unknown, result: unknown) => void);
  return undefined;
}
