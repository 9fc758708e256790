import { beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { InvalidArgumentError } from '../../../src/core/errors.ts';
import { type ContractSubject, failureOf } from './subject.ts';

/** What the client promises: get, set. */
export function getAndSetContract(subject: ContractSubject): void {
  const { fresh, ttlOf } = subject;
  describe('get, set', () => {
    let client: Client;
    beforeAll(() => {
      client = subject.client;
    });

    test('get of a key that is not there gives undefined', async () => {
      expect(await client.get(fresh())).toBe(undefined);
    });

    test('set stores, and stores over what was there', async () => {
      const key = fresh();
      expect(await client.set(key, 'one')).toBe(true);
      expect(await client.set(key, 'two')).toBe(true);
      expect(await client.get(key)).toBe('two');
    });

    test('calls without await keep their order', async () => {
      const key = fresh();
      const calls = [client.set(key, 1), client.get(key), client.delete(key), client.get(key), client.set(key, 2)];
      expect(await Promise.all(calls)).toEqual([true, 1, true, undefined, true]);
      expect(await client.get(key)).toBe(2);
    });

    test('getMany gives those that exist, each once, from any iterable', async () => {
      const [a, b, c] = [fresh(), fresh(), fresh()];
      await client.set(a, 'a');
      await client.set(c, { c: true });
      const expected = new Map<string, unknown>([
        [a, 'a'],
        [c, { c: true }],
      ]);
      expect(await client.getMany([a, b, c, a])).toEqual(expected);
      expect(await client.getMany(new Set([c, a]))).toEqual(expected);
      expect(await client.getMany(expected.keys())).toEqual(expected);
      expect(await client.getMany([])).toEqual(new Map());
      expect(await client.getMany([b])).toEqual(new Map());
    });

    test('getMany with a thousand keys', async () => {
      const keys = Array.from({ length: 1000 }, (_, i) => `${fresh('many')}:${i}`);
      const even = keys.filter((_, i) => i % 2 === 0);
      expect(await client.setMany(even.map((key) => [key, key] as const))).toEqual(
        new Map(even.map((key) => [key, true])),
      );
      expect(await client.getMany(keys)).toEqual(new Map(even.map((key) => [key, key])));
      const array = keys.map((key, i) => (i % 2 === 0 ? key : undefined));
      expect(await client.getMany(keys, { as: 'array' })).toStrictEqual(array);
    });

    test('getMany of thousands of keys gives what was there before calls that follow it', async () => {
      const keys = Array.from({ length: 2500 }, (_, i) => `${fresh('paced')}:${i}`);
      const stored = keys.filter((_, i) => i % 100 === 0 || i === 2499);
      await client.setMany(stored.map((key) => [key, 1] as const));
      const before = client.getMany(keys);
      const [last, first] = [keys[2499] as string, keys[0] as string];
      const calls = [client.set(last, 2), client.delete(first), client.get(last), client.get(first)];
      expect(await before).toEqual(new Map(stored.map((key) => [key, 1])));
      expect(await Promise.all(calls)).toEqual([true, true, 2, undefined]);
      const after = stored.slice(1).map((key) => [key, key === last ? 2 : 1] as const);
      expect(await client.getMany(keys)).toEqual(new Map(after));
    });

    test('getMany as an array gives the values in the order of the keys', async () => {
      const [a, b, c] = [fresh(), fresh(), fresh()] as const;
      await client.setMany([
        [a, 1],
        [c, null],
      ]);
      expect(await client.getMany([a, b, c, a], { as: 'array' })).toStrictEqual([1, undefined, null, 1]);
      expect(await client.getMany(new Set([c, a]), { as: 'array' })).toStrictEqual([null, 1]);
      expect(await client.getMany([b], { as: 'array' })).toStrictEqual([undefined]);
      expect(await client.getMany([], { as: 'array' })).toStrictEqual([]);
      expect(await client.getMany([a], { as: 'map' })).toEqual(new Map([[a, 1]]));
      expect(await failureOf(client.getMany([a], { as: 'list' } as never))).toBeInstanceOf(InvalidArgumentError);
      const view = client.withPrefix('p/');
      await view.set('ä', 2);
      expect(await view.getMany(['none', 'ä'], { as: 'array' })).toStrictEqual([undefined, 2]);
    });

    test('getMany refuses what is no list', async () => {
      for (const wrong of ['key', 5, undefined, null, {}])
        expect(await failureOf(client.getMany(wrong as never))).toBeInstanceOf(InvalidArgumentError);
    });

    test('setMany takes entries, a Map or an object', async () => {
      const [a, b] = [fresh(), fresh()];
      const stored = new Map([
        [a, true],
        [b, true],
      ]);
      expect(
        await client.setMany([
          [a, 1],
          [b, 2],
        ]),
      ).toEqual(stored);
      expect(
        await client.setMany(
          new Map([
            [a, 3],
            [b, 4],
          ]),
        ),
      ).toEqual(stored);
      expect(await client.setMany({ [a]: 5, [b]: 6 }, { ttl: 60 })).toEqual(stored);
      expect(await client.getMany([a, b])).toEqual(
        new Map([
          [a, 5],
          [b, 6],
        ]),
      );
      expect(await ttlOf(a)).toBeGreaterThan(50);
      expect(await client.setMany([])).toEqual(new Map());
    });

    test('setMany with a value that cannot be stored stores nothing', async () => {
      const [a, b] = [fresh(), fresh()];
      expect(await failureOf(client.setMany({ [a]: 1, [b]: undefined }))).toBeInstanceOf(InvalidArgumentError);
      expect(await client.getMany([a, b])).toEqual(new Map());
    });

    test('add stores only what is not there, replace only what is', async () => {
      const key = fresh();
      expect(await client.replace(key, 1)).toBe(false);
      expect(await client.add(key, 2)).toBe(true);
      expect(await client.add(key, 3)).toBe(false);
      expect(await client.get(key)).toBe(2);
      expect(await client.replace(key, 4)).toBe(true);
      expect(await client.get(key)).toBe(4);
    });

    test('append and prepend add bytes; type and ttl stay; without a value they do nothing', async () => {
      const key = fresh();
      expect(await client.append(key, 'x')).toBe(false);
      expect(await client.prepend(key, 'x')).toBe(false);
      await client.set(key, Buffer.from('b'), 100);
      expect(await client.append(key, 'c')).toBe(true);
      expect(await client.prepend(key, 'a')).toBe(true);
      expect(await client.get(key)).toEqual(Buffer.from('abc'));
      expect(await ttlOf(key)).toBeGreaterThan(90);
    });

    test('append and prepend refuse null and undefined, whose JSON would stand within the value', async () => {
      const key = fresh();
      await client.set(key, 'text');
      for (const nothing of [null, undefined])
        for (const call of [client.append(key, nothing), client.prepend(key, nothing)])
          expect(await failureOf(call)).toBeInstanceOf(InvalidArgumentError);
      await client.append(key, 5);
      expect(await client.get(key)).toBe('text5');
    });
  });
}
