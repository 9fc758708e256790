import { expect, test } from 'vitest';
import { longestRead } from '../../src/check/stale-tokens.ts';
import { unwellTimes } from '../../src/check/unwell.ts';
import type { Operation } from '../../src/history.ts';
import * as checks from '../../src/scenarios/routes/checks.ts';
import { call, get, set, write } from '../support/histories.ts';

const facts: checks.RouteFacts = {
  strikes: 'all',
  routeOf: (node) => (node === 'n2' ? 1 : 0),
  warmOf: () => 100,
  unwell: [{ from: 10, to: 20 }],
  rules: { canEvict: false, keepsOrder: true },
};

type Check = typeof checks.plain;

function broken(check: Check, operations: readonly Operation[], more: Partial<checks.RouteFacts> = {}): string[] {
  return check(new Map([['k', operations]]), { ...facts, ...more }).problems.map(({ rule }) => rule);
}

const [onFirst, onSecond] = checks.directCallers.map((caller) => ({ caller })) as [
  { caller: string },
  { caller: string },
];
const wipeOf = (node: string, begin: number): Operation => call(begin, begin + 1, { verb: 'wipe', caller: node, node });

test('a write that replicate acknowledges is on both routes, and one without a reply may be on either', () => {
  const check = checks.replicate(false, false);
  const stored = [set(1, 2, 7)];
  expect(broken(check, [...stored, get(30, 31, [7], onFirst), get(32, 33, [7], onSecond)])).toEqual([]);
  expect(broken(check, [...stored, get(32, 33, undefined, onSecond)])).toEqual(['M8']);
  const open = [...stored, set(3, undefined, 8)];
  expect(broken(check, [...open, get(30, 31, [8], onFirst), get(32, 33, [7], onSecond)])).toEqual([]);
  expect(broken(check, [...open, get(30, 31, [7], onFirst), get(32, 33, [8], onSecond)])).toEqual([]);
  expect(
    broken(check, [...stored, get(30, 31, [7]), wipeOf('n1', 32), get(34, 35, [7], { caller: checks.survivor })]),
  ).toEqual([]);
  expect(broken(check, [...stored, wipeOf('n1', 32), get(34, 35, undefined, { caller: checks.survivor })])).toEqual([
    'M8',
  ]);
});

test('reads of replicate are those of the first route while it is well, and of any one otherwise or in a race', () => {
  const differ = [set(1, 2, 7), set(3, undefined, 8), get(5, 6, [8], onSecond), get(7, 8, [7], onFirst)];
  expect(broken(checks.replicate(false, false), [...differ, get(12, 13, [8]), get(14, 15, [7])])).toEqual([]);
  expect(broken(checks.replicate(false, false), [...differ, get(30, 31, [8]), get(32, 33, [7])])).toEqual(['M8']);
  expect(broken(checks.replicate(true, false), [...differ, get(30, 31, [8]), get(32, 33, [7])])).toEqual([]);
  expect(broken(checks.replicate(true, false), [...differ, get(30, 31, [9])])).toEqual(['M8']);
});

test('a cas is a set on the second route, and a delete that found nothing found nothing anywhere', () => {
  const check = checks.replicate(false, false);
  const swapped = [set(1, 2, 7), write('cas', 3, 4, true, { number: 8, expected: [7] })];
  expect(broken(check, [...swapped, get(32, 33, [8], onSecond)])).toEqual([]);
  expect(broken(check, [...swapped, get(32, 33, [7], onSecond)])).toEqual(['M8']);
  expect(broken(check, [set(1, 2, 7), write('delete', 3, 4, false)])).toEqual(['M8']);
  expect(broken(check, [set(1, 2, 7), wipeOf('n1', 3), write('delete', 5, 6, true)])).toEqual([]);
});

