/** Keyv and unstorage on memfleet, beside Keyv on the stores that its users have. */
import { type Client, createClient } from 'memfleet';
import { type Entrant, load, type OpenClient, type Ports } from '../entrant.ts';
import { keyv as onMemjs } from './keyv.ts';

/** Milliseconds: a call that a busy machine holds up is no miss. */
const timeout = 30_000;

interface Keyv {
  get(key: string): Promise<unknown>;
  get(keys: readonly string[]): Promise<readonly unknown[]>;
  set(key: string, value: unknown): Promise<boolean>;
}

interface KeyvModule {
  readonly Keyv: new (options: { readonly store: unknown }) => Keyv;
}

async function keyvOn(store: unknown, close: () => unknown): Promise<OpenClient> {
  const { Keyv } = await load<KeyvModule>('keyv');
  const keyv = new Keyv({ store });
  return {
    get: (key) => keyv.get(key),
    set: (key, value) => keyv.set(key, value),
    getMany: (keys) => keyv.get(keys),
    pick: (result: readonly unknown[], _key, index) => result[index],
    close: async () => void (await close()),
  };
}

interface StoreModule {
  readonly KeyvStore: new (client: Client) => unknown;
}

async function openKeyv({ memcached }: Ports): Promise<OpenClient> {
  const { KeyvStore } = await load<StoreModule>('memfleet/adapters/keyv');
  const client = createClient({ nodes: `127.0.0.1:${memcached}`, timeout });
  return keyvOn(new KeyvStore(client), () => client.close());
}

interface RedisModule {
  readonly default: new (url: string) => { disconnect(): Promise<void> };
}

async function openRedis({ redis }: Ports): Promise<OpenClient> {
  const { default: KeyvRedis } = await load<RedisModule>('@keyv/redis');
  const store = new KeyvRedis(`redis://127.0.0.1:${redis}`);
  return keyvOn(store, () => store.disconnect());
}

interface Storage {
  getItem(key: string): Promise<unknown>;
  getItems(keys: readonly string[]): Promise<readonly { readonly value: unknown }[]>;
  setItem(key: string, value: unknown): Promise<void>;
}

interface UnstorageModule {
  readonly createStorage: (options: { readonly driver: unknown }) => Storage;
}

interface DriverModule {
  readonly unstorageDriver: (client: Client) => unknown;
}

async function openUnstorage({ memcached }: Ports): Promise<OpenClient> {
  const [{ createStorage }, { unstorageDriver }] = await Promise.all([
    load<UnstorageModule>('unstorage'),
    load<DriverModule>('memfleet/adapters/unstorage'),
  ]);
  const client = createClient({ nodes: `127.0.0.1:${memcached}`, timeout });
  const storage = createStorage({ driver: unstorageDriver(client) });
  return {
    get: (key) => storage.getItem(key),
    set: (key, value) => storage.setItem(key, value),
    getMany: (keys) => storage.getItems(keys),
    pick: (result: readonly { readonly value: unknown }[], _key, index) => result[index]?.value,
    close: () => client.close(),
  };
}

const all = (): boolean => true;
const keyv: Entrant = { name: 'keyv on memfleet', role: 'ours', module: 'keyv', takes: all, open: openKeyv };
const unstorage: Entrant = {
  name: 'unstorage on memfleet',
  role: 'ours',
  module: 'unstorage',
  takes: all,
  open: openUnstorage,
};
const onRedis: Entrant = {
  name: '@keyv/redis',
  role: 'yardstick',
  module: '@keyv/redis',
  takes: all,
  open: openRedis,
};

/** Each other store against each of ours. */
export const layerEntrants: readonly Entrant[] = [keyv, unstorage].flatMap((dropin) =>
  [onMemjs, onRedis].map((other): Entrant => ({
    ...other,
    name: `${dropin.name} / ${other.name}`,
    role: 'variant',
    dropin,
  })),
);
