/** The adapters on nodes of each protocol. Rate limits are those that need meta. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { KeyvStore } from '../../src/adapters/keyv.ts';
import { UndiciCacheStore } from '../../src/adapters/undici.ts';
import { unstorageDriver } from '../../src/adapters/unstorage.ts';
import { startClient } from './nodes.ts';

describe.each(['meta', 'text', 'binary'] as const)('over %s', (protocol) => {
  test('a store of Keyv keeps, finds and clears', async () => {
    const store = new KeyvStore(await startClient({ protocol }));
    await store.setMany([
      { key: 'a', value: '1', ttl: 5000 },
      { key: 'b', value: '2' },
    ]);
    expect(await store.getMany(['a', 'b', 'c'])).toEqual(['1', '2', undefined]);
    expect([await store.has('a'), await store.has('c')]).toEqual([true, false]);
    expect(await store.hasMany(['a', 'c'])).toEqual([true, false]);
    await store.clear();
    expect(await store.get('a')).toBe(undefined);
  });

  test('a driver for unstorage tells the size of an item', async () => {
    const driver = unstorageDriver(await startClient({ protocol }));
    await driver.setItem('a', 'text', { ttl: 60 });
    expect(await driver.getMeta('a')).toMatchObject({ size: 4 });
  });

  test('a store for undici keeps a response that varies', async () => {
    const store = new UndiciCacheStore(await startClient({ protocol }));
    const key = { origin: 'https://host', path: '/', method: 'GET', headers: { accept: 'en' } };
    const times = { cachedAt: Date.now(), staleAt: Date.now() + 5000, deleteAt: Date.now() + 9000 };
    const stream = store.createWriteStream(key, {
      ...times,
      statusCode: 200,
      statusMessage: 'OK',
      headers: {},
      vary: { accept: 'en' },
    });
    stream.end('hello');
    await once(stream, 'finish');
    expect((await store.get(key))?.body).toEqual([Buffer.from('hello')]);
  });
});
