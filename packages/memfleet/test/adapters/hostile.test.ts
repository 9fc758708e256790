/** Input that strangers choose: endless times, names with many parts, keys and values of the wrong type. */
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { ApolloCache } from '../../src/adapters/apollo.ts';
import { memfleetDriver } from '../../src/adapters/bentocache.ts';
import { CatboxEngine } from '../../src/adapters/catbox.ts';
import { FastifyCachingStore } from '../../src/adapters/fastify-caching.ts';
import { FastifySessionStore } from '../../src/adapters/fastify-session.ts';
import { KeyvStore } from '../../src/adapters/keyv.ts';
import { UndiciCacheStore } from '../../src/adapters/undici.ts';
import { unstorageDriver } from '../../src/adapters/unstorage.ts';
import { bytes } from '../../src/client/transcoders.ts';
import { startClient } from './nodes.ts';

const centuries = 9e10;

test('a session whose cookie ends in the year 9999 is kept', async () => {
  const store = new FastifySessionStore(await startClient());
  const cookie = { expires: new Date('9999-12-31') };
  await new Promise<void>((resolve, reject) => {
    store.set('id', { cookie }, (error) => (error ? reject(error) : resolve()));
  });
  const found = new Promise((resolve) => store.get('id', (_, session) => resolve(session)));
  expect(await found).toMatchObject({ cookie: {} });
});

test('each layer keeps values for a time that ends after 2106', async () => {
  const client = await startClient();
  const keyv = new KeyvStore(client);
  await keyv.set('k', 'v', centuries * 1000);
  expect(await keyv.get('k')).toBe('v');
  const bento = memfleetDriver({ client }).factory({});
  await bento.set('k', 'v', centuries * 1000);
  expect(await bento.get('k')).toBe('v');
  const apollo = new ApolloCache(client);
  await apollo.set('k', 'v', { ttl: centuries });
  expect(await apollo.get('k')).toBe('v');
  const driver = unstorageDriver(client);
  await driver.setItem('k', 'v', { ttl: centuries });
  await driver.setItems([{ key: 'l', value: 'v' }], { ttl: centuries });
  expect([await driver.getItem('k'), await driver.getItem('l')]).toEqual(['v', 'v']);
  const catbox = new CatboxEngine(client);
  await catbox.set({ segment: 's', id: 'k' }, 'v', centuries * 1000);
  expect(await catbox.get({ segment: 's', id: 'k' })).toMatchObject({ item: 'v' });
});

const request = { origin: 'https://host', method: 'GET', path: '/' };

test('a response that may be kept for centuries is kept', async () => {
  const store = new UndiciCacheStore(await startClient());
  const deleteAt = centuries * 1000;
  const value = { statusCode: 200, statusMessage: '', headers: {}, cachedAt: 0, staleAt: deleteAt, deleteAt };
  await finished(store.createWriteStream(request, value).end('body'));
  expect(await store.get(request)).toMatchObject({ statusCode: 200 });
});

test('a namespace of thirty parts stores, reads and is cleared with the first of them', async () => {
  const driver = memfleetDriver({ client: await startClient() }).factory({ prefix: 'bentocache' });
  const deep = driver.namespace(Array.from({ length: 30 }, (_, at) => `part${at}`).join(':'));
  await deep.set('k', 'v');
  expect(await deep.get('k')).toBe('v');
  await driver.namespace('part0').clear();
  expect(await deep.get('k')).toBe(undefined);
});

test('keys that are objects are refused, since every object has the same text', async () => {
  const store = new FastifyCachingStore(await startClient());
  const key = { segment: 's', id: { user: 1 } as never };
  await expect(store.set(key, 'secret', 1000)).rejects.toThrow('a key must be a string');
  await expect(store.get({ segment: 's', id: { user: 2 } as never })).rejects.toThrow('a key must be a string');
});

test('a stored null, or a head that is no object, is a miss', async () => {
  const client = await startClient();
  await client.with<unknown>({}).set('catbox:s:k', null);
  expect(await new CatboxEngine(client).get({ segment: 's', id: 'k' })).toBe(null);
  for (const head of ['null', '1']) {
    const packed = Buffer.concat([Buffer.from([0, 0, 0, head.length]), Buffer.from(head)]);
    await client.with<Uint8Array>({ transcoder: bytes }).set('undici:GET:https://host/', packed);
    expect(await new UndiciCacheStore(client).get(request)).toBe(undefined);
  }
});
