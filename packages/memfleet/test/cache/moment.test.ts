/** `cache.moment()`: values of code that cannot be a loader are as safe from invalidations as loads. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Cache, createCache } from '../../src/cache/index.ts';
import { createServer } from '../../src/server/index.ts';

/** Caches over one node, as of several processes. */
async function startCaches(): Promise<{ caches: [Cache, Cache]; stop: () => Promise<void> }> {
  const server = createServer({ port: 0 });
  const { port } = await server.listen();
  onTestFinished(() => server.destroy());
  const open = (): Cache => {
    const cache = createCache({ client: { nodes: `127.0.0.1:${port}`, ejectTime: 10 } });
    onTestFinished(() => cache.close());
    return cache;
  };
  return { caches: [open(), open()], stop: () => server.destroy() };
}

describe('a value that was made since a moment', () => {
  test('is stored with its tags', async () => {
    const { caches } = await startCaches();
    const [cache, other] = caches;
    const moment = await cache.moment();
    expect(await moment.set('page', 'new', { tags: ['a', 'b'], ttl: 60 })).toBe(true);
    expect(await other.get('page')).toBe('new');
    await other.invalidateTags('b');
    expect(await cache.get('page')).toBe(undefined);
  });

  test('is not stored if any process invalidated one of its tags meanwhile', async () => {
    const { caches } = await startCaches();
    const [cache, other] = caches;
    const moment = await cache.moment();
    await other.invalidateTags('a');
    expect(await moment.set('page', 'old', { tags: ['a'] })).toBe(false);
    expect(await cache.get('page')).toBe(undefined);
    expect(await (await cache.moment()).set('page', 'new', { tags: ['a'] })).toBe(true);
  });

  test('is stored if tags of others were invalidated, where the process knew its own', async () => {
    const { caches } = await startCaches();
    const [cache, other] = caches;
    await cache.set('known', 1, { tags: ['a'] });
    const moment = await cache.moment();
    await other.invalidateTags('c');
    expect(await moment.set('page', 'new', { tags: ['a'] })).toBe(true);
    // The version of `b` may have been another one at the moment.
    expect(await moment.set('page', 'unsure', { tags: ['b'] })).toBe(false);
    expect(await cache.get('page')).toBe('new');
  });

  test('has only its own tags, even if the moment stores other values', async () => {
    const { caches } = await startCaches();
    const [cache] = caches;
    const moment = await cache.moment();
    await moment.set('one', 1, { tags: ['a'] });
    await moment.set('two', 2, { tags: ['b'] });
    await cache.invalidateTags('a');
    expect([await cache.get('one'), await cache.get('two')]).toEqual([undefined, 2]);
  });

  test('is not stored while the node is out, without an error', async () => {
    const { caches, stop } = await startCaches();
    const [cache] = caches;
    await stop();
    expect(await (await cache.moment()).set('page', 'new', { tags: ['a'] })).toBe(false);
  });
});
