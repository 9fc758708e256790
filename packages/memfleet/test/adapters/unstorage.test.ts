/** The driver for unstorage: what its own tests of drivers ask, without `getKeys`, and what they leave out. */
import { createStorage, type Driver, prefixStorage, restoreSnapshot, type Storage } from 'unstorage';
import { describe, expect, test } from 'vitest';
import { unstorageDriver } from '../../src/adapters/unstorage.ts';
import { describeBadCases } from './contract.ts';
import { clientOf, startClient, startCounted, startNode } from './nodes.ts';

async function startStorage(): Promise<Storage> {
  return createStorage({ driver: unstorageDriver(await startClient()) satisfies Driver });
}

describe('a storage', () => {
  test('has nothing at first, and everything that a snapshot restores', async () => {
    const storage = await startStorage();
    expect(await storage.hasItem('shop:a')).toBe(false);
    expect(await storage.getItem('shop:a')).toBe(null);
    expect(await storage.getKeys()).toEqual([]);
    await restoreSnapshot(storage, { 'shop:a': 'restored' });
    expect(await storage.getItem('shop:a')).toBe('restored');
  });

  test.each<[what: string, value: unknown, expected?: unknown]>([
    ['a text', 'text'],
    ['true', true],
    ['false', false],
    ['zero', 0],
    ['an object', { a: [1, { b: 'c' }] }],
    ['an object with toJSON', { toJSON: () => ({ price: 5 }) }, { price: 5 }],
  ])('gives %s back', async (_, value, expected = value) => {
    const storage = await startStorage();
    await storage.setItem('data/value.json', value as string);
    expect(await storage.getItem('data:value.json')).toEqual(expected);
    expect(await storage.hasItem('data:value.json?q=1')).toBe(true);
  });

  test('gives raw bytes back, each of them', async () => {
    const storage = await startStorage();
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    await storage.setItemRaw('image', bytes);
    expect(await storage.getItemRaw('image')).toEqual(Buffer.from(bytes));
    expect(await storage.getItemRaw('missing')).toBe(null);
  });

  test('stores and reads many items, each in one write to the node', async () => {
    const { client, count } = await startCounted();
    const storage = createStorage({ driver: unstorageDriver(client) });
    const items = Array.from({ length: 50 }, (_, at) => ({ key: `t:${at}`, value: `value ${at}` }));
    await storage.setItem('first', 'the version is known from here on');
    expect(await count(() => storage.setItems(items))).toEqual({ chunks: 1, requests: 51 });
    expect(await count(() => storage.getItems(items.map(({ key }) => key)))).toMatchObject({ chunks: 1 });
    expect(await storage.getItems(['t:7', { key: 't:8' }, 't:missing'])).toEqual([
      { key: 't:7', value: 'value 7' },
      { key: 't:8', value: 'value 8' },
      { key: 't:missing', value: null },
    ]);
  });

  test('keeps items as long as they are told, and says how long that is', async () => {
    const storage = await startStorage();
    await storage.setItem('short', 'value', { ttl: 60 });
    expect(await storage.getMeta('short')).toMatchObject({ ttl: 60, size: 5 });
    await storage.setItem('long', 'value');
    expect(await storage.getMeta('long')).toEqual({ size: 5 });
    await storage.setItems([{ key: 'other', value: 'value', options: { ttl: 30 } }], { ttl: 60 });
    expect(await storage.getMeta('other')).toMatchObject({ ttl: 30 });
  });

  test('removes an item, and clears a mounted base alone', async () => {
    const client = await startClient();
    const storage = createStorage({ driver: unstorageDriver(client) });
    storage.mount('pages', unstorageDriver(client, { prefix: 'pages:' }));
    const pages = prefixStorage(storage, 'pages');
    await storage.setItem('a', 'stays');
    await pages.setItem('a', 'goes');
    await storage.setItem('b', 'goes');
    await storage.removeItem('b');
    await pages.clear();
    expect([await storage.getItem('a'), await storage.getItem('b'), await pages.getItem('a')]).toEqual([
      'stays',
      null,
      null,
    ]);
    await storage.clear();
    await storage.clear();
    expect(await storage.getItem('a')).toBe(null);
  });

  test('refuses to clear a base within the driver, rather than clear more', async () => {
    const driver = unstorageDriver(await startClient());
    await driver.setItem('a:b', 'value');
    await expect(driver.clear('a:')).rejects.toThrow(/"a:" cannot be cleared alone/);
    expect(await driver.getItem('a:b')).toBe('value');
  });

  test('takes the items of a node that is out for missing in getItems, and rejects single reads', async () => {
    const node = await startNode();
    const storage = createStorage({ driver: unstorageDriver(clientOf(node.address)) });
    await storage.setItem('a', 'value');
    await node.stop();
    expect(await storage.getItems(['a', 'b'])).toEqual(['a', 'b'].map((key) => ({ key, value: null })));
    await expect(storage.getItem('a')).rejects.toThrow();
  });
});

// The storage makes `a:b` of many keys before the driver sees them.
describeBadCases('unstorage', (client) => {
  const driver = unstorageDriver(client);
  return {
    get: (key) => driver.getItem(key),
    set: (key, value) => driver.setItem(key, value),
    delete: (key) => driver.removeItem(key),
    clear: () => driver.clear(),
    setUnfit: (key) => driver.setItemRaw(key, () => {}),
  };
});
