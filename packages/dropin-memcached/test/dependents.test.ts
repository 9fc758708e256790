/**
 * Packages that depend on npm `memcached` or `memjs`, unchanged, on the originals and on the drop-ins
 * (`dist/index.cjs`): the same outcomes.
 */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { describeOnEveryNode, type RunningNode, startEmbedded } from './support/judges.ts';
import { createProject, dropins, type TestProject } from './support/project.ts';

const packages = [
  'connect-memcached',
  'connect-memjs',
  'rate-limiter-flexible',
  'rate-limit-memcached',
  '@keyv/memcache',
  'catbox-memcached',
];

type Callback = (error: unknown, result?: unknown) => void;

/** Calls `call` with a callback. */
function settled(call: (callback: Callback) => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error instanceof Error ? error : new Error('failed', { cause: error }));
    });
  });
}

/** It has the class of which stores are made. */
const session: unknown = createRequire(import.meta.url)('express-session');

interface Store {
  get(id: string, callback: Callback): void;
  set(id: string, session: object, callback: Callback): void;
  destroy(id: string, callback: Callback): void;
  readonly client: { end?(): void; close?(): void };
}

type StoreFactory = (module: unknown) => new (options: object) => Store;

/** Stores, reads, replaces and destroys a session. */
async function exerciseSessions(store: Store): Promise<unknown[]> {
  onTestFinished(() => {
    store.client.end?.();
    store.client.close?.();
  });
  const ada = { cookie: { maxAge: 60_000 }, user: 'Ada', text: 'naïve\r\n' };
  return [
    await settled((done) => store.get('id', done)),
    await settled((done) => store.set('id', ada, done)),
    await settled((done) => store.get('id', done)),
    await settled((done) => store.set('id', { ...ada, user: 'Bob' }, done)),
    await settled((done) => store.get('id', done)),
    await settled((done) => store.destroy('id', done)),
    await settled((done) => store.get('id', done)),
  ];
}

interface Limiter {
  consume(key: string, points: number): Promise<{ readonly consumedPoints: number; readonly remainingPoints: number }>;
  get(key: string): Promise<{ readonly consumedPoints: number } | null>;
  block(key: string, seconds: number): Promise<unknown>;
  delete(key: string): Promise<boolean>;
}

interface Client {
  end(): void;
}

