/** `memfleet/adapters/apollo`: the cache of Apollo Server, a KeyValueCache. */
import type { Client } from '../client/client.ts';
import { string } from '../client/transcoders.ts';
import { lifeOf } from './milliseconds.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';
import { wireKey } from './wire-key.ts';

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
  readonly #prefix: string;
  readonly #room: number;

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    this.#client = client.with<string>({ transcoder: string, errors: 'throw' });
    this.#prefix = prefixOf(options, 'apollo:');
    this.#room = client.items.limits.maxKeyLength;
  }

  /** The text, or undefined. */
  async get(key: string): Promise<string | undefined> {
    return this.#client.get(this.#key(key));
  }

  /** Stores a text. */
  async set(key: string, value: string, options: ApolloSetOptions = {}): Promise<void> {
    const { ttl } = options;
    await this.#client.set(this.#key(key), value, { ttl: ttl === undefined ? ttl : lifeOf(ttl ?? Infinity) });
  }

  /** Deletes a text; says whether there was one. */
  async delete(key: string): Promise<boolean> {
    return this.#client.delete(this.#key(key));
  }

  #key(key: string): string {
    return wireKey(this.#prefix, key, this.#room);
  }
}
