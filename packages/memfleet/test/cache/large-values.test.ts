/** Values larger than an item, over a real client. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Cache, type CacheOptions, createCache } from '../../src/cache/index.ts';
import { ValueTooLargeError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer } from '../../src/server/index.ts';

const large = 'äbc'.repeat(5000);

/** Without the text itself in the complaint. */
const isLarge = (value: unknown): boolean => value === large;

/** A cache on a node whose items have 4 KB at most. */
async function startCache(options: CacheOptions, protocol: Protocol = 'meta'): Promise<Cache> {
  const server = createServer({ port: 0, maxItemSize: 4096 });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  const nodes = `127.0.0.1:${'port' in address ? address.port : 0}`;
  const cache = createCache({ ...options, client: { nodes, protocol, maxItemSize: 4096 } });
  onTestFinished(() => cache.close());
  return cache;
}

describe.each(['meta', 'text', 'binary'] as const)('over %s, a value that is larger than an item', (protocol) => {
  test('is stored in chunks, by every call that stores', async () => {
    const cache = await startCache({ large: 'chunk', tags: ['pages'] }, protocol);
    expect(await cache.set('set', large)).toBe(true);
    expect(await cache.add('add', large)).toBe(true);
    expect(await cache.add('add', 'other')).toBe(false);
    let loads = 0;
    const load = (): string => {
      loads++;
      return large;
    };
    for (let n = 0; n < 2; n++) expect(await cache.getOrSet('load', load)).toSatisfy(isLarge);
    expect(loads).toBe(1);
    const found = await cache.getMany(['set', 'add', 'load', 'none']);
    expect([...found.values()].map(isLarge)).toEqual([true, true, true]);
    expect(await cache.touch('set', 500)).toBe(true);
    expect(await cache.get('set')).toSatisfy(isLarge);
  });

  test('is refused without the option, even if errors are misses', async () => {
    const cache = await startCache({}, protocol);
    await expect(cache.set('set', large)).rejects.toBeInstanceOf(ValueTooLargeError);
  });
});

test('a value that gets small enough by compression is one item', async () => {
  const cache = await startCache({ large: 'chunk', compress: { algorithm: 'brotli' } });
  expect(await cache.set('page', large)).toBe(true);
  expect(await cache.get('page')).toSatisfy(isLarge);
  const { read, written } = cache.stats().bytes;
  expect([read, written < 500]).toEqual([written, true]);
});
