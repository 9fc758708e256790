/** The caches that are compared, each with a store that it is used with. */
import { createClient } from 'memfleet';
import { createCache } from 'memfleet/cache';
import { named } from '../chosen.ts';
import { load } from '../client/entrant.ts';

/** Makes a value that is missing. */
export type Loader = () => Promise<string>;

/** A cache under measurement. */
export interface OpenCache {
  /** The value; where there is none, that of the loader. */
  getOrSet(key: string, load: Loader): PromiseLike<unknown>;
  close(): void | PromiseLike<unknown>;
}

/** Ports of the servers; redis: 0 = there is none. */
export interface CachePorts {
  readonly memcached: number;
  readonly redis: number;
}

/** Where its values are. */
export type CacheStore = 'memcached' | 'redis' | 'memory';

export interface CacheEntrant {
  readonly name: string;
  readonly store: CacheStore;
  /** The npm packages that it needs. */
  readonly modules: readonly string[];
  open(ports: CachePorts): Promise<OpenCache>;
}

/** Of all entries, in seconds. */
const ttl = 3600;
const milliseconds = ttl * 1000;

interface KeyvModule {
  readonly Keyv: new (options?: { readonly store: unknown }) => object;
}

interface StoreModule {
  readonly KeyvMemcache: new (address: string) => { readonly client: { close(): void } };
}

interface Opened {
  readonly keyv: object;
  readonly close: () => void;
}

async function openKeyv({ memcached }: CachePorts): Promise<Opened> {
  const { Keyv } = await load<KeyvModule>('keyv');
  const { KeyvMemcache } = await load<StoreModule>('@keyv/memcache');
  const store = new KeyvMemcache(`127.0.0.1:${memcached}`);
  return { keyv: new Keyv({ store }), close: () => store.client.close() };
}

interface CacheManagerModule {
  readonly createCache: (options?: { readonly stores: readonly unknown[] }) => {
    wrap(key: string, load: Loader, ttl: number): Promise<unknown>;
  };
}

async function openCacheManager(opened: Opened | undefined): Promise<OpenCache> {
  const { createCache: create } = await load<CacheManagerModule>('cache-manager');
  const cache = create(opened && { stores: [opened.keyv] });
  return {
    getOrSet: (key, make) => cache.wrap(key, make, milliseconds),
    close: () => opened?.close(),
  };
}

interface CacheableModule {
  readonly Cacheable: new (options?: { readonly primary: unknown }) => {
    getOrSet(key: string, load: Loader, options: { readonly ttl: number }): Promise<unknown>;
  };
}

async function openCacheable(opened: Opened | undefined): Promise<OpenCache> {
  const { Cacheable } = await load<CacheableModule>('cacheable');
  const cache = new Cacheable(opened && { primary: opened.keyv });
  return {
    getOrSet: (key, make) => cache.getOrSet(key, make, { ttl: milliseconds }),
    close: () => opened?.close(),
  };
}

interface Bentostore {
  useL1Layer(driver: unknown): Bentostore;
  useL2Layer(driver: unknown): Bentostore;
}

interface BentocacheModule {
  readonly BentoCache: new (options: object) => {
    getOrSet(options: { readonly key: string; readonly factory: Loader; readonly ttl: number }): Promise<unknown>;
    disconnectAll(): Promise<void>;
  };
  readonly bentostore: () => Bentostore;
}

interface Drivers {
  readonly redisDriver: (options: object) => unknown;
  readonly memoryDriver: (options: object) => unknown;
}

async function openBentocache(makeStore: (bento: BentocacheModule) => Promise<Bentostore>): Promise<OpenCache> {
  const bento = await load<BentocacheModule>('bentocache');
  const cache = new bento.BentoCache({ default: 'one', stores: { one: await makeStore(bento) } });
  return {
    getOrSet: (key, factory) => cache.getOrSet({ key, factory, ttl: milliseconds }),
    close: () => cache.disconnectAll(),
  };
}

const bentoModules = ['bentocache', 'ioredis'];

/** The first is the measure of the others of its store. */
export const cacheEntrants: readonly CacheEntrant[] = [
  {
    name: 'memfleet/cache',
    store: 'memcached',
    modules: [],
    open: async ({ memcached }) => {
      const cache = createCache({ nodes: `127.0.0.1:${memcached}`, ttl });
      return { getOrSet: (key, make) => cache.getOrSet(key, make), close: () => cache.close() };
    },
  },
  {
    name: 'client.getOrSet',
    store: 'memcached',
    modules: [],
    open: async ({ memcached }) => {
      const client = createClient({ nodes: `127.0.0.1:${memcached}` });
      return { getOrSet: (key, make) => client.getOrSet(key, make, ttl), close: () => client.close() };
    },
  },
  {
    name: 'cache-manager, @keyv/memcache',
    store: 'memcached',
    modules: ['cache-manager', '@keyv/memcache'],
    open: async (ports) => openCacheManager(await openKeyv(ports)),
  },
  {
    name: 'cacheable, @keyv/memcache',
    store: 'memcached',
    modules: ['cacheable', '@keyv/memcache'],
    open: async (ports) => openCacheable(await openKeyv(ports)),
  },
  {
    name: 'bentocache, redis',
    store: 'redis',
    modules: bentoModules,
    open: ({ redis }) =>
      openBentocache(async ({ bentostore }) => {
        const { redisDriver } = await load<Drivers>('bentocache/drivers/redis');
        return bentostore().useL2Layer(redisDriver({ connection: { host: '127.0.0.1', port: redis } }));
      }),
  },
  {
    name: 'memfleet/cache, near',
    store: 'memory',
    modules: [],
    open: async ({ memcached }) => {
      const cache = createCache({
        nodes: `127.0.0.1:${memcached}`,
        ttl,
        near: { ttl: milliseconds, maxItems: 100_000 },
      });
      return { getOrSet: (key, make) => cache.getOrSet(key, make), close: () => cache.close() };
    },
  },
  {
    name: 'cache-manager, memory',
    store: 'memory',
    modules: ['cache-manager'],
    open: () => openCacheManager(undefined),
  },
  { name: 'cacheable, memory', store: 'memory', modules: ['cacheable'], open: () => openCacheable(undefined) },
  {
    name: 'bentocache, memory',
    store: 'memory',
    modules: bentoModules,
    open: () =>
      openBentocache(async ({ bentostore }) => {
        const { memoryDriver } = await load<Drivers>('bentocache/drivers/memory');
        return bentostore().useL1Layer(memoryDriver({ maxItems: 1_000_000 }));
      }),
  },
];

export function cacheEntrantNamed(name: string): CacheEntrant {
  return named(cacheEntrants, name, 'cache');
}
