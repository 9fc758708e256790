/** `memfleet/adapters/apollo`: the cache of Apollo Server, a KeyValueCache. */
import { get } from '../client/calls.ts';
import type { Client } from '../client/client.ts';
import { string } from '../client/transcoders.ts';
import { KeySpace } from './key-space.ts';
import { lifeOf } from './milliseconds.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';

export type { PrefixOptions };

/** Options of `set`. */
export interface ApolloSetOptions {
  /** The time to live in seconds; null: no expiry. @default the client's `ttl` */
  ttl?: number | null;
}

/**
 * A cache for `new ApolloServer({ cache })`. What fails rejects; Apollo's `ErrorsAreMissesCache` makes misses of it.
 */
export class ApolloCache {
  readonly #client: Client<string>;
  readonly #keys: KeySpace;

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    this.#client = client.with<string>({ transcoder: string, errors: 'throw' });
    this.#keys = new KeySpace(this.#client, prefixOf(options, 'apollo:'));
  }

  /** The text, or undefined. */
  get(key: string): Promise<string | undefined> {
    return this.#keys.run(get, key, undefined) as Promise<string | undefined>;
  }

  /** Stores a text. */
  async set(key: string, value: string, options: ApolloSetOptions = {}): Promise<void> {
    const { ttl } = options;
    await this.#client.set(this.#keys.wire(key), value, { ttl: ttl === undefined ? ttl : lifeOf(ttl ?? Infinity) });
  }

  /** Deletes a text; says whether there was one. */
  async delete(key: string): Promise<boolean> {
    return this.#client.delete(this.#keys.wire(key));
  }
}
