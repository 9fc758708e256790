import { expect, test } from 'vitest';
import { checkValues } from '../../src/check/values.ts';
import { numbersIn, valueOf } from '../../src/values.ts';
import { get, set } from '../support/histories.ts';

test('a value tells its key and the numbers of its writes', () => {
  const text = valueOf('k7', { number: 3, length: 20 }) + valueOf('k7', { number: 12, length: 2 });
  expect(text).toBe('k7#3:20;............k7#12:2;');
  expect(numbersIn('k7', text)).toEqual([3, 12]);
});

test.each(['', 'k7#3:20;...........', 'k7#3:20;...........,', 'k8#3:20;............', 'k7#3:20;............x'])(
  'a text that was not written for the key has no numbers: %j',
  (text) => {
    expect(numbersIn('k7', text)).toBeUndefined();
  },
);

test('a read of a write that failed unsent breaks G2, one of no write or a later one G3', () => {
  const rules = (...operations: Parameters<typeof checkValues>[1][number][]): string[] =>
    checkValues('k', operations).map(({ rule }) => rule);
  expect(rules(set(1, 2, 7), get(3, 4, [7]))).toEqual([]);
  expect(rules(set(1, 2, 7, { fate: 'failed' }), get(3, 4, [7]))).toEqual(['G2']);
  expect(rules(get(3, 4, [7]))).toEqual(['G3']);
  expect(rules(get(3, 4, [7]), set(5, 6, 7))).toEqual(['G3']);
});
