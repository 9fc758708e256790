/** `memfleet/adapters/unstorage`: a driver for unstorage, and so for Nitro, Nuxt and h3. */
import type { Client } from '../client/client.ts';
import { UnsupportedError } from '../core/errors.ts';
import { lifeOf } from './milliseconds.ts';
import { prefixOf, type PrefixOptions } from './prefix.ts';
import { type KeyOf, Scope } from './scope.ts';

export type { PrefixOptions };

/** Options of a call of the storage. */
export interface UnstorageCallOptions {
  /** The time to live in seconds. @default the client's `ttl` */
  readonly ttl?: number | undefined;
}

/** A key of `getItems`, or a key and a value of `setItems`. */
export interface UnstorageItem {
  /** The key. */
  readonly key: string;
  /** The value. */
  readonly value?: unknown;
  /** Options of this item. */
  readonly options?: UnstorageCallOptions;
}

/** What is stored; null: nothing is. */
export type UnstorageValue = string | number | boolean | object | null;

/** A driver for `createStorage({ driver })` and `storage.mount(base, driver)`. */
export interface UnstorageDriver {
  /** The name of the driver. */
  readonly name: string;
  /** What the driver can do. */
  readonly flags: { readonly ttl: boolean };
  /** Whether there is an item. */
  hasItem(key: string): Promise<boolean>;
  /** The value, or null. */
  getItem(key: string): Promise<UnstorageValue>;
  /** The values of keys, or null, in one write to each node. The items of nodes that fail are null. */
  getItems(items: readonly UnstorageItem[]): Promise<{ key: string; value: UnstorageValue }[]>;
  /** The value, or null: bytes are a Buffer. */
  getItemRaw(key: string): Promise<unknown>;
  /** Stores a value. */
  setItem(key: string, value: unknown, options?: UnstorageCallOptions): Promise<void>;
  /** Stores values in one write to each node. Rejects if one of them is not stored. */
  setItems(items: readonly UnstorageItem[], options?: UnstorageCallOptions): Promise<void>;
  /** Stores a value as it is: bytes as bytes. */
  setItemRaw(key: string, value: unknown, options?: UnstorageCallOptions): Promise<void>;
  /** Deletes an item. */
  removeItem(key: string): Promise<void>;
  /** The seconds that the item has left and its size in bytes, or null. */
  getMeta(key: string): Promise<{ ttl?: number; size: number } | null>;
  /** Always empty: memcached cannot list its keys. */
  getKeys(): string[];
  /** Clears the driver. Rejects with UnsupportedError for a base within it: mount a driver for each such base. */
  clear(base?: string): Promise<void>;
}

const lifeOfCall = ({ ttl }: UnstorageCallOptions): number | undefined => (ttl === undefined ? ttl : lifeOf(ttl));

const orNull = (value: UnstorageValue | undefined): UnstorageValue => value ?? null;

/** Makes a driver. `dispose` leaves the client open. */
export function unstorageDriver(client: Client<never>, options: PrefixOptions = {}): UnstorageDriver {
  const prefix = prefixOf(options, 'unstorage:');
  const items = client.with<unknown>({ errors: 'throw' });
  const scope = new Scope<UnstorageValue>(items, prefix);
  const read = (key: string): Promise<UnstorageValue> => scope.get(key, orNull);
  const store = async (key: string, value: unknown, call: UnstorageCallOptions = {}): Promise<void> => {
    await scope.run((keyOf) => items.set(keyOf(key), value, { ttl: lifeOfCall(call) }));
  };
  const look = (keyOf: KeyOf, key: string) => items.items.get(keyOf(key), { withoutValue: true });
  return {
    name: 'memfleet',
    flags: { ttl: true },
    hasItem: async (key) => (await scope.run((keyOf) => look(keyOf, key))) !== undefined,
    getItem: read,
    async getItems(given) {
      const keys = given.map(({ key }) => key);
      const values = await scope.readMany(keys, (wires) => items.getMany<UnstorageValue>(wires));
      return keys.map((key, at) => ({ key, value: values[at] ?? null }));
    },
    getItemRaw: read,
    setItem: store,
    async setItems(given, common) {
      await scope.run((keyOf) =>
        Promise.all(
          given.map(async ({ key, value, options: own }) =>
            items.set(keyOf(key), value, { ttl: lifeOfCall({ ttl: own?.ttl ?? common?.ttl }) }),
          ),
        ),
      );
    },
    setItemRaw: store,
    async removeItem(key) {
      await scope.run((keyOf) => items.delete(keyOf(key)));
    },
    async getMeta(key) {
      const item = await scope.run((keyOf) => look(keyOf, key));
      if (item === undefined) return null;
      const { size, ttl } = item;
      return ttl === undefined || ttl === Infinity ? { size } : { size, ttl };
    },
    getKeys: () => [],
    async clear(base = '') {
      if (base !== '') {
        const advice = 'mount a driver with a prefix of its own there';
        throw new UnsupportedError(`the base ${JSON.stringify(base)} cannot be cleared alone; ${advice}`);
      }
      await scope.clear();
    },
  };
}
