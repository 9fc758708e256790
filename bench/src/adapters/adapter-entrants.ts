/**
 * The adapters and drop-ins, each with a call of its own beside the call of the client that does the same: values of
 * the same size and kind, in one request.
 */
import type { Client } from 'memfleet';
import { named } from '../chosen.ts';
import { load } from '../client/entrant.ts';
import { type Done, promised } from '../promised.ts';

/** A call, and what must have been stored before. */
export interface Subject {
  readonly fill: (key: string) => PromiseLike<unknown>;
  /** Undefined and null: there is none. */
  readonly call: (key: string) => PromiseLike<unknown>;
}

/** What is compared with a call of the client. */
export interface AdapterEntrant {
  readonly name: string;
  /** What is called. */
  readonly what: string;
  /** The call of the client. */
  readonly plain: PlainCall;
  open(client: Client, address: string): Promise<Subject>;
}

/** Calls of the client. `callback`: its promise calls back, as the adapter does. */
export type PlainCall =
  | 'get, text'
  | 'get, text, callback'
  | 'get, JSON'
  | 'get, session, callback'
  | 'get, bytes'
  | 'get, response'
  | 'incr'
  | 'incr, callback';

const text = 'abcdefghij'.repeat(10);
const hour = 3_600_000;
const session = { cookie: { expires: '2199-01-01T00:00:00.000Z', path: '/' }, user: text };
const none = (): Promise<void> => Promise.resolve();

const getOf = (client: Client, name: string, value: unknown): Subject => ({
  fill: (key) => client.set(`${name}:${key}`, value),
  call: (key) => client.get(`${name}:${key}`),
});

const incrOf = (client: Client): Subject => ({
  fill: none,
  call: (key) => client.incr(`incr:${key}`, 1, { initial: 1, ttl: 3600 }),
});

/** The same with a callback in between, as the bench waits for one. */
const calledBack = ({ fill, call }: Subject): Subject => ({
  fill,
  call: (key) =>
    promised((report) => {
      void call(key).then(
        (result) => report(null, result),
        (error: unknown) => report(error as Error, undefined),
      );
    }),
});

/** The calls of the client. */
export const plainCalls: Readonly<Record<PlainCall, (client: Client) => Subject>> = {
  'get, text': (client) => getOf(client, 'text', text),
  'get, text, callback': (client) => calledBack(getOf(client, 'text', text)),
  'get, JSON': (client) => getOf(client, 'json', { item: text, stored: 0, ttl: hour }),
  'get, session, callback': (client) => calledBack(getOf(client, 'session', session)),
  'get, bytes': (client) => getOf(client, 'bytes', Buffer.from(text)),
  // The URL is the key, and the body has a head of this length.
  'get, response': (client) => getOf(client, 'bytes:GET:http://bench', Buffer.alloc(54 + text.length, text)),
  incr: incrOf,
  'incr, callback': (client) => calledBack(incrOf(client)),
};

/** An adapter of memfleet; `Module`: what is used of it. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- each adapter names what it uses
function adapter<Module>(
  name: string,
  what: string,
  plain: PlainCall,
  open: (module: Module, client: Client) => Subject,
): AdapterEntrant {
  return {
    name,
    what,
    plain,
    open: async (client) => open(await load<Module>(`memfleet/adapters/${name}`), client),
  };
}

/** `new` for a client. */
type Made<T> = new (client: Client) => T;

interface Store {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttl?: number): Promise<unknown>;
}

interface CallbackStore {
  get(id: string, done: Done<unknown>): void;
  set(id: string, session: object, done: Done<unknown>): void;
}

const stored = (store: Store, value: unknown, ttl?: number): Subject => ({
  fill: (key) => store.set(key, value, ttl),
  call: (key) => store.get(key),
});

const sessions = (store: CallbackStore): Subject => ({
  fill: (key) => promised((done) => store.set(key, session, done)),
  call: (key) => promised((done) => store.get(key, done)),
});

interface Segmented {
  get(key: { segment: string; id: string }): Promise<unknown>;
  set(key: { segment: string; id: string }, value: string, ttl: number): Promise<unknown>;
}

const segmented = (store: Segmented): Subject => ({
  fill: (id) => store.set({ segment: 'bench', id }, text, hour),
  call: (id) => store.get({ segment: 'bench', id }),
});

interface Undici {
  get(key: object): Promise<unknown>;
  createWriteStream(key: object, value: object): NodeJS.WritableStream;
}

const keyOf = (path: string): object => ({ origin: 'http://bench', method: 'GET', path });

function responses(store: Undici): Subject {
  const times = { cachedAt: Date.now(), staleAt: Date.now() + hour, deleteAt: Date.now() + hour };
  const head = { statusCode: 200, statusMessage: 'OK', headers: { etag: '"1"' }, ...times };
  return {
    fill: (key) =>
      new Promise((resolve, reject) => {
        store.createWriteStream(keyOf(key), head).on('error', reject).on('finish', resolve).end(text);
      }),
    call: (key) => store.get(keyOf(key)),
  };
}

interface Envelop {
  get(id: string): Promise<unknown>;
  set(id: string, result: object, entities: readonly object[], ttl: number): Promise<unknown>;
}

interface Typeorm {
  getFromCache(query: object): Promise<unknown>;
  storeInCache(query: object): Promise<unknown>;
}

