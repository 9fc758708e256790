/** Adapters of a few calls: the types of their layer are satisfied, and each does through it what it is for. */
import { ErrorsAreMissesCache, type KeyValueCache } from '@apollo/utils.keyvaluecache';
import cachingPlugin, { type AbstractCacheCompliantObject } from '@fastify/caching';
import { Client as CatboxClient, type ClientApi, Policy } from '@hapi/catbox';
import fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ApolloCache } from '../../src/adapters/apollo.ts';
import { CatboxEngine } from '../../src/adapters/catbox.ts';
import { FastifyCachingStore } from '../../src/adapters/fastify-caching.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startNode } from './nodes.ts';

describe('the cache of Apollo', () => {
  test('stores, reads and deletes texts, and keeps them for the seconds that it is told', async () => {
    const client = await startClient({ ttl: 5 });
    const cache: KeyValueCache = new ApolloCache(client);
    await cache.set('query', '{"data":1}', { ttl: 60 });
    expect(await cache.get('query')).toBe('{"data":1}');
    expect(await client.ttlOf('apollo:query')).toBe(60);
    await cache.set('query', 'for ever', { ttl: null });
    expect(await client.ttlOf('apollo:query')).toBe(Infinity);
    await cache.delete('query');
    expect(await cache.get('query')).toBe(undefined);
  });

  test('an outage is a miss for ErrorsAreMissesCache', async () => {
    const node = await startNode();
    const cache = new ErrorsAreMissesCache(new ApolloCache(clientOf(node.address)));
    await node.stop();
    expect(await cache.get('query')).toBe(undefined);
  });
});

describe('the engine for catbox', () => {
  test('a policy generates a value once for two processes, and drops it for both', async () => {
    const { address } = await startNode();
    let generated = 0;
    const policies = [0, 1].map(() => {
      const engine: ClientApi<unknown> = new CatboxEngine(clientOf(address));
      const client = new CatboxClient(engine);
      return {
        client,
        policy: new Policy(
          { expiresIn: 60_000, generateFunc: async () => ++generated, generateTimeout: 5000 },
          client,
          'products',
        ),
      };
    });
    for (const { client } of policies) await client.start();
    const [first, second] = policies.map(({ policy }) => policy);
    expect(await first?.get('7')).toBe(1);
    expect(await second?.get('7')).toBe(1);
    await second?.drop('7');
    expect(await first?.get('7')).toBe(2);
    for (const { client } of policies) await client.stop();
  });

  test('tells what is left of the ttl, and keeps segments apart', async () => {
    const client = new CatboxClient<string>(new CatboxEngine(await startClient()));
    await client.start();
    await client.set({ segment: 'a', id: 'b:c' }, 'one', 60_000);
    await client.set({ segment: 'a:b', id: 'c' }, 'two', 60_000);
    expect(await client.get({ segment: 'a', id: 'b:c' })).toMatchObject({ item: 'one' });
    const found = await client.get({ segment: 'a:b', id: 'c' });
    expect(found?.item).toBe('two');
    expect(found?.ttl).toBeGreaterThan(30_000);
    expect(found?.ttl).toBeLessThanOrEqual(60_000);
    expect(client.validateSegmentName('')).toBeInstanceOf(Error);
  });
});

describe('the cache for @fastify/caching', () => {
  test('another process sends 304 for an etag that the first has given', async () => {
    const { address } = await startNode();
    const apps = [0, 1].map(() => {
      const app = fastify();
      onTestFinished(async () => app.close());
      const cache: AbstractCacheCompliantObject = new FastifyCachingStore(clientOf(address));
      app.register(cachingPlugin, { cache });
      app.get('/', (_request, reply) => reply.etag('version-1', 60_000).send('page'));
      return app;
    });
    expect((await apps[0]?.inject('/'))?.headers['etag']).toBe('version-1');
    const again = await apps[1]?.inject({ url: '/', headers: { 'if-none-match': 'version-1' } });
    expect(again?.statusCode).toBe(304);
  });

  test('has, get and delete take a callback or give a promise', async () => {
    const cache = new FastifyCachingStore(await startClient());
    await new Promise((resolve) => cache.set('key', { a: 1 }, 60_000, resolve));
    expect(await cache.get('key')).toMatchObject({ item: { a: 1 }, ttl: 60_000 });
    expect(await new Promise((resolve) => cache.has('key', (_, has) => resolve(has)))).toBe(true);
    expect(await cache.delete('key')).toBe(true);
    expect(await cache.has({ segment: 's', id: 'key' })).toBe(false);
  });
});

describeBadCases('the cache of Apollo', (client) => {
  const cache = new ApolloCache(client);
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    delete: (key) => cache.delete(key),
    setUnfit: (key) => cache.set(key, 1n as unknown as string),
  };
});

describeBadCases('a cache of envelopes', (client) => {
  const cache = new FastifyCachingStore(client);
  return {
    get: async (key) => (await cache.get(key))?.item,
    set: (key, value) => cache.set({ segment: '', id: key }, value, 60_000).then(() => cache.set(key, value, 60_000)),
    delete: (key) => cache.delete(key),
    setUnfit: (key) => cache.set(key, 1n, 60_000),
  };
});
