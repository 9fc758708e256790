import { expect, test } from 'vitest';
import { checkBounds } from '../../src/check/bounds.ts';
import type { Operation } from '../../src/history.ts';
import { call, get } from '../support/histories.ts';

function broken(operation: Operation, standstills: Parameters<typeof checkBounds>[2] = []): string[] {
  return checkBounds([operation], () => 100, standstills, 5000).map(({ rule }) => rule);
}

test('a call may take its timeout and one scan', () => {
  expect(broken(get(1000, 1110))).toEqual([]);
  expect(broken(get(1000, 1200))).toEqual(['G1']);
});

test('a call that never settles is found at the end of the run', () => {
  expect(broken(call(1000, undefined, { verb: 'set' }))).toEqual(['G1']);
  expect(broken(call(4990, undefined, { verb: 'set' }))).toEqual([]);
});

test('a call may be late by as long as its process stood still, and by no other process', () => {
  expect(broken(get(1000, 1900), [{ place: 'a', from: 1050, to: 1850 }])).toEqual([]);
  expect(broken(get(1000, 1990), [{ place: 'a', from: 1050, to: 1750 }])).toEqual(['G1']);
  expect(broken(get(1000, 1900), [{ place: 'b', from: 1050, to: 1850 }])).toEqual(['G1']);
});

test('a call of a process that ended never settles', () => {
  expect(broken(call(1000, undefined, { verb: 'set' }), [{ place: 'a', from: 1010, to: Infinity }])).toEqual([]);
});