const adapters: readonly AdapterEntrant[] = [
  adapter<{ KeyvStore: Made<Store> }>('keyv', 'get', 'get, text', ({ KeyvStore }, client) =>
    stored(new KeyvStore(client), text),
  ),
  adapter<{ unstorageDriver: (client: Client) => { getItem: Store['get']; setItem: Store['set'] } }>(
    'unstorage',
    'getItem',
    'get, text',
    ({ unstorageDriver }, client) => {
      const driver = unstorageDriver(client);
      return { fill: (key) => driver.setItem(key, text), call: (key) => driver.getItem(key) };
    },
  ),
  adapter<{ memfleetDriver: (options: { client: Client }) => { factory: (config: object) => Store } }>(
    'bentocache',
    'get',
    'get, text',
    ({ memfleetDriver }, client) => stored(memfleetDriver({ client }).factory({}), text),
  ),
  adapter<{ TypeormQueryCache: Made<Typeorm> }>('typeorm', 'getFromCache', 'get, text', (module, client) => {
    const cache = new module.TypeormQueryCache(client);
    return {
      fill: (identifier) => cache.storeInCache({ identifier, duration: hour, result: text }),
      call: (identifier) => cache.getFromCache({ identifier, duration: hour }),
    };
  }),
  adapter<{ ApolloCache: Made<Store> }>('apollo', 'get', 'get, text', ({ ApolloCache }, client) => {
    const cache = new ApolloCache(client);
    return { fill: (key) => cache.set(key, text), call: (key) => cache.get(key) };
  }),
  adapter<{ CatboxEngine: Made<Segmented> }>('catbox', 'get', 'get, JSON', ({ CatboxEngine }, client) =>
    segmented(new CatboxEngine(client)),
  ),
  adapter<{ FastifyCachingStore: Made<Segmented> }>('fastify-caching', 'get', 'get, JSON', (module, client) =>
    segmented(new module.FastifyCachingStore(client)),
  ),
  adapter<{ expressSessionStore: (client: Client) => CallbackStore }>(
    'express-session',
    'get',
    'get, session, callback',
    ({ expressSessionStore }, client) => sessions(expressSessionStore(client)),
  ),
  adapter<{ FastifySessionStore: Made<CallbackStore> }>(
    'fastify-session',
    'get',
    'get, session, callback',
    (module, client) => sessions(new module.FastifySessionStore(client)),
  ),
  adapter<{ UndiciCacheStore: Made<Undici> }>('undici', 'get', 'get, response', ({ UndiciCacheStore }, client) =>
    responses(new UndiciCacheStore(client)),
  ),
  adapter<{ EnvelopResponseCache: Made<Envelop> }>('envelop', 'get, two tags', 'get, JSON', (module, client) => {
    const cache = new module.EnvelopResponseCache(client);
    return {
      fill: (id) => cache.set(id, { data: { text } }, [{ typename: 'Bench', id }], hour),
      call: (id) => cache.get(id),
    };
  }),
  adapter<{ ExpressRateLimitStore: Made<{ increment: Store['get'] }> }>(
    'express-rate-limit',
    'increment',
    'incr',
    ({ ExpressRateLimitStore }, client) => {
      const store = new ExpressRateLimitStore(client);
      return { fill: none, call: (key) => store.increment(key) };
    },
  ),
  adapter<{
    fastifyRateLimitStore: (
      client: Client,
    ) => new (limits: object) => { incr: (key: string, done: Done<unknown>, window: number, max: number) => void };
  }>('fastify-rate-limit', 'incr', 'incr, callback', ({ fastifyRateLimitStore }, client) => {
    const store = new (fastifyRateLimitStore(client))({});
    return { fill: none, call: (key) => promised((done) => store.incr(key, done, hour, 1e9)) };
  }),
  adapter<{ rateLimiter: (client: Client, options: object) => { consume: Store['get'] } }>(
    'rate-limiter-flexible',
    'consume',
    'incr',
    ({ rateLimiter }, client) => {
      const limiter = rateLimiter(client, { points: 1e9, duration: 3600 });
      return { fill: none, call: (key) => limiter.consume(key) };
    },
  ),
];

interface MemcachedModule {
  readonly default: new (address: string) => {
    get(key: string, done: Done<unknown>): void;
    set(key: string, value: string, lifetime: number, done: Done<unknown>): void;
  };
}

interface MemjsModule {
  readonly default: { readonly Client: { create(address: string): Store & { set: (...args: unknown[]) => unknown } } };
}

const dropins: readonly AdapterEntrant[] = [
  {
    name: '@memfleet/memcached',
    what: 'get',
    plain: 'get, text, callback',
    async open(_client, address) {
      const memcached = new (await load<MemcachedModule>('@memfleet/memcached')).default(address);
      return {
        fill: (key) => promised((done) => memcached.set(key, text, 0, done)),
        call: (key) => promised((done) => memcached.get(key, done)),
      };
    },
  },
  {
    name: '@memfleet/memjs',
    what: 'get',
    plain: 'get, bytes',
    async open(_client, address) {
      const memjs = (await load<MemjsModule>('@memfleet/memjs')).default.Client.create(address);
      return { fill: async (key) => memjs.set(key, text, {}), call: (key) => memjs.get(key) };
    },
  },
];

/** All of them, in the order of the table. */
export const adapterEntrants: readonly AdapterEntrant[] = [...adapters, ...dropins];

/** The one of exactly this name. */
export function adapterNamed(name: string): AdapterEntrant {
  return named(adapterEntrants, name, 'adapter');
}
