import { beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { InvalidArgumentError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

const day = 24 * 60 * 60;

/** What the client promises: delete, touch, ttl. */
export function deleteAndTouchContract(subject: ContractSubject): void {
  const { fresh, ttlOf } = subject;
  describe('delete, touch, ttl', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

    test('delete says whether it was there', async () => {
      const key = fresh();
      await client.set(key, 1);
      expect(await client.delete(key)).toBe(true);
      expect(await client.delete(key)).toBe(false);
    });

    test('deleteMany says it of each', async () => {
      const [a, b] = [fresh(), fresh()];
      await client.set(a, 1);
      expect(await client.deleteMany([a, b, a])).toEqual(
        new Map([
          [a, true],
          [b, false],
        ]),
      );
      expect(await client.deleteMany([])).toEqual(new Map());
    });

    test('touch and gat give a new ttl and leave the value', async () => {
      const key = fresh();
      expect(await client.touch(key, 10)).toBe(false);
      expect(await client.gat(key, 10)).toBe(undefined);
      await client.set(key, 'value');
      expect(await ttlOf(key)).toBe(-1);
      expect(await client.touch(key, 100)).toBe(true);
      expect(await ttlOf(key)).toBeGreaterThan(90);
      expect(await client.getAndTouch(key, 1000)).toBe('value');
      expect(await ttlOf(key)).toBeGreaterThan(990);
      expect(await client.gat(key, 0)).toBe('value');
      expect(await ttlOf(key)).toBe(-1);
    });

    test('a ttl is a number or an option; 0 and Infinity are for ever; fractions are rounded up', async () => {
      const key = fresh();
      const ttls: readonly (readonly [given: number | { ttl: number }, least: number, most: number])[] = [
        [100, 95, 100],
        [{ ttl: 200 }, 195, 200],
        [0, -1, -1],
        [Infinity, -1, -1],
        [10.2, 8, 11],
      ];
      for (const [given, least, most] of ttls) {
        await client.set(key, 1, given);
        const ttl = await ttlOf(key);
        expect(ttl).toBeGreaterThanOrEqual(least);
        expect(ttl).toBeLessThanOrEqual(most);
      }
      await client.set(key, 1, 0.01);
      expect(await client.get(key)).toBe(1);
    });

    test('31 days are 31 days, not a second of 1970', async () => {
      const key = fresh();
      await client.set(key, 1, 31 * day);
      expect(Math.abs((await ttlOf(key)) - 31 * day)).toBeLessThan(10);
      await client.touch(key, 40 * day);
      expect(Math.abs((await ttlOf(key)) - 40 * day)).toBeLessThan(10);
      await client.gat(key, 400 * day);
      expect(Math.abs((await ttlOf(key)) - 400 * day)).toBeLessThan(10);
      await client.set(key, 1, 30 * day);
      expect(Math.abs((await ttlOf(key)) - 30 * day)).toBeLessThan(10);
    });

    test('a ttl that is negative, no number or beyond 2106 is refused, and the connection stays', async () => {
      const key = fresh();
      await client.set(key, 'stays');
      for (const wrong of [-1, -0.5, NaN, -Infinity, '60', 1e12, 5_000_000_000]) {
        const ttl = wrong as number;
        for (const call of [
          client.set(key, 1, { ttl }),
          client.touch(key, ttl),
          client.gat(key, ttl),
          client.add(key, 1, { ttl }),
          client.incr(key, 1, { initial: 1, ttl }),
          client.getOrSet(key, () => 1, { ttl }),
          client.flush(ttl),
        ])
          expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
      }
      expect(await client.get(key)).toBe('stays');
      expect(client.stats().nodes[0]?.connects).toBe(1);
    });
  });
}
