import { expect, test } from 'vitest';
import { checkKeys, type KeyRules } from '../../src/check/check-keys.ts';
import type { Operation } from '../../src/history.ts';
import { call, get, incr, set, write } from '../support/histories.ts';

const strict: KeyRules = { rule: 'M1', canEvict: false, keepsOrder: true };

/** The rules that the history of one key breaks. */
function broken(operations: readonly Operation[], rules: Partial<KeyRules> = {}): string[] {
  return checkKeys(new Map([['k', operations]]), { ...strict, ...rules }).problems.map(({ rule }) => rule);
}

test('a read of the last write, and of either of two that overlap, is right', () => {
  expect(broken([set(1, 2, 7), get(3, 4, [7])])).toEqual([]);
  expect(broken([set(1, 4, 7), set(2, 5, 8, { caller: 'b' }), get(6, 7, [7])])).toEqual([]);
  expect(broken([set(1, 4, 7), set(2, 5, 8, { caller: 'b' }), get(6, 7, [8])])).toEqual([]);
});

test('a lost write, an older value and a value from the future break M1', () => {
  expect(broken([set(1, 2, 7), get(3, 4)])).toEqual(['M1']);
  expect(broken([set(1, 2, 7), set(3, 4, 8), get(5, 6, [7])])).toEqual(['M1']);
  expect(broken([get(1, 2, [7]), set(3, 4, 7)])).toEqual(['M1']);
});

test('a value that was read does not give way to the one before it', () => {
  const sets = [set(1, 20, 7), set(2, 21, 8, { caller: 'b' })];
  expect(broken([...sets, get(3, 4, [7]), get(5, 6, [8])])).toEqual([]);
  expect(broken([...sets, get(3, 4, [7]), get(5, 6, [8]), get(7, 8, [7])])).toEqual(['M1']);
});

test('a write without a reply may take effect at any time, or never, but once', () => {
  const open = set(1, undefined, 7);
  expect(broken([open, get(3, 4), get(5, 6, [7])])).toEqual([]);
  expect(broken([open, set(2, 3, 8), get(4, 5, [8]), get(6, 7, [7])])).toEqual([]);
  expect(broken([open, set(2, 3, 8), get(4, 5, [7]), get(6, 7, [8])])).toEqual(['M1']);
});

test('a write without a reply that nobody read explains what it must, as often as it was made', () => {
  const open = set(1, undefined, 7);
  expect(broken([open, write('delete', 2, 3, true), get(4, 5)])).toEqual([]);
  expect(broken([open, write('delete', 2, 3, true), write('delete', 4, 5, true)])).toEqual(['M1']);
  expect(broken([open, set(2, undefined, 8), write('delete', 3, 4, true), write('delete', 5, 6, true)])).toEqual([]);
});

test('add, replace, append, delete and cas do what the item says', () => {
  expect(broken([write('add', 1, 2, true, { number: 7 }), write('add', 3, 4, true, { number: 8 })])).toEqual(['M1']);
  expect(broken([write('replace', 1, 2, true, { number: 7 })])).toEqual(['M1']);
  expect(broken([set(1, 2, 7), write('append', 3, 4, true, { number: 8 }), get(5, 6, [7, 8])])).toEqual([]);
  expect(broken([set(1, 2, 7), write('append', 3, 4, true, { number: 8 }), get(5, 6, [7])])).toEqual(['M1']);
  expect(broken([write('delete', 1, 2, true)])).toEqual(['M1']);
  const token = { number: 8, expected: [7] };
  expect(broken([set(1, 2, 7), write('cas', 3, 4, true, token), get(5, 6, [8])])).toEqual([]);
  expect(broken([set(1, 2, 7), set(3, 4, 9), write('cas', 5, 6, true, token)])).toEqual(['M1']);
  expect(broken([set(1, 2, 7), write('cas', 3, 4, false, token)])).toEqual(['M1']);
});

test('a wipe takes the item, and it does not come back', () => {
  const wipe = call(3, 4, { verb: 'wipe', caller: 'node' });
  expect(broken([set(1, 2, 7), wipe, get(5, 6)])).toEqual([]);
  expect(broken([set(1, 2, 7), wipe, get(5, 6, [7])])).toEqual(['M1']);
});

test('an item with a ttl may be gone a second before its time, and must be gone a second after it', () => {
  const item = set(1, 2, 7, { ttl: 10 });
  const seen = (at: number, numbers?: readonly number[]): Operation => get(3, 4, numbers, { beginAt: at, endAt: at });
  expect(broken([item, seen(8000)])).toEqual(['M1']);
  expect(broken([item, seen(9500)])).toEqual([]);
  expect(broken([item, seen(9500, [7])])).toEqual([]);
  expect(broken([item, seen(11_500, [7])])).toEqual(['M1']);
});

test('where memory is short an item may go, but does not come back', () => {
  const history = [set(1, 2, 7), get(3, 4), get(5, 6, [7])];
  expect(broken(history.slice(0, 2), { canEvict: true })).toEqual([]);
  expect(broken(history, { canEvict: true })).toEqual(['M1']);
});

test('calls of one caller that take effect in another order break M5, those of two callers do not', () => {
  const both = [set(1, 10, 7), set(2, 9, 8)];
  expect(broken([...both, get(11, 12, [8])])).toEqual([]);
  expect(broken([...both, get(11, 12, [7])])).toEqual(['M5']);
  expect(broken([...both, get(11, 12, [7])], { keepsOrder: false })).toEqual([]);
  expect(broken([set(1, 10, 7), set(2, 9, 8, { caller: 'b' }), get(11, 12, [7])])).toEqual([]);
  expect(broken([set(1, 10, 7), get(2, 9)])).toEqual(['M5']);
});

test('a counter counts each increment once, and one without a reply at most once', () => {
  expect(broken([incr(1, 2, 1, { initial: 1 }), incr(3, 4, 2, { initial: 1 })])).toEqual([]);
  expect(broken([incr(1, 2, 1, { initial: 1 }), incr(3, 4, 3, { initial: 1 })])).toEqual(['M2']);
  expect(broken([incr(1, 2, 1, { initial: 1 }), incr(3, 4, 1, { initial: 1 })])).toEqual(['M2']);
  const open = [incr(1, 2, 1, { initial: 1 }), incr(3, undefined), incr(4, undefined)];
  expect(broken([...open, incr(5, 6, 4)])).toEqual([]);
  expect(broken([...open, incr(5, 6, 5)])).toEqual(['M2']);
});

test('a history with many writes without a reply is decided', () => {
  const open = Array.from({ length: 500 }, (_, index) => set(index + 1, undefined, index));
  const report = checkKeys(new Map([['k', [...open, write('delete', 1001, 1002, true), get(1003, 1004)]]]), strict);
  expect(report).toEqual({ problems: [], checked: 1, undecided: 0 });
});
