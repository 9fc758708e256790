import { describe, expect, test } from 'vitest';
import type { CacheProcess } from './support/world.ts';
import { World } from './support/world.ts';

/** A loader of many keys that takes `ms`, and notes the keys of each call. */
function manyLoader(world: World, { process }: CacheProcess, ms: number, give = (key: string): unknown => `v ${key}`) {
  const calls: string[][] = [];
  const load = async (missing: string[]): Promise<Map<string, unknown>> => {
    calls.push(missing);
    await world.wait(process, ms);
    return new Map(missing.map((key) => [key, give(key)]));
  };
  return { calls, load };
}

const all = ['a', 'b', 'c', 'd'];
const values = new Map(all.map((key) => [key, `v ${key}`]));

describe.each(['meta', 'text', 'binary'] as const)('getOrSetMany on nodes that speak %s', (protocol) => {
  test('loads all missing keys by one call, and stores them', async () => {
    const world = new World({ protocol, nodes: 3 });
    const one = world.start();
    await world.until(one.cache.set('b', 'stored'));
    const { calls, load } = manyLoader(world, one, 50);
    expect(await world.until(one.cache.getOrSetMany(all, load))).toEqual(new Map([...values, ['b', 'stored']]));
    expect(calls).toEqual([['a', 'c', 'd']]);
    expect(await world.until(one.cache.getOrSetMany(all, load))).toEqual(new Map([...values, ['b', 'stored']]));
    expect(calls).toHaveLength(1);
  });

  test('eight processes load each key once', async () => {
    const world = new World({ protocol, nodes: 3 });
    const members = Array.from({ length: 8 }, () => world.start());
    const loaders = members.map((member) => manyLoader(world, member, 100));
    const results = members.map(({ cache }, at) => cache.getOrSetMany(all, loaders[at]?.load as never));
    for (const result of await world.until(Promise.all(results))) expect(result).toEqual(values);
    expect(loaders.flatMap(({ calls }) => calls.flat()).sort()).toEqual(all);
  });

  test('two processes with crossed keys wait for no longer than a load', async () => {
    const world = new World({ protocol });
    for (let round = 0; round < 5; round++) {
      const [first, second] = [world.start(), world.start()];
      const keys = all.map((key) => `${key}${round}`);
      const results = [
        first.cache.getOrSetMany(keys, manyLoader(world, first, 100).load),
        second.cache.getOrSetMany(keys.toReversed(), manyLoader(world, second, 100).load),
      ];
      const began = world.clock.now();
      await world.until(Promise.all(results));
      expect(world.clock.now() - began).toBeLessThan(250);
    }
  });

  test('a key that the loader leaves out has no value, and no lease is left', async () => {
    const world = new World({ protocol });
    const one = world.start();
    const { load } = manyLoader(world, one, 10, (key) => (key === 'b' ? undefined : `v ${key}`));
    expect([...(await world.until(one.cache.getOrSetMany(all, load))).keys()]).toEqual(['a', 'c', 'd']);
    await world.pass(1000);
    const again = manyLoader(world, one, 10);
    expect((await world.until(one.cache.getOrSetMany(all, again.load))).get('b')).toBe('v b');
    expect(again.calls).toEqual([['b']]);
  });
});

describe('getOrSetMany', () => {
  test('a loader that throws rejects the call; keys with an old value do not need it', async () => {
    const world = new World();
    const one = world.start({ ttl: 10, staleOnError: 60 });
    await world.until(one.cache.set('a', 'old'));
    await world.pass(11_000);
    const failing = (): never => {
      throw new Error('no database');
    };
    const failed: string[] = [];
    one.cache.on('loadError', ({ key }) => failed.push(key));
    await expect(world.until(one.cache.getOrSetMany(['a', 'b'], failing))).rejects.toThrow('no database');
    expect(failed).toEqual(['a', 'b']);
    expect(await world.until(one.cache.getOrSetMany(['a'], failing))).toEqual(new Map([['a', 'old']]));
  });

  test('keys whose node is down are loaded and not stored, once a second', async () => {
    const world = new World({ nodes: 2 });
    const one = world.start();
    world.nodeOf(':1:a').isUp = false;
    expect(all.some((key) => world.nodeOf(`:1:${key}`).isUp)).toBe(true);
    const { calls, load } = manyLoader(world, one, 50);
    expect(await world.until(one.cache.getOrSetMany(all, load))).toEqual(values);
    expect(await world.until(one.cache.getOrSetMany(all, load))).toEqual(values);
    expect(calls).toEqual([all]);
  });

  test('stale values are returned at once, and refreshed behind', async () => {
    const world = new World();
    const one = world.start({ ttl: 10, staleTtl: 60 });
    await world.until(one.cache.getOrSetMany(all, manyLoader(world, one, 10).load));
    await world.pass(11_000);
    const next = manyLoader(world, one, 300, (key) => `new ${key}`);
    expect(await world.until(one.cache.getOrSetMany(all, next.load), 50)).toEqual(values);
    await world.pass(500);
    expect((await world.until(one.cache.getOrSetMany(all, next.load))).get('a')).toBe('new a');
  });

  test('softTimeout returns old values while loads go on, here and in other processes', async () => {
    const world = new World();
    const [one, other] = [world.start({ ttl: 10, staleOnError: 60 }), world.start({ ttl: 10, staleOnError: 60 })];
    await world.until(one.cache.getOrSetMany(all, manyLoader(world, one, 10).load));
    await world.pass(11_000);
    const [own, foreign] = [one, other].map((member) => manyLoader(world, member, 500, (key) => `new ${key}`).load);
    const elsewhere = other.cache.getOrSetMany(['a'], foreign as never);
    await world.pass(20);
    const found = await world.until(one.cache.getOrSetMany(all, own as never, { softTimeout: 100 }), 150);
    expect(found).toEqual(values);
    expect(one.cache.stats().hits).toMatchObject({ fallback: 4 });
    await world.until(elsewhere);
    await world.pass(500);
    expect(await world.until(one.cache.getMany(all))).toEqual(new Map(all.map((key) => [key, `new ${key}`])));
  });
});