test('a cas whose number another route may have returned is refused, or compared; never stored over another item', () => {
  const check = checks.replicate(false, false);
  const swap = (at: number, isApplied: boolean): Operation =>
    write('cas', at, at + 1, isApplied, { number: 8, expected: [7] });
  expect(broken(check, [set(1, 2, 7), swap(22, false)])).toEqual([]);
  expect(broken(check, [set(1, 2, 7), swap(22, true)])).toEqual([]);
  expect(broken(check, [set(1, 2, 7), set(3, 4, 9), swap(22, true)])).toEqual(['M8']);
  expect(broken(check, [set(1, 2, 7), swap(20 + longestRead + 1, false)])).toEqual(['M8']);
});

test('where replicate waits for the first reply only, only the first route must have what is acknowledged', () => {
  const check = checks.replicate(false, true);
  expect(broken(check, [set(1, 2, 7), get(32, 33, undefined, onSecond)])).toEqual([]);
  expect(broken(check, [set(1, 2, 7), get(32, 33, undefined, onFirst)])).toEqual(['M8']);
});

test('a failover is a fleet of its own while the first route is well', () => {
  const { failover } = checks;
  expect(broken(failover, [set(1, 2, 7), get(12, 13), set(14, 15, 8), get(30, 31, [7])])).toEqual([]);
  expect(broken(failover, [set(1, 2, 7), set(14, 15, 8), get(30, 31, [8])])).toEqual([]);
  expect(broken(failover, [set(1, 2, 7), set(14, 15, 8), get(30, 31, [8]), get(32, 33, [7])])).toEqual(['M9']);
  expect(broken(failover, [set(1, 2, 7), get(30, 31)])).toEqual(['M9']);
  expect(broken(failover, [set(1, 2, 7), wipeOf('n2', 3), get(30, 31, [7])])).toEqual([]);
});

test('callers see nothing of a shadow', () => {
  expect(broken(checks.first, [set(1, 2, 7), wipeOf('n2', 3), get(5, 6, [7])])).toEqual([]);
  expect(broken(checks.first, [set(1, 2, 7), get(5, 6)])).toEqual(['M9']);
});

test('a copy of a warm cluster never replaces a newer item, and returns after a delete only if that met it', () => {
  const { warmUp } = checks;
  const warmed = set(1, 2, 100);
  const calm = { strikes: 'clients' } as const;
  expect(broken(warmUp, [warmed, get(3, 4, [100]), set(5, 6, 7), get(7, 8, [7])], calm)).toEqual([]);
  expect(broken(warmUp, [warmed, set(5, 6, 7), get(7, 8, [100])], calm)).toEqual(['M9']);
  expect(broken(warmUp, [warmed, set(5, 6, 7), get(7, 8, [100])])).toEqual(['M9']);
  const removed = write('delete', 5, 8, true);
  expect(broken(warmUp, [warmed, removed, get(9, 10, [100])], calm)).toEqual(['M9']);
  expect(broken(warmUp, [warmed, removed, get(9, 10, [100])])).toEqual([]);
  const met = [warmed, removed, get(6, 9, [100], { caller: 'b' })];
  expect(broken(warmUp, [...met, get(10, 11, [100])], calm)).toEqual([]);
  expect(broken(warmUp, [...met, get(10, 11)], calm)).toEqual([]);
  expect(broken(warmUp, [warmed, get(3, 4)], calm)).toEqual(['M9']);
  expect(broken(warmUp, [warmed, get(3, 4)])).toEqual([]);
});

test('a route may have failed where a fault struck its nodes, a way to them, or the proxy', () => {
  const times = (...faults: Parameters<typeof unwellTimes>[0]): number[] =>
    unwellTimes(faults, { nodes: ['n1'], proxy: 'p1' }, 1000, 50).map(({ from, to }) => to - from);
  expect(times({ at: 5, kind: 'kill', target: 'n1', ms: 10 }, { at: 5, kind: 'pause', target: 'p1', ms: 1 })).toEqual([
    60, 51,
  ]);
  expect(times({ at: 5, kind: 'spike', target: 'p1', other: 'n1', ms: 2 })).toEqual([52]);
  expect(
    times({ at: 5, kind: 'spike', target: 'p1', other: 'n2' }, { at: 5, kind: 'spike', target: 'c1', other: 'p1' }),
  ).toEqual([]);
});
