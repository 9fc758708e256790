/** The store for Keyv: Keyv's own suite, and what stands on Keyv. */
import 'reflect-metadata';
import keyvTestSuite from '@keyv/test-suite';
import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import { NestFactory } from '@nestjs/core';
import { createCache, type Cache } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { Keyv } from 'keyv';
import { Keyv as Keyv6, type KeyvOptions } from 'keyv6';
import * as vitest from 'vitest';
import { KeyvStore } from '../../src/adapters/keyv.ts';
import { type Client, createClient } from '../../src/client/index.ts';
import { createServer } from '../../src/server/index.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startCounted, startNode } from './nodes.ts';

const { afterAll, beforeAll, describe, expect, test } = vitest;

/** The suite is of the time of Keyv 5, whose `delete` of many keys gives one result. */
const Keyv6WithOneResult = function (options: KeyvOptions) {
  const keyv = new Keyv6(options);
  const one = keyv.delete.bind(keyv) as (key: string) => Promise<boolean>;
  const remove = async (key: string | string[]): Promise<boolean> =>
    Array.isArray(key) ? (await keyv.deleteMany(key)).every(Boolean) : one(key);
  return Object.assign(keyv, { delete: remove });
};

describe.each([
  ['Keyv 5', Keyv],
  ['Keyv 6', Keyv6WithOneResult as unknown as typeof Keyv],
])('the suite of @keyv/test-suite on %s', (_, Class) => {
  const server = createServer({ port: 0 });
  let client: Client;
  beforeAll(async () => {
    const address = await server.listen();
    client = createClient({ nodes: [`127.0.0.1:${'port' in address ? address.port : 0}`] });
  });
  afterAll(async () => {
    await client.close();
    await server.destroy();
  });
  keyvTestSuite(vitest, Class, () => new KeyvStore(client));
});

describe.each([
  ['Keyv 5', (client: Client) => new Keyv({ store: new KeyvStore(client), namespace: 'shop' })],
  ['Keyv 6', (client: Client) => new Keyv6({ store: new KeyvStore(client), namespace: 'shop' }) as unknown as Keyv],
])('%s', (_, keyvOf) => {
  test('reads, stores and deletes many keys, each in one write to the node', async () => {
    const { client, count } = await startCounted();
    const keyv = keyvOf(client);
    const keys = Array.from({ length: 100 }, (__, at) => `key${at}`);
    const entries = keys.map((key, at) => ({ key, value: at, ttl: 60_000 }));
    await keyv.set('first', 'the version is known from here on');
    expect(await count(() => keyv.setMany(entries))).toEqual({ chunks: 1, requests: 101 });
    expect(await count(() => keyv.getMany(keys))).toMatchObject({ chunks: 1 });
    expect(await count(() => keyv.get('key7'))).toEqual({ chunks: 1, requests: 2 });
    // The calls of one turn have one read of the version.
    expect(await count(() => Promise.all(keys.map((key) => keyv.get(key))))).toEqual({ chunks: 1, requests: 101 });
    expect(await keyv.getMany([...keys, 'missing'])).toEqual([...keys.keys(), undefined]);
    expect(await keyv.hasMany(['key1', 'missing'])).toEqual([true, false]);
    expect(await count(() => keyv.deleteMany(keys))).toEqual({ chunks: 1, requests: 101 });
    expect(await keyv.getMany(keys)).toEqual(keys.map(() => undefined));
  });

  test('stores for whole seconds, rounded up', async () => {
    const { client } = await startCounted();
    const keyv = keyvOf(client);
    await keyv.set('key', 'value', 1500);
    const key = `keyv:${await client.get<string>('keyv:~v:shop')}:`;
    const [inKeyv5, inKeyv6] = [await client.ttlOf(`${key}shop:key`), await client.ttlOf(`${key}key`)];
    expect(inKeyv5 ?? inKeyv6).toBe(2);
  });

  test('says by an event, or by the result, that a value was not stored', async () => {
    const node = await startNode();
    const keyv = keyvOf(clientOf(node.address));
    const errors: unknown[] = [];
    keyv.on('error', (error: unknown) => errors.push(error));
    await node.stop();
    expect(await keyv.set('key', 'value')).toBe(false);
    expect(errors).toHaveLength(1);
    expect(await keyv.get('key')).toBe(undefined);
    expect(await keyv.getMany(['key', 'other'])).toEqual([undefined, undefined]);
  });
});

describe('what stands on Keyv', () => {
  test('cache-manager wraps a function, and reads and deletes many', async () => {
    const cache = createCache({ stores: [new Keyv({ store: new KeyvStore(await startClient()) })] });
    let loads = 0;
    const load = (): number => ++loads;
    expect(await cache.wrap('key', load, 60_000)).toBe(1);
    expect(await cache.wrap('key', load, 60_000)).toBe(1);
    await cache.mset([
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ]);
    expect(await cache.mget(['a', 'b', 'c'])).toEqual([1, 2, undefined]);
    await cache.clear();
    expect(await cache.get('a')).toBe(undefined);
  });

  test('cacheable has it as second layer: another process reads what the first stored', async () => {
    const { address } = await startNode();
    const [first, second] = [0, 1].map(
      () => new Cacheable({ secondary: new Keyv({ store: new KeyvStore(clientOf(address)) }) }),
    ) as [Cacheable, Cacheable];
    await first.set('key', { price: 7 }, '1m');
    expect(await second.get('key')).toEqual({ price: 7 });
  });

  test("Nest's cache module serves it by its token", async () => {
    const client = await startClient();
    const module = CacheModule.register({ stores: [new Keyv({ store: new KeyvStore(client) })], ttl: 60_000 });
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    const cache = app.get<Cache>(CACHE_MANAGER);
    await cache.set('key', { price: 7 });
    expect(await cache.get('key')).toEqual({ price: 7 });
    await app.close();
  });
});

describeBadCases('Keyv 5', (client) => {
  const keyv = new Keyv({ store: new KeyvStore(client), throwOnErrors: true });
  keyv.on('error', () => {});
  return Object.assign(keyv, { setUnfit: (key: string) => keyv.set(key, { loop: 1n }) });
});

// Keyv 6 has no empty key.
describeBadCases(
  'Keyv 6',
  (client) => {
    const keyv = new Keyv6({ store: new KeyvStore(client) });
    keyv.on('error', () => {});
    const circle: Record<string, unknown> = {};
    circle['itself'] = circle;
    return {
      get: (key: string) => keyv.get(key),
      set: (key: string, value: string) => keyv.set(key, value),
      delete: (key: string) => keyv.delete(key),
      clear: () => keyv.clear(),
      setUnfit: (key: string) => keyv.set(key, circle),
    };
  },
  (key) => key !== '',
);
