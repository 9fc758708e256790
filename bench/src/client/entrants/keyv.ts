/** @keyv/memcache: keyv over memjs; everything is wrapped in keyv's JSON, Buffers as base64. */
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';

interface KeyvClient {
  get(key: string): Promise<unknown>;
  get(keys: readonly string[]): Promise<readonly unknown[]>;
  set(key: string, value: unknown): Promise<boolean>;
}

interface KeyvModule {
  readonly Keyv: new (options: { readonly store: unknown }) => KeyvClient;
}

interface StoreModule {
  readonly KeyvMemcache: new (address: string) => { readonly client: { close(): void } };
}

async function open(ports: Ports): Promise<OpenClient> {
  const [{ Keyv }, { KeyvMemcache }] = await Promise.all([
    load<KeyvModule>('keyv'),
    load<StoreModule>('@keyv/memcache'),
  ]);
  const store = new KeyvMemcache(`127.0.0.1:${ports.memcached}`);
  const client = new Keyv({ store });
  return {
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.get(keys),
    pick: (result: readonly unknown[], _key, index) => result[index],
    close: () => store.client.close(),
  };
}

export const keyv: Entrant = {
  name: '@keyv/memcache',
  role: 'peer',
  module: '@keyv/memcache',
  takes: () => true,
  open,
};
