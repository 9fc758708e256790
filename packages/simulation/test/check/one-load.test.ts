import { expect, test } from 'vitest';
import { checkLoads, type Loading } from '../../src/check/one-load.ts';

function loading(calledAt: number, from: number, to: number, more: Partial<Loading> = {}): Loading {
  return { caller: 'a', key: 'k', number: from, calledAt, from, to, ...more };
}

test('a client runs one loader of a key at a time, until the call that started it times out', () => {
  const broken = (...loadings: Loading[]): string[] => checkLoads(loadings, 100, []).map(({ rule }) => rule);
  const first = loading(0, 5, 50);
  expect([broken(first, loading(40, 50, 60)), broken(first, loading(40, 45, 60))]).toEqual([[], ['M11']]);
  expect(broken(first, loading(40, 45, 60, { caller: 'b' }), loading(40, 46, 60, { key: 'l' }))).toEqual([]);
  expect(broken(loading(0, 5, Infinity), loading(90, 100, 110))).toEqual([]);
  expect(broken(loading(0, 5, Infinity), loading(90, 98, 110))).toEqual(['M11']);
  expect(checkLoads([first, loading(40, 45, 60)], 100, [{ place: 'a', from: 10, to: 30 }])).toEqual([]);
});
