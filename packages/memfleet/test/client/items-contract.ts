/** `client.items`: cas tokens, leases and stale items, as one suite that runs against any node and every protocol. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { InvalidArgumentError, UnsupportedError } from '../../src/core/errors.ts';
import { failureOf, type Judge } from './contract/subject.ts';

/** Defines the suite for one judge. `knowsUnchanged`: the node knows `mg … C` (memcached 1.6.40 and newer). */
export function itemsContract(start: () => Promise<Judge>, { knowsUnchanged }: { knowsUnchanged: boolean }): void {
  describe.each(['meta', 'text', 'binary'] as const)('items over %s', (protocol) => {
    let count = 0;
    const fresh = (): string => `items:${protocol}:${count++}`;
    let judge: Judge;
    let client: Client;
    /** Another client, which speaks meta. */
    let other: Client;
    beforeAll(async () => {
      judge = await start();
      client = createClient({ nodes: judge.address, protocol, timeout: 5000 });
      other = createClient({ nodes: judge.address, protocol: 'meta', timeout: 5000 });
    });
    afterAll(async () => {
      await client.close();
      await other.close();
      await judge.stop();
    });

    test('a store gives the cas that the next read gives; the text protocol has none to give', async () => {
      const key = fresh();
      const stored = await client.items.set(key, 'one', { ttl: 100 });
      const item = await client.items.get(key);
      expect(item).toMatchObject({ value: 'one', size: 3, won: false, held: false, stale: false, notModified: false });
      expect(stored).toEqual({ result: 'stored', cas: protocol === 'text' ? undefined : item?.cas });
      if (protocol === 'meta') expect([99, 100]).toContain(item?.ttl);
      else expect(item?.ttl).toBe(undefined);
    });

    test('a store with a cas succeeds once, and says what stood in its way', async () => {
      const key = fresh();
      await client.items.set(key, 'one');
      const cas = (await client.items.get(key))?.cas ?? 0n;
      expect(await client.items.set(key, 'two', { cas })).toMatchObject({ result: 'stored' });
      expect(await client.items.set(key, 'three', { cas })).toEqual({ result: 'exists', cas: undefined });
      expect(await client.items.set(fresh(), 'x', { cas })).toEqual({ result: 'notFound', cas: undefined });
      expect(await client.get(key)).toBe('two');
    });

    test('the modes add and replace are not stored where they do not apply', async () => {
      const key = fresh();
      expect(await client.items.set(key, 1, { mode: 'replace' })).toMatchObject({ result: 'notStored' });
      expect(await client.items.set(key, 1, { mode: 'add' })).toMatchObject({ result: 'stored' });
      expect(await client.items.set(key, 2, { mode: 'add' })).toMatchObject({ result: 'notStored' });
      expect(await client.items.set(key, 3, { mode: 'replace' })).toMatchObject({ result: 'stored' });
    });

    test('getMany gives the items that exist', async () => {
      const [one, two, none] = [fresh(), fresh(), fresh()];
      await client.items.set(one, 1);
      await client.items.set(two, 2);
      const items = await client.items.getMany([one, none, two, one]);
      expect([...items].map(([key, { value, cas }]) => [key, value, cas > 0n])).toEqual([
        [one, 1, true],
        [two, 2, true],
      ]);
    });

    test('withoutValue gives what the node knows of the item, and touch a new ttl', async () => {
      const key = fresh();
      await client.items.set(key, 'value', 50);
      const item = await client.items.get(key, { withoutValue: true, touch: 200 });
      expect(item).toMatchObject({ value: undefined, notModified: false });
      expect(item?.cas).toBe((await client.items.get(key))?.cas);
      expect([199, 200]).toContain(await other.ttlOf(key));
      await client.items.get(key, { touch: Infinity });
      expect(await other.ttlOf(key)).toBe(Infinity);
    });

    test('an empty string is a value, and an item that is not there is none', async () => {
      const key = fresh();
      await client.items.set(key, '');
      expect(await client.items.get(key)).toMatchObject({ value: '', size: 0, held: false, won: false });
      expect(await client.getMany([key])).toEqual(new Map([[key, '']]));
      expect(await client.items.get(fresh())).toBe(undefined);
    });

    test('a stub of the cache is a miss for everyday calls, on every protocol', async () => {
      const key = fresh();
      const flags = 0x6d66_1100;
      await other.meta(`ms ${key} F${flags} T60`, 'owner');
      expect(await client.get(key)).toBe(undefined);
      expect(await client.getWithCas(key)).toBe(undefined);
      expect(await client.getItem(key)).toBe(undefined);
      expect(await client.getMany([key])).toEqual(new Map());
      expect(await client.items.get(key)).toMatchObject({ flags });
      expect(await client.getOrSet(key, () => 'loaded')).toBe('loaded');
      expect(await client.get(key)).toBe('loaded');
    });

    test('nodeOf names the node of the key, its protocol and its epoch', async () => {
      await client.get('any');
      const { epoch } = (await client.items.get(fresh(), { withoutValue: true })) ?? { epoch: 0 };
      const node = client.items.nodeOf('any');
      expect(node).toMatchObject({ node: judge.address, protocol });
      expect(epoch === 0 || epoch === node?.epoch).toBe(true);
    });

    if (protocol !== 'meta') {
      test('what only the meta protocol has is refused', async () => {
        const key = fresh();
        await client.set(key, 1);
        for (const call of [
          client.items.get(key, { lease: 3 }),
          client.items.get(key, { ifChanged: 1n }),
          client.items.invalidate(key),
        ])
          expect(await failureOf(call)).toBeInstanceOf(UnsupportedError);
        expect(await client.get(key)).toBe(1);
      });
      return;
    }

    test('one reader of a missing key wins the lease, the others see that it is held', async () => {
      const key = fresh();
      const [first, second] = [await client.items.get(key, { lease: 30 }), await other.items.get(key, { lease: 30 })];
      expect(first).toMatchObject({ value: undefined, won: true, held: false, size: 0, notModified: false });
      expect(second).toMatchObject({ value: undefined, won: false, held: true, cas: first?.cas });
      expect([29, 30]).toContain(first?.ttl);
    });

    test('a lease is a miss for get, getMany, getWithCas, getAndTouch, getItem and getOrSet', async () => {
      const [key, filled] = [fresh(), fresh()];
      await client.items.get(key, { lease: 30 });
      await client.set(filled, '');
      expect(await client.get(key)).toBe(undefined);
      expect(await client.getMany([key, filled])).toEqual(new Map([[filled, '']]));
      expect(await client.getWithCas(key)).toBe(undefined);
      expect(await client.getAndTouch(key, 30)).toBe(undefined);
      expect(await client.getItem(key)).toBe(undefined);
      expect(await client.getOrSet(key, () => 'loaded')).toBe('loaded');
      expect(await client.get(key)).toBe('loaded');
    });

    test('the winner stores with its cas; after a delete or another write it cannot', async () => {
      const [stored, deleted, written] = [fresh(), fresh(), fresh()];
      const lease = async (key: string): Promise<bigint> => (await client.items.get(key, { lease: 30 }))?.cas ?? 0n;
      const casOf = await lease(stored);
      expect(await client.items.set(stored, 'value', { cas: casOf })).toMatchObject({ result: 'stored' });
      expect(await client.items.get(stored, { lease: 30 })).toMatchObject({ value: 'value', won: false, held: false });
      const cas = await lease(deleted);
      await other.delete(deleted);
      expect(await client.items.set(deleted, 'old', { cas })).toMatchObject({ result: 'notFound' });
      const before = await lease(written);
      await other.set(written, 'new');
      expect(await client.items.set(written, 'old', { cas: before })).toMatchObject({ result: 'exists' });
    });

    test('an invalidated item is stale, and its next reader wins the lease', async () => {
      const key = fresh();
      await client.set(key, 'old', 50);
      const cas = (await client.items.get(key))?.cas ?? 0n;
      expect(await client.items.invalidate(key, { cas: cas + 1n })).toBe('exists');
      expect(await client.items.invalidate(fresh())).toBe('notFound');
      expect(await client.items.invalidate(key, { cas, ttl: 30 })).toBe('stale');
      expect(await client.items.get(key)).toMatchObject({ value: 'old', stale: true, won: true });
      const again = await client.items.get(key);
      expect(again).toMatchObject({ value: 'old', stale: true, held: true });
      expect([29, 30]).toContain(again?.ttl);
    });

    test('ifChanged leaves out the value of an unchanged item, where the node knows how', async () => {
      const key = fresh();
      const { cas = 1n } = await client.items.set(key, 'value');
      const same = await client.items.get(key, { ifChanged: cas });
      expect(same).toMatchObject({ cas, notModified: knowsUnchanged, value: knowsUnchanged ? undefined : 'value' });
      expect(await client.items.get(key, { ifChanged: cas + 1n })).toMatchObject({
        value: 'value',
        notModified: false,
      });
    });

    test('an option of the wrong kind is refused by name', async () => {
      const wrong: readonly [string, object][] = [
        ['lease', { lease: 0 }],
        ['lease', { lease: 1.5 }],
        ['ifChanged', { ifChanged: 3 }],
        ['withoutValue', { withoutValue: 'yes' }],
        ['touch', { touch: -1 }],
        ['substitute', { substitute: 'no' }],
        ['routingKey', { routingKey: '' }],
      ];
      for (const [name, options] of wrong) {
        const error = await failureOf(client.items.get('k', options));
        expect(`${name}: ${error.name}`).toMatch(/: Invalid(Argument|Key)Error$/);
      }
      expect(await failureOf(client.items.set('k', 1, { mode: 'append' as never }))).toBeInstanceOf(
        InvalidArgumentError,
      );
      expect(await failureOf(client.items.set('k', 1, { mode: 'add', cas: 1n }))).toBeInstanceOf(InvalidArgumentError);
    });
  });
}
