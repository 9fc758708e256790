import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ValueArray } from '../../src/client/collected-values.ts';
import { UserKeys } from '../../src/client/user-keys.ts';
import { PartialResultError } from '../../src/core/errors.ts';
import { connect, deadAddress, failure, startNode } from '../support/harness.ts';

const sameKeys = (keys: readonly string[]): UserKeys => new UserKeys(keys, keys);

test('values that arrive in any order stand at the places of their keys', () => {
  const arrivals = fc
    .uniqueArray(fc.string({ minLength: 1 }), { maxLength: 60 })
    .chain((keys) => fc.tuple(fc.constant(keys), fc.shuffledSubarray(keys)));
  fc.assert(
    fc.property(arrivals, ([keys, arrived]) => {
      const values = new ValueArray<string>(keys, sameKeys(keys));
      for (const key of arrived) values.set(key, `value of ${key}`);
      for (const key of keys) expect(values.has(key)).toBe(arrived.includes(key));
      const wanted = keys.map((key) => (arrived.includes(key) ? `value of ${key}` : undefined));
      expect(values.result()).toStrictEqual(wanted);
      expect([...values.byKey().keys()].sort()).toEqual([...arrived].sort());
    }),
  );
});

test('a key that was given twice has its value twice, whether the node sends it once or twice', () => {
  const keys = ['a', 'b', 'a', 'c', 'a'];
  for (const arrived of [['a'], ['a', 'a'], ['c', 'a'], ['b', 'a', 'a', 'a'], ['c', 'a', 'a', 'b', 'a']]) {
    const values = new ValueArray<string>(keys, sameKeys(keys));
    for (const key of arrived) values.set(key, key);
    expect(values.result()).toStrictEqual(keys.map((key) => (arrived.includes(key) ? key : undefined)));
  }
});

test('a key that was given three times, far apart, has its value three times, whatever arrives between', () => {
  const others = Array.from({ length: 20 }, (_, n) => `b${n}`);
  const more = others.map((key) => `${key}c`);
  const keys = ['a', ...others, 'a', ...more, 'a'];
  const values = new ValueArray<string>(keys, sameKeys(keys));
  for (const key of ['a', 'a', 'a', ...others, ...more]) values.set(key, key);
  expect(values.result()).toStrictEqual(keys);
});

test('a value that nobody asked for is left out', () => {
  const values = new ValueArray<string>(['a', 'b', 'a'], sameKeys([]));
  for (const key of ['x', 'a', 'b']) values.set(key, key);
  expect(values.has('x')).toBe(false);
  expect(values.result()).toStrictEqual(['a', 'b', 'a']);
});

test('a getMany as an array from several nodes, of which one is dead, names the failed keys and has the other values', async () => {
  const [one, two] = [await startNode(), await startNode()];
  const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`.replace(' ', ':'));
  const { client: all } = connect([one, two]);
  await all.setMany(keys.map((key) => [key, key] as const));
  expect(await all.getMany(keys, { as: 'array' })).toStrictEqual(keys);
  expect(await all.getMany(keys.toReversed(), { as: 'array' })).toStrictEqual(keys.toReversed());

  const { client: half } = connect([one, await deadAddress()]);
  const error = await failure(half.getMany(keys, { as: 'array' }));
  expect(error).toBeInstanceOf(PartialResultError);
  const { results, failures } = error as PartialResultError;
  expect(failures.size).toBeGreaterThan(0);
  expect(keys.filter((key) => failures.has(key) && results.has(key))).toEqual([]);
});
