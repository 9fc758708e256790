/** The near cache in front of the calls: what it saves, and what it must not give. */
import { describe, expect, test } from 'vitest';
import { type CacheProcess, World } from './support/world.ts';

const large = { text: 'x'.repeat(10_000) };

/** The reads of the key that left the process. */
function countReads({ calls }: CacheProcess): { count: number } {
  const reads = { count: 0 };
  calls.onCall = (verb, key) => {
    if (verb === 'get' && key === ':1:k') reads.count++;
  };
  return reads;
}

describe('a near cache', () => {
  test('gives the value without a request until its ttl is over', async () => {
    const world = new World();
    const one = world.start({ near: { ttl: 1000 } });
    await world.until(one.cache.set('k', { price: 7 }));
    const reads = countReads(one);
    for (let at = 0; at < 5; at++) {
      expect(await world.until(one.cache.get('k'))).toEqual({ price: 7 });
      expect(await world.until(one.cache.getOrSet('k', 'other'))).toEqual({ price: 7 });
    }
    expect(reads.count).toBe(1);
    await world.pass(1000);
    await world.until(one.cache.get('k'));
    expect(reads.count).toBe(2);
    expect(one.cache.stats().hits).toMatchObject({ near: 9 });
  });

  test('does not give what this process has written over, deleted or expired', async () => {
    const world = new World();
    const { cache } = world.start({ near: { ttl: 60_000 } });
    await world.until(cache.set('k', 1));
    expect(await world.until(cache.get('k'))).toBe(1);
    await world.until(cache.set('k', 2));
    expect(await world.until(cache.get('k'))).toBe(2);
    expect(await world.until(cache.incr('k'))).toBe(3);
    expect(await world.until(cache.get('k'))).toBe(3);
    await world.until(cache.delete('k'));
    expect(await world.until(cache.get('k'))).toBeUndefined();
    expect(await world.until(cache.getOrSet('k', 4))).toBe(4);
    expect(await world.until(cache.get('k'))).toBe(4);
  });

  test('asks only for the cas of a large value when its ttl is over', async () => {
    const world = new World();
    const one = world.start({ near: { ttl: 1000 } });
    await world.until(one.cache.set('k', large));
    await world.until(one.cache.get('k'));
    await world.pass(1000);
    expect(await world.until(one.cache.get('k'))).toEqual(large);
    expect(one.cache.stats().hits).toMatchObject({ nearValidated: 1 });
    const other = world.start();
    await world.until(other.cache.set('k', 'changed'));
    await world.pass(1000);
    expect(await world.until(one.cache.get('k'))).toBe('changed');
  });

  test('does not take a value for its former self after its node has restarted with the same cas', async () => {
    const world = new World();
    const [one, other] = [world.start({ near: { ttl: 1000 } }), world.start()];
    await world.until(other.cache.set('k', large));
    await world.until(one.cache.get('k'));
    world.restart();
    await world.until(other.cache.set('k', 'new'));
    await world.pass(1000);
    expect(await world.until(one.cache.get('k'))).toBe('new');
    expect(one.cache.stats().hits).toMatchObject({ nearValidated: 0 });
  });

  test('keeps no stale value, so that it is refreshed', async () => {
    const world = new World();
    const one = world.start({ ttl: 10, staleTtl: 60, near: { ttl: 60_000 } });
    await world.until(one.cache.set('k', 'old'));
    expect(await world.until(one.cache.getOrSet('k', 'new'))).toBe('old');
    await world.pass(11_000);
    expect(await world.until(one.cache.getOrSet('k', 'new'))).toBe('old');
    await world.pass(100);
    expect(await world.until(one.cache.getOrSet('k', 'newer'))).toBe('new');
  });

  test('keeps no value of a namespace that was cleared, although a read begins under its old version', async () => {
    const world = new World();
    const [one, other] = [world.start({ near: { ttl: 1000 } }), world.start()];
    const shop = one.cache.namespace('shop');
    await world.until(other.cache.namespace('shop').setMany({ k: 'old', l: 'old' }));
    expect(await world.until(shop.getMany(['k', 'l']))).toEqual(
      new Map([
        ['k', 'old'],
        ['l', 'old'],
      ]),
    );
    await world.until(other.cache.namespace('shop').clear());
    await world.pass(1000);
    for (let reads = 0; reads < 2; reads++) {
      expect(await world.until(shop.get('k'))).toBeUndefined();
      expect(await world.until(shop.getMany(['l']))).toEqual(new Map());
    }
  });
});

describe('a near cache in front of calls on many keys', () => {
  const keys = ['a', 'k', 'b'];
  const stored = new Map([
    ['a', 1],
    ['k', 2],
    ['b', 3],
  ]);
  const noLoad = (): never => {
    throw new Error('a load');
  };

  test('gives their values without a request until its ttl is over, in the order of the keys', async () => {
    const world = new World();
    const one = world.start({ near: { ttl: 1000 } });
    await world.until(one.cache.setMany(stored));
    const reads = countReads(one);
    await world.until(one.cache.get('k'));
    for (let at = 0; at < 2; at++) {
      const found = await world.until(one.cache.getMany(keys));
      expect([...found]).toEqual([...stored]);
      expect([...(await world.until(one.cache.getOrSetMany(keys, noLoad)))]).toEqual([...stored]);
    }
    expect(reads.count).toBe(1);
    expect(one.cache.stats().hits).toMatchObject({ near: 10 });
    await world.pass(1000);
    expect([...(await world.until(one.cache.getOrSetMany(keys, noLoad)))]).toEqual([...stored]);
    expect(reads.count).toBe(2);
    await world.until(one.cache.getMany(keys));
    expect(reads.count).toBe(2);
  });

  test('asks only for the cas of large values, and loads those that are not there', async () => {
    const world = new World();
    const [one, other] = [world.start({ near: { ttl: 1000 } }), world.start()];
    await world.until(one.cache.setMany({ k: large, a: large }));
    await world.until(one.cache.getMany(['k', 'a']));
    await world.until(other.cache.delete('a'));
    await world.pass(1000);
    const calls: string[][] = [];
    const load = (missing: string[]): Map<string, unknown> => {
      calls.push(missing);
      return new Map(missing.map((key) => [key, 'loaded']));
    };
    const found = await world.until(one.cache.getOrSetMany(['a', 'k'], load));
    expect([...found]).toEqual([
      ['a', 'loaded'],
      ['k', large],
    ]);
    expect(calls).toEqual([['a']]);
    expect(one.cache.stats().hits).toMatchObject({ nearValidated: 1 });
  });

  test('keeps nothing of a key that this process writes while the keys are read', async () => {
    const world = new World();
    const { cache } = world.start({ near: { ttl: 1000 } });
    await world.until(cache.setMany(stored));
    const reading = cache.getMany(keys);
    await world.until(Promise.all([reading, cache.set('k', 'new')]));
    expect((await world.until(cache.getMany(keys))).get('k')).toBe('new');
  });
});
