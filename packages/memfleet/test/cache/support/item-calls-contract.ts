/**
 * What the cache believes of the calls on which it stands, as exchanges that run on the double of the properties, and
 * on a real client against real nodes: so the properties are worth something.
 */
import { expect, test } from 'vitest';
import { Failed, Stub } from '../../../src/cache/entry.ts';
import type { CacheItem, ItemCalls } from '../../../src/cache/item-calls.ts';
import { UnsupportedError } from '../../../src/core/errors.ts';

/** Calls under test. */
export interface CallsUnderTest {
  readonly protocol: 'meta' | 'text' | 'binary';
  /** Each test has calls of its own, and keys that no other test has. */
  readonly start: () => Promise<{ readonly calls: ItemCalls; readonly key: string }>;
  /** Waits for a promise. */
  readonly until: <T>(promise: Promise<T>) => Promise<T>;
}

/** The exchanges. */
export function itemCallsContract({ protocol, start, until }: CallsUnderTest): void {
  const isMeta = protocol === 'meta';
  const hasNewCas = protocol !== 'text';

  test('an item has its value, its cas, an epoch, and where the node tells it a ttl', async () => {
    const { calls, key } = await start();
    expect(await until(calls.getItem(key))).toBeUndefined();
    const { result, cas } = await until(calls.setItem(key, { price: 7 }, { ttl: 100 }));
    expect(result).toBe('stored');
    const item = (await until(calls.getItem(key))) as CacheItem;
    expect(item).toMatchObject({ value: { price: 7 }, won: false, held: false, stale: false });
    expect(item.ttl === undefined ? undefined : item.ttl > 97 && item.ttl <= 100).toBe(isMeta ? true : undefined);
    expect(cas).toBe(hasNewCas ? item.cas : undefined);
    expect(item.epoch).toBe(calls.nodeInfo(key)?.epoch);
    expect(calls.nodeInfo(key)?.protocol).toBe(protocol);
  });

  test('a store by cas: stored, exists, not found', async () => {
    const { calls, key } = await start();
    await until(calls.setItem(key, 1));
    const { cas } = (await until(calls.getItem(key))) as CacheItem;
    expect(await until(calls.setItem(key, 2, { cas }))).toMatchObject({ result: 'stored' });
    expect(await until(calls.setItem(key, 3, { cas }))).toEqual({ result: 'exists', cas: undefined });
    await until(calls.delete(key));
    expect(await until(calls.setItem(key, 4, { cas }))).toEqual({ result: 'notFound', cas: undefined });
  });

  test('add stores once; the get in the same write shows whose it is', async () => {
    const { calls, key } = await start();
    const [first, seen, second] = await until(
      Promise.all([
        calls.setItem(key, new Stub('me'), { mode: 'add', ttl: 5 }),
        calls.getItem(key),
        calls.setItem(key, new Stub('you'), { mode: 'add', ttl: 5 }),
      ]),
    );
    expect(first.result).toBe('stored');
    expect(seen?.value).toEqual(new Stub('me'));
    expect(second).toEqual({ result: 'notStored', cas: undefined });
  });

  test('calls of a key, and of those that are routed to its node, are executed in order', async () => {
    const { calls, key } = await start();
    const lock = `${key}~l`;
    const [, before, , , after, held] = await until(
      Promise.all([
        calls.setItem(key, 'old'),
        calls.getItem(key),
        calls.setItem(lock, new Stub(), { routingKey: key }),
        calls.setItem(key, 'new'),
        calls.getItem(key),
        calls.getItem(lock, { routingKey: key }),
      ]),
    );
    expect([before?.value, after?.value, held?.value]).toEqual(['old', 'new', new Stub()]);
  });

  test('a lease is won once, and the next reader finds it held', async () => {
    const { calls, key } = await start();
    if (!isMeta) {
      await expect(until(calls.getItem(key, { lease: 3 }))).rejects.toThrow(UnsupportedError);
      return;
    }
    const [first, second] = await until(
      Promise.all([calls.getItem(key, { lease: 3 }), calls.getItem(key, { lease: 3 })]),
    );
    expect(first).toMatchObject({ value: undefined, won: true, held: false });
    expect(second).toMatchObject({ value: undefined, won: false, held: true });
    const cas = first?.cas as bigint;
    const renewed = await until(calls.setItem(key, new Stub(), { cas, ttl: 3 }));
    expect(renewed.result).toBe('stored');
    expect((await until(calls.getItem(key, { lease: 3 })))?.value).toEqual(new Stub());
    expect((await until(calls.setItem(key, 'late', { cas }))).result).toBe('exists');
    const newCas = renewed.cas as bigint;
    expect((await until(calls.setItem(key, 'value', { cas: newCas, ttl: 100 }))).result).toBe('stored');
    expect(await until(calls.getItem(key, { lease: 3 }))).toMatchObject({ value: 'value', won: false, held: false });
  });

  test('a delete ends a lease: its cas stores nothing', async () => {
    const { calls, key } = await start();
    if (!isMeta) return;
    const cas = (await until(calls.getItem(key, { lease: 3 })))?.cas as bigint;
    expect(await until(calls.delete(key))).toBe(true);
    expect((await until(calls.setItem(key, 'late', { cas }))).result).toBe('notFound');
    await until(calls.getItem(key, { lease: 3 }));
    expect((await until(calls.setItem(key, 'late', { cas }))).result).toBe('exists');
  });

  test('a delete by cas deletes what has it, and nothing else', async () => {
    const { calls, key } = await start();
    await until(calls.setItem(key, 1));
    const { cas } = (await until(calls.getItem(key))) as CacheItem;
    if (protocol === 'text') {
      await expect(until(calls.delete(key, { cas }))).rejects.toThrow(UnsupportedError);
      return;
    }
    await until(calls.setItem(key, 2));
    expect(await until(calls.delete(key, { cas }))).toBe(false);
    expect((await until(calls.getItem(key)))?.value).toBe(2);
    const now = (await until(calls.getItem(key))) as CacheItem;
    expect(await until(calls.delete(key, { cas: now.cas }))).toBe(true);
  });

  test('an item that is invalidated is stale for all, with another cas', async () => {
    const { calls, key } = await start();
    await until(calls.setItem(key, 'old', { ttl: 100 }));
    const { cas } = (await until(calls.getItem(key))) as CacheItem;
    if (!isMeta) {
      await expect(until(calls.invalidate(key))).rejects.toThrow(UnsupportedError);
      return;
    }
    expect(await until(calls.invalidate(key, { cas, ttl: 50 }))).toBe('stale');
    const [first, second] = await until(Promise.all([calls.getItem(key), calls.getItem(key, { lease: 3 })]));
    expect(first).toMatchObject({ value: 'old', stale: true, won: true });
    expect(second).toMatchObject({ value: 'old', stale: true, won: false, held: true });
    expect(first?.ttl).toBeLessThanOrEqual(50);
    expect((await until(calls.setItem(key, 'late', { cas }))).result).toBe('exists');
    expect(await until(calls.invalidate(key, { cas }))).toBe('exists');
    expect(await until(calls.invalidate(`${key}-none`))).toBe('notFound');
  });

  test('without its value an item has flags and cas; a touch in the same call lengthens its life', async () => {
    const { calls, key } = await start();
    await until(calls.setItem(key, new Failed(7, 'TypeError'), { ttl: 10 }));
    const bare = (await until(calls.getItem(key, { withoutValue: true }))) as CacheItem;
    expect(bare).toMatchObject({ value: undefined, flags: 0x6d66_1200 });
    if (!isMeta) return;
    await until(calls.getItem(key, { withoutValue: true, touch: 1000 }));
    expect((await until(calls.getItem(key)))?.ttl).toBeGreaterThan(990);
  });

  test('many items are read in one call; a lease is taken for each that is missing', async () => {
    const { calls, key } = await start();
    await until(calls.setItem(`${key}a`, 1));
    const found = await until(calls.getItems([`${key}a`, `${key}b`]));
    expect([...found.keys()]).toEqual([`${key}a`]);
    if (!isMeta) return;
    const leased = await until(calls.getItems([`${key}a`, `${key}b`], { lease: 3 }));
    expect(leased.get(`${key}a`)).toMatchObject({ value: 1 });
    expect(leased.get(`${key}b`)).toMatchObject({ value: undefined, won: true });
  });
}
