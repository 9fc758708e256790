/** The driver for Bentocache: its own suite for drivers, and caches that have it as second layer. */
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { registerCacheDriverTestSuite } from 'bentocache/test_suite';
import { afterAll, afterEach, assert, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type BentocacheDriver, memfleetDriver } from '../../src/adapters/bentocache.ts';
import { type Client, createClient } from '../../src/client/index.ts';
import { createServer } from '../../src/server/index.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startNode } from './nodes.ts';

const driverOf = (client: Client, prefix?: string): BentocacheDriver =>
  memfleetDriver({ client, ...(prefix === undefined ? {} : { prefix }) }).factory({});

type Suite = Parameters<typeof registerCacheDriverTestSuite>[0];

describe('the suite of bentocache/test_suite', () => {
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

  // The suite is written for Japa: a test receives what it needs, and a group has hooks.
  type Context = { assert: object; cleanup: (hook: () => Promise<void>) => void };
  const japaTest = (title: string, body: (context: Context) => Promise<void>): void => {
    test(title, () => body({ assert, cleanup: onTestFinished }));
  };
  const group = {
    setup: (hook: () => Promise<() => Promise<void>>) => {
      let end: () => Promise<void>;
      beforeAll(async () => {
        end = await hook();
      });
      afterAll(async () => end());
    },
    tap: () => {},
    each: { teardown: (hook: () => Promise<void>) => afterEach(hook) },
  };
  registerCacheDriverTestSuite({
    test: japaTest as Suite['test'],
    group: group as Suite['group'],
    createDriver: (options = {}) => driverOf(client, options.prefix),
  });
});

describe('Bentocache', () => {
  function bentoOf(address: string) {
    const layer = memfleetDriver({ client: clientOf(address) });
    const bento = new BentoCache({
      default: 'layers',
      stores: { layers: bentostore().useL1Layer(memoryDriver()).useL2Layer(layer) },
    });
    onTestFinished(() => bento.disconnectAll());
    return bento;
  }

  test('another process finds in the second layer what the first made, with namespaces and tags', async () => {
    const { address } = await startNode();
    const [first, second] = [bentoOf(address), bentoOf(address)];
    const load = { key: 'product:7', ttl: '1m', tags: ['shop'], factory: () => ({ price: 5 }) };
    expect(await first.getOrSet(load)).toEqual({ price: 5 });
    expect(await second.get({ key: 'product:7' })).toEqual({ price: 5 });
    await first.namespace('users').set({ key: '7', value: 'Ada' });
    expect(await second.namespace('users').get({ key: '7' })).toBe('Ada');
    await first.deleteByTag({ tags: ['shop'] });
    expect(await bentoOf(address).get({ key: 'product:7' })).toBe(undefined);
    expect(await bentoOf(address).namespace('users').get({ key: '7' })).toBe('Ada');
  });

  test('loads the value while the node is out', async () => {
    const node = await startNode();
    const bento = bentoOf(node.address);
    await node.stop();
    expect(await bento.getOrSet({ key: 'key', factory: () => 'loaded' })).toBe('loaded');
  });

  test('a namespace is the same from every process, in whatever order namespaces are made', async () => {
    const client = await startClient();
    await driverOf(client).namespace('users').namespace('posts').set('1', 'post', 60_000);
    expect(await driverOf(client).namespace('users:posts').get('1')).toBe('post');
    await driverOf(client).namespace('users').clear();
    expect(await driverOf(client).namespace('users:posts').get('1')).toBe(undefined);
  });
});

describeBadCases('a driver of Bentocache', (client) => {
  const driver = driverOf(client, 'bentocache');
  return {
    get: (key) => driver.get(key),
    set: (key, value) => driver.set(key, value),
    delete: (key) => driver.delete(key),
    clear: () => driver.clear(),
    setUnfit: (key) => driver.set(key, (() => {}) as unknown as string),
  };
});
