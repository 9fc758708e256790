import { beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { UnsupportedError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: items. */
export function getItemContract(subject: ContractSubject): void {
  const { fresh, protocol } = subject;
  describe('items', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

    test('getItem gives the value with what the node knows of the item', async () => {
      const key = fresh();
      expect(await client.getItem(key)).toBe(undefined);
      await client.set(key, { a: 1 }, 100);
      const item = await client.getItem(key);
      expect(item).toMatchObject({ value: { a: 1 }, size: 7 });
      expect(item?.flags).toBe((await client.getItem(key))?.flags);
      expect(await client.cas(key, 'b', item?.cas as bigint)).toBe('stored');
      const stored = await client.getItem(key);
      if (protocol === 'meta') {
        expect([99, 100]).toContain(item?.ttl);
        expect(item?.fetched).toBe(false);
        expect(item?.age).toBe(item?.lastAccess);
        expect([0, 1]).toContain(item?.age);
        expect(stored).toMatchObject({ value: 'b', ttl: Infinity, fetched: false });
        // Read now: nobody keeps when it was stored.
        expect(await client.getItem(key)).toMatchObject({ fetched: true, age: undefined });
        expect([0, 1]).toContain((await client.getItem(key))?.lastAccess);
      } else {
        const unknown = { ttl: undefined, age: undefined, lastAccess: undefined, fetched: undefined };
        expect(stored).toMatchObject({ value: 'b', ...unknown });
      }
      expect(Object.keys(stored as object)).toEqual(Object.keys(item as object));
    });

    test('getItem and getWithCas give the same token', async () => {
      const key = fresh();
      await client.set(key, 1);
      expect((await client.getItem(key))?.cas).toBe((await client.getWithCas(key))?.cas);
    });

    const isMeta = protocol === 'meta';
    test(`ttlOf ${isMeta ? 'gives the seconds left, and is no access' : 'and meta are refused: they need meta'}`, async () => {
      const key = fresh();
      if (!isMeta) {
        const [asked, sent] = [await failureOf(client.ttlOf(key)), await failureOf(client.meta(`mg ${key} v`))];
        for (const error of [asked, sent]) expect(error).toBeInstanceOf(UnsupportedError);
        expect(asked.message).toContain('cannot report the ttl of an item');
        expect(sent.message).toContain('cannot carry a meta request');
        return;
      }
      expect(await client.ttlOf(key)).toBe(undefined);
      await client.set(key, 'v', 100);
      expect([99, 100]).toContain(await client.ttlOf(key));
      await client.set(key, 'v');
      expect(await client.ttlOf(key)).toBe(Infinity);
      expect(await client.getItem(key)).toMatchObject({ fetched: false });
    });
  });
}
