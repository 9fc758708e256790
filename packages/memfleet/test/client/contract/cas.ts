import { beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { InvalidArgumentError, UnsupportedError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: cas. */
export function casContract(subject: ContractSubject): void {
  const { fresh, protocol, ttlOf } = subject;
  describe('cas', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

    test('gets gives a token that changes with every write', async () => {
      const key = fresh();
      expect(await client.gets(key)).toBe(undefined);
      await client.set(key, 'one');
      const one = await client.getWithCas(key);
      await client.set(key, 'one');
      const two = await client.gets(key);
      expect(one?.value).toBe('one');
      expect(typeof one?.cas).toBe('bigint');
      expect(one?.cas).not.toBe(two?.cas);
    });

    test('cas says stored, exists or notFound', async () => {
      const key = fresh();
      expect(await client.cas(key, 'x', 1n)).toBe('notFound');
      await client.set(key, 'one');
      const cas = (await client.gets(key))?.cas ?? 0n;
      expect(await client.cas(key, 'two', cas, { ttl: 100 })).toBe('stored');
      expect(await client.cas(key, 'three', cas)).toBe('exists');
      expect(await client.get(key)).toBe('two');
      expect(await ttlOf(key)).toBeGreaterThan(90);
    });

    test('of many who change the same value, one at a time gets through', async () => {
      const key = fresh();
      await client.set(key, 0);
      const add = async (): Promise<void> => {
        for (;;) {
          const read = await client.gets<number>(key);
          if ((await client.cas(key, (read?.value ?? 0) + 1, read?.cas ?? 0n)) === 'stored') return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, add));
      expect(await client.get(key)).toBe(10);
    });

    test('a token that is none is refused', async () => {
      for (const wrong of [0n, -1n, 5, '1', undefined])
        expect(await failureOf(client.cas(fresh(), 1, wrong as never))).toBeInstanceOf(InvalidArgumentError);
    });

    test('delete with a cas deletes only what has not changed', async () => {
      const key = fresh();
      await client.set(key, 1);
      const cas = (await client.gets(key))?.cas ?? 0n;
      if (protocol === 'text') {
        expect(await failureOf(client.delete(key, { cas }))).toBeInstanceOf(UnsupportedError);
        return;
      }
      await client.set(key, 2);
      expect(await client.delete(key, { cas })).toBe(false);
      expect(await client.get(key)).toBe(2);
      expect(await client.delete(key, { cas: (await client.gets(key))?.cas })).toBe(true);
      expect(await client.get(key)).toBe(undefined);
    });
  });
}
