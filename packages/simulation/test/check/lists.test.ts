import { expect, test } from 'vitest';
import { checkLists, markMoved } from '../../src/check/lists.ts';
import { get, write } from '../support/histories.ts';

const lists = [
  { caller: 'a', from: 0, homeOf: () => 'n:1' },
  { caller: 'b', from: 0, homeOf: () => 'n:1' },
  { caller: 'a', from: 10, homeOf: () => 'n:2' },
];

test('a call goes to the home of its key in a list that was in effect while it was in progress', () => {
  const broken = (begin: number, end: number, node: string, caller = 'a'): string[] =>
    checkLists('k', [get(begin, end, [1], { node, caller })], lists).map(({ rule }) => rule);
  expect([broken(1, 5, 'n:1'), broken(9, 11, 'n:1'), broken(9, 11, 'n:2'), broken(12, 13, 'n:2')]).toEqual([
    [],
    [],
    [],
    [],
  ]);
  expect([broken(1, 5, 'n:2'), broken(12, 13, 'n:1'), broken(12, 13, 'n:2', 'b')]).toEqual([['M4'], ['M4'], ['M4']]);
});

test('a cas number that was read before the list was replaced may be one of another node', () => {
  const marked = (begin: number, caller: string): boolean | undefined =>
    markMoved([write('cas', begin, begin + 1, true, { caller })], lists)[0]?.isStaleToken;
  expect([marked(11, 'a'), marked(4000, 'a'), marked(11, 'b')]).toEqual([true, undefined, undefined]);
});
