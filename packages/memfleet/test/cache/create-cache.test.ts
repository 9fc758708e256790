/** `createCache` over a real client: the calls of the cache as commands of each protocol. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCache, type Cache } from '../../src/cache/index.ts';
import { createClient } from '../../src/client/index.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';
import { createServer } from '../../src/server/index.ts';

async function startNode(): Promise<string> {
  const server = createServer({ port: 0 });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  return `127.0.0.1:${'port' in address ? address.port : 0}`;
}

describe.each(['meta', 'text', 'binary'] as const)('a cache over %s', (protocol) => {
  test('runs one loader for all callers of several caches, which are as several processes', async () => {
    const nodes = await startNode();
    const caches = Array.from({ length: 4 }, () => createCache({ client: { nodes, protocol } }));
    let loads = 0;
    let finish = (): void => {};
    const isLoaded = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const load = async (): Promise<{ price: number }> => {
      loads++;
      await isLoaded;
      return { price: 7 };
    };
    const pages = caches.flatMap((cache) => Array.from({ length: 10 }, () => cache.getOrSet('page', load)));
    // Every cache has asked for the key once this is answered.
    await Promise.all(caches.map((cache) => cache.has('other')));
    finish();
    expect(new Set((await Promise.all(pages)).map((page) => JSON.stringify(page)))).toEqual(new Set(['{"price":7}']));
    expect(loads).toBe(1);
    await Promise.all(caches.map((cache) => cache.close()));
  });

  test('stores, reads and deletes what a plain client sees under the key that Django makes', async () => {
    const nodes = await startNode();
    const client = createClient({ nodes, protocol });
    const cache: Cache = createCache({ client, keyPrefix: 'shop', version: 2 });
    expect(await cache.set('text', 'value')).toBe(true);
    expect(await client.get('shop:2:text')).toBe('value');
    expect(await cache.get('text')).toBe('value');
    expect(await cache.add('text', 'other')).toBe(false);
    expect(await cache.delete('text')).toBe(true);
    expect(await cache.get('text', 'none')).toBe('none');
    await cache.close();
    // The client stays open.
    expect(await client.get('open')).toBe(undefined);
    await client.close();
  });
});

test('a key of the cache leaves room for the prefix of its client', async () => {
  const nodes = await startNode();
  const client = createClient({ nodes, prefix: 'p'.repeat(150) });
  const cache = createCache({ client });
  const key = 'k'.repeat(200);
  expect(await cache.set(key, 1)).toBe(true);
  expect(await cache.get(key)).toBe(1);
  await client.close();
});

test('a cache takes the text that a client takes', async () => {
  const nodes = await startNode();
  for (const text of [nodes, `memcached://${nodes}?timeout=500`]) {
    const cache = createCache(text);
    expect(await cache.getOrSet('key', () => 'loaded')).toBe('loaded');
    await cache.close();
  }
  const client = createClient(nodes);
  expect(await client.get(':1:key')).toBe('loaded');
  await client.close();
});

test('a text that names no host, or a variable that is unset, is an error of the options', () => {
  expect(() => createCache('')).toThrow(InvalidOptionError);
  expect(() => createCache('http://host')).toThrow(/memcached:/);
  expect(() => createCache(undefined)).toThrow('createCache(undefined): is a variable unset?');
});
