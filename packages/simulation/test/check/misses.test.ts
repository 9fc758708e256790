import { expect, test } from 'vitest';
import { checkMisses } from '../../src/check/misses.ts';
import { get, set } from '../support/histories.ts';

test('a read finds what the old fleet had until its caller reads the new fleet only', () => {
  const broken = (...more: Parameters<typeof get>): string[] =>
    checkMisses('k', [set(1, 2, 7), get(...more)], (caller) => (caller === 'a' ? 50 : Infinity)).map(
      ({ rule }) => rule,
    );
  expect([broken(3, 4, [7]), broken(3, 4), broken(60, 61)]).toEqual([[], ['M11'], []]);
  expect(broken(60, 61, undefined, { caller: 'b' })).toEqual(['M11']);
  expect(broken(3, 4, undefined, { fate: 'open', result: undefined })).toEqual([]);
});
