/** How long values are fresh, and when they are loaded again before their ttl is over. */
import { describe, expect, test } from 'vitest';
import { slow } from './support/slow.ts';
import { World } from './support/world.ts';

describe('the freshness of a value', () => {
  test('earlyRefresh refreshes a value before its ttl is over, the earlier the longer its load takes', async () => {
    const world = new World();
    const one = world.start({ ttl: 100, earlyRefresh: { beta: 1 } });
    const loader = slow(world, one, 4000, () => 'v');
    await world.until(one.cache.getOrSet('k', loader.load));
    const began = world.clock.now();
    while (loader.runs === 1) {
      expect(await world.until(one.cache.getOrSet('k', loader.load), 50)).toBe('v');
      await world.pass(200);
    }
    const early = 100_000 - (world.clock.now() - began);
    expect(early).toBeGreaterThan(1000);
    expect(early).toBeLessThan(60_000);
  });

  test('refreshAhead refreshes a value in the last seconds of its ttl', async () => {
    const world = new World();
    const one = world.start({ ttl: 100, refreshAhead: 20 });
    const loader = slow(world, one, 100, () => 'v');
    await world.until(one.cache.getOrSet('k', loader.load));
    await world.pass(79_000);
    await world.until(one.cache.getOrSet('k', loader.load), 50);
    expect(loader.runs).toBe(1);
    await world.pass(2000);
    await world.until(one.cache.getOrSet('k', loader.load), 50);
    await world.pass(200);
    expect(loader.runs).toBe(2);
    await world.pass(70_000);
    await world.until(one.cache.getOrSet('k', loader.load), 50);
    expect(loader.runs).toBe(2);
  });

  test('jitter shortens the ttl, and never lengthens it', async () => {
    const world = new World();
    const { cache } = world.start({ ttl: 100, jitter: 0.5 });
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);
    await world.until(cache.setMany(Object.fromEntries(keys.map((key) => [key, 1]))));
    await world.pass(49_000);
    expect((await world.until(cache.getMany(keys))).size).toBe(40);
    await world.pass(25_000);
    const half = (await world.until(cache.getMany(keys))).size;
    expect(half).toBeGreaterThan(5);
    expect(half).toBeLessThan(35);
    await world.pass(27_000);
    expect((await world.until(cache.getMany(keys))).size).toBe(0);
  });

  test('a loader gives its value another ttl, or keeps it out of the cache', async () => {
    const world = new World();
    const { cache } = world.start();
    await world.until(cache.getOrSet('short', ({ setTtl }) => (setTtl(5), 1)));
    await world.until(cache.getOrSet('skipped', ({ skip }) => (skip(), 1)));
    await world.until(cache.getOrSet('zero', ({ setTtl }) => (setTtl(0), 1)));
    expect([...(await world.until(cache.getMany(['short', 'skipped', 'zero']))).keys()]).toEqual(['short']);
    await world.pass(6000);
    expect(await world.until(cache.has('short'))).toBe(false);
  });
});
