import { expect, test } from 'vitest';
import { checkFleet, type FleetFacts } from '../../src/check/check-fleet.ts';
import { checkKeys } from '../../src/check/check-keys.ts';
import type { Operation } from '../../src/history.ts';
import { call, get, set, write } from '../support/histories.ts';

const facts: FleetFacts = {
  failure: 'miss',
  nodes: ['n:1', 'n:2'],
  homeOf: () => 'n:1',
  ejections: [{ caller: 'a', node: 'n:1', from: 10, to: 20 }],
  timeout: 5,
  rules: { canEvict: false, keepsOrder: true },
};

function broken(operations: readonly Operation[], more: Partial<FleetFacts> = {}): string[] {
  return checkFleet(new Map([['k', operations]]), { ...facts, ...more }).problems.map(({ rule }) => rule);
}

test('where an ejected node means a miss, calls may miss and be refused while it is ejected, and at no other time', () => {
  expect(broken([set(1, 2, 7), get(12, 13), get(25, 26, [7])])).toEqual([]);
  expect(broken([set(1, 2, 7), get(25, 26)])).toEqual(['M3']);
  expect(broken([set(1, 2, 7), get(12, 13, undefined, { caller: 'b' })])).toEqual(['M3']);
  expect(broken([set(1, 2, 7), write('set', 12, 13, false, { number: 8 }), get(25, 26, [7])])).toEqual([]);
  expect(broken([set(1, 2, 7), write('set', 25, 26, false, { number: 8 })])).toEqual(['M3']);
  expect(broken([set(1, 2, 7), set(12, 13, 8), get(25, 26, [7])])).toEqual(['M3']);
});

test('where keys are redistributed, each node has an item of its own, and others are used during ejections only', () => {
  const one = { node: 'n:1' };
  const other = { node: 'n:2' };
  const redistribute = { failure: 'redistribute' } as const;
  const history = [set(1, 2, 7, one), get(12, 13, undefined, other), set(14, 15, 8, other), get(40, 41, [7], one)];
  expect(broken(history, redistribute)).toEqual([]);
  expect(broken([...history, get(42, 43, [8], one)], redistribute)).toEqual(['M4']);
  expect(broken([...history, get(42, 43, [8], other)], redistribute)).toEqual(['M4']);
  expect(broken([set(1, 2, 7, one), get(40, 41, undefined, one)], redistribute)).toEqual(['M4']);
});

test('where keys are redistributed, a write without a reply may be on another node than the one that its error names', () => {
  const redistribute = { failure: 'redistribute' } as const;
  const lost = call(11, undefined, { verb: 'set', number: 8, fate: 'open', node: 'n:1' });
  expect(broken([lost, get(14, 15, [8], { node: 'n:2' })], redistribute)).toEqual([]);
  expect(broken([{ ...lost, fate: 'failed' }, get(14, 15, [8], { node: 'n:2' })], redistribute)).toEqual(['M4']);
});

test('a get that may join another is as old as that one, but not older than a write of its own client', () => {
  const rules = { rule: 'M1', canEvict: false, coalesces: true, areGetsRetried: true, keepsOrder: true } as const;
  const check = (...operations: Operation[]): number => checkKeys(new Map([['k', operations]]), rules).problems.length;
  const first = [set(1, 2, 7), get(3, 9, [7])];
  const byOther = set(4, 5, 8, { caller: 'b' });
  expect(check(...first, byOther, get(6, 10, [7]))).toBe(0);
  expect(check(...first, byOther, get(6, 10, [7], { caller: 'c' }))).toBe(1);
  expect(check(...first, set(4, 5, 8), get(6, 10, [7]))).toBe(1);
});

test('a retried get may come behind a later write, but no write behind another, and no get before an earlier write', () => {
  const rules = { rule: 'M1', canEvict: false, areGetsRetried: true, keepsOrder: true } as const;
  const check = (...operations: Operation[]): number => checkKeys(new Map([['k', operations]]), rules).problems.length;
  expect(check(get(1, 9, [7]), set(2, 8, 7))).toBe(0);
  expect(check(set(1, 9, 7), get(2, 8))).toBe(1);
  expect(check(set(1, 9, 7), get(2, 8), set(3, 10, 8), get(11, 12, [7]))).toBe(1);
});

test('a cas near the restart of its node may meet a number that began again', () => {
  const token = { number: 8, expected: [7] };
  const history = [set(1, 2, 7), call(3, 4, { verb: 'wipe', caller: 'n' }), set(5, 6, 9, { caller: 'b' })];
  expect(broken([...history, write('cas', 7, 8, true, token)], { failure: 'fail' })).toEqual([]);
  const late = write('cas', 9000, 9001, true, token);
  expect(broken([...history, late], { failure: 'fail' })).toEqual(['M1']);
});
