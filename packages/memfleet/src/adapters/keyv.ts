/**
 * `memfleet/adapters/keyv`: a store for Keyv 5 and 6, and so for cache-manager, cacheable and Nest's cache module.
 *
 * Keyv 5 uses it as it is; Keyv 6 puts its bridge round it, which gives a ttl where Keyv 6 has a time.
 */
import { same } from '../base/same.ts';
import type { Client } from '../client/client.ts';
import { secondsOf } from './milliseconds.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';
import { Scope } from './scope.ts';

export type { PrefixOptions };

/** An entry of `setMany`. */
export interface KeyvStoreEntry {
  /** The key. */
  readonly key: string;
  /** What Keyv stores: text, unless its serialization is off. */
  readonly value: unknown;
  /** The time to live in milliseconds. */
  readonly ttl?: number | undefined;
}

/**
 * The store of one Keyv. What fails rejects; Keyv makes a miss or its event `error` of it. There is no `iterator`:
 * memcached cannot list the keys that it holds.
 */
export class KeyvStore {
  /** Keyv's; not used here. */
  readonly opts: Record<string, unknown> = {};
  readonly #client: Client;
  readonly #prefix: string;
  #namespace: string | undefined;
  #scope: Scope;

  constructor(client: Client<never>, options: PrefixOptions = {}) {
    this.#prefix = prefixOf(options, 'keyv:');
    this.#client = client.with<unknown>({ errors: 'throw' });
    this.#scope = new Scope(this.#client, this.#prefix);
  }

  /** What `clear` clears. Keyv sets it. */
  get namespace(): string | undefined {
    return this.#namespace;
  }

  set namespace(name: string | undefined) {
    if (name === this.#namespace) return;
    this.#namespace = name;
    this.#scope = new Scope(this.#client, this.#prefix, [name ?? '']);
  }

  /** The value, or undefined. */
  get<V = unknown>(key: string): Promise<V | undefined> {
    return this.#scope.get(key, same) as Promise<V | undefined>;
  }

  /** Stores the value. `ttl`: milliseconds, rounded up to seconds; Keyv checks the milliseconds itself. */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    return this.#scope.run((keyOf) => this.#store(keyOf(key), value, ttl));
  }

  /** Deletes the value; says whether there was one. */
  async delete(key: string): Promise<boolean> {
    return this.#scope.run((keyOf) => this.#client.delete(keyOf(key)));
  }

  /** Deletes what the namespace has, on all nodes; nothing else. */
  async clear(): Promise<void> {
    await this.#scope.clear();
  }

  /** Whether there is a value. */
  async has(key: string): Promise<boolean> {
    const options = { withoutValue: true };
    return this.#scope.run(async (keyOf) => (await this.#client.items.get(keyOf(key), options)) !== undefined);
  }

  /** For each key, whether there is a value. One request to each node. */
  async hasMany(keys: readonly string[]): Promise<boolean[]> {
    const found = await this.#scope.readMany(keys, (wires) =>
      this.#client.items.getMany(wires, { withoutValue: true }),
    );
    return found.map((item) => item !== undefined);
  }

  /** The values in the order of the keys. One request to each node; the values of nodes that fail are missing. */
  async getMany<V = unknown>(keys: readonly string[]): Promise<(V | undefined)[]> {
    return this.#scope.readMany(keys, (wires) => this.#client.getMany<V>(wires));
  }

  /** Stores all entries in one write to each node; says for each whether it is stored. Rejects if none is. */
  async setMany(entries: readonly KeyvStoreEntry[]): Promise<boolean[]> {
    const stored = await this.#scope.run((keyOf) =>
      Promise.allSettled(entries.map(async ({ key, value, ttl }) => this.#store(keyOf(key), value, ttl))),
    );
    const failed = stored.filter((one) => one.status === 'rejected');
    if (failed.length > 0 && failed.length === stored.length) throw failed[0]?.reason;
    return stored.map((one) => one.status === 'fulfilled' && one.value);
  }

  /** Deletes all keys in one write to each node; true if each had a value. */
  async deleteMany(keys: readonly string[]): Promise<boolean> {
    return this.#scope.run(async (keyOf) => {
      const deleted = await this.#client.deleteMany(keys.map(keyOf));
      return [...deleted.values()].every(Boolean);
    });
  }

  /** There are no events: what fails rejects. */
  on(): this {
    return this;
  }

  async #store(wire: string, value: unknown, ttl: number | undefined): Promise<boolean> {
    const seconds = secondsOf(ttl);
    if (seconds !== -1) return this.#client.set(wire, value, { ttl: seconds });
    await this.#client.delete(wire);
    return true;
  }
}