/** What a package does with a node: the outcomes that users see. */
const dependents: Readonly<Record<string, (load: NodeJS.Require, address: string) => Promise<unknown>>> = {
  'connect-memcached': (load, address) => {
    const MemcachedStore = (load('connect-memcached') as StoreFactory)(session);
    return exerciseSessions(new MemcachedStore({ hosts: [address], prefix: 'sess:' }));
  },

  'connect-memcached with encryption': async (load, address) => {
    const MemcachedStore = (load('connect-memcached') as StoreFactory)(session);
    const options = { hosts: [address], secret: 'A secret, that IS long enough: 42 + 17!', prefix: 'secret:' };
    const store = new MemcachedStore(options);
    onTestFinished(() => store.client.end?.());
    await settled((done) => store.set('id', { cookie: {}, user: 'Ada' }, done));
    return settled((done) => store.get('id', done));
  },

  'connect-memjs': (load, address) => {
    const MemjsStore = (load('connect-memjs') as StoreFactory)(session);
    return exerciseSessions(new MemjsStore({ servers: [address], prefix: 'sess:' }));
  },

  'rate-limiter-flexible': async (load, address) => {
    const Memcached = load('memcached') as new (server: string) => Client;
    const { RateLimiterMemcache } = load('rate-limiter-flexible') as {
      readonly RateLimiterMemcache: new (options: object) => Limiter;
    };
    const storeClient = new Memcached(address);
    onTestFinished(() => storeClient.end());
    const limiter = new RateLimiterMemcache({ storeClient, points: 5, duration: 60, keyPrefix: 'rl' });
    const consumed = (points: number): Promise<unknown> =>
      limiter.consume('ip', points).then(
        ({ consumedPoints, remainingPoints }) => [consumedPoints, remainingPoints],
        (refused: unknown) => ['refused', (refused as { readonly consumedPoints?: number }).consumedPoints],
      );
    const parallel = await Promise.all(Array.from({ length: 5 }, () => consumed(1)));
    const total = (await limiter.get('ip'))?.consumedPoints;
    const after = [await consumed(1), await limiter.delete('ip'), await limiter.get('ip')];
    await limiter.block('ip', 60);
    return [parallel.length, total, after, await consumed(1)];
  },

  'rate-limit-memcached': async (load, address) => {
    const { MemcachedStore } = load('rate-limit-memcached') as {
      readonly MemcachedStore: new (options: object) => {
        init(options: object): void;
        increment(key: string): Promise<{ readonly totalHits: number; readonly resetTime: Date | undefined }>;
        decrement(key: string): Promise<void>;
        resetKey(key: string): Promise<void>;
        readonly client: Client;
      };
    };
    const store = new MemcachedStore({ locations: [address], prefix: 'rl:' });
    onTestFinished(() => store.client.end());
    store.init({ windowMs: 60_000 });
    const hits: number[] = [];
    const count = async (): Promise<void> => {
      hits.push((await store.increment('ip')).totalHits);
    };
    await count();
    await count();
    await store.decrement('ip');
    await count();
    await store.resetKey('ip');
    await count();
    return [hits, (await store.increment('ip')).resetTime instanceof Date];
  },

  '@keyv/memcache': async (load, address) => {
    const { KeyvMemcache } = load('@keyv/memcache') as {
      readonly KeyvMemcache: new (server: string) => {
        set(key: string, value: unknown, ttl?: number): Promise<unknown>;
        get(key: string): Promise<unknown>;
        getMany(keys: readonly string[]): Promise<unknown>;
        delete(key: string): Promise<boolean>;
        clear(): Promise<unknown>;
        on(event: 'error', listener: () => void): void;
        readonly client: { close(): void };
      };
    };
    const store = new KeyvMemcache(address);
    onTestFinished(() => store.client.close());
    store.on('error', () => {});
    const value = JSON.stringify({ value: 'naïve', expires: null });
    return [
      await store.get('a'),
      await store.set('a', value, 60_000),
      await store.get('a'),
      await store.getMany(['a', 'none']),
      await store.delete('a'),
      await store.get('a'),
      await store.set('b', value),
      await store.clear(),
      await store.get('b'),
    ];
  },

  'catbox-memcached': async (load, address) => {
    const Connection = load('catbox-memcached') as new (options: object) => {
      start(callback: Callback): void;
      get(key: object, callback: Callback): void;
      set(key: object, value: unknown, ttl: number, callback: Callback): void;
      drop(key: object, callback: Callback): void;
      isReady(): boolean;
      stop(): void;
    };
    const connection = new Connection({ location: address, partition: 'test' });
    onTestFinished(() => connection.stop());
    const key = { segment: 'segment', id: 'naïve id' };
    await settled((done) => connection.start(done));
    await settled((done) => connection.set(key, { a: [1, 'ü'] }, 60_000, done));
    const { item, ttl } = (await settled((done) => connection.get(key, done))) as Record<string, unknown>;
    await settled((done) => connection.drop(key, done));
    return [connection.isReady(), item, ttl, await settled((done) => connection.get(key, done))];
  },
};

let onOriginals: TestProject;
let onDropins: TestProject;
beforeAll(() => {
  onOriginals = createProject([...packages, 'memcached', 'memjs'], {});
  onDropins = createProject(packages, dropins);
});
afterAll(() => {
  onOriginals.remove();
  onDropins.remove();
});

test('the projects load what they are to load', () => {
  expect(onOriginals.load('memcached')).not.toBe(onDropins.load('memcached'));
  expect(onDropins.load.resolve('memcached')).toMatch(/dropin-memcached.dist.index\.cjs$/);
  expect(onDropins.load.resolve('memjs')).toMatch(/dropin-memjs.dist.index\.cjs$/);
});

test.each(Object.entries(dependents))('%s on the drop-in settles when its node is dead', async (_name, exercise) => {
  const node = await startEmbedded();
  await node.stop();
  await Promise.allSettled([exercise(onDropins.load, node.address)]);
});

describe('the same outcomes', () => {
  describeOnEveryNode((start) => {
    test.each(Object.entries(dependents))('%s', async (_name, exercise) => {
      const [first, second]: [RunningNode, RunningNode] = await Promise.all([start(), start()]);
      onTestFinished(async () => {
        await Promise.all([first.stop(), second.stop()]);
      });
      const outcomes = await exercise(onDropins.load, second.address);
      expect(outcomes).toEqual(await exercise(onOriginals.load, first.address));
    });
  });
});
