/** C2, C3, C5 and the order of calls of a bucket: breaches by hand. */
import { expect, test } from 'vitest';
import { checkKeys, type KeyRules } from '../../src/check/check-keys.ts';
import type { Operation } from '../../src/history.ts';
import { checkBusy } from '../../src/scenarios/couchbase/check-busy.ts';
import { call, get, incr, set } from '../support/histories.ts';

/** The rules that the history of one key breaks. */
function broken(operations: readonly Operation[], rules: Partial<KeyRules> = {}): string[] {
  const strict: KeyRules = { rule: 'C1', canEvict: false, keepsOrder: true, ...rules };
  return checkKeys(new Map([['k', operations]]), strict).problems.map(({ rule }) => rule);
}

/** A failover: what ended by `keptUntil` is kept. */
function failover(at: number, keptUntil: number): Operation {
  return call(at, at + 1, { verb: 'rollback', caller: 'cluster', keptUntil });
}

test('a failover may lose the writes that replicas did not have yet, the last ones first', () => {
  const sets = [set(1, 2, 7), set(3, 4, 8), set(5, 6, 9)];
  for (const number of [9, 8, 7]) expect(broken([...sets, failover(10, 1), get(12, 13, [number])])).toEqual([]);
  expect(broken([...sets, failover(10, 4), get(12, 13, [8])])).toEqual([]);
  expect(broken([...sets, failover(10, 4), get(12, 13, [7])])).toEqual(['C2']);
  expect(broken([...sets, failover(10, 1), get(12, 13)])).toEqual([]);
  expect(broken([...sets, failover(10, 2), get(12, 13)])).toEqual(['C2']);
});

test('a failover may lose a write that was executed after its call had timed out', () => {
  const late = set(3, undefined, 8, { endAt: 4 });
  const sets = [set(1, 2, 7), late, set(20, 21, 9)];
  for (const number of [9, 8, 7]) expect(broken([...sets, failover(30, 10), get(32, 33, [number])])).toEqual([]);
  expect(broken([...sets, failover(30, 22), get(32, 33, [9])])).toEqual([]);
  expect(broken([...sets, failover(30, 22), get(32, 33, [7])])).toEqual(['C2']);
});

test('a failover may lose an increment that was executed after its call had timed out', () => {
  const counts = [incr(1, 2, 1, { initial: 1 }), incr(3, undefined, undefined, { endAt: 4 }), incr(20, 21, 3)];
  for (const count of [4, 3, 2]) expect(broken([...counts, failover(30, 10), incr(32, 33, count)])).toEqual([]);
  for (const count of [3, 2]) expect(broken([...counts, failover(30, 22), incr(32, 33, count)])).toEqual(['C2']);
});

test('of two increments without a reply, one durable, a failover may lose the other one', () => {
  const durable = incr(3, undefined, undefined, { isDurable: true });
  const counts = [incr(1, 2, 1, { initial: 1 }), durable, incr(4, undefined), incr(20, 21, 3)];
  for (const count of [4, 3, 2]) expect(broken([...counts, failover(30, 10), incr(32, 33, count)])).toEqual([]);
});

test('a failover brings back no item of a collection that was dropped', () => {
  const wiped = [set(1, 2, 7), call(3, 4, { verb: 'wipe', caller: 'cluster' })];
  expect(broken([...wiped, failover(10, 0), get(12, 13, [7])])).toEqual(['C2']);
  expect(broken([...wiped, set(5, 6, 8), failover(10, 0), get(12, 13)])).toEqual([]);
  expect(broken([...wiped, set(5, 6, 8), failover(10, 0), get(12, 13, [7])])).toEqual(['C2']);
});

test('what a failover has lost does not come back, and what was kept stays', () => {
  const sets = [set(1, 2, 7), set(3, 4, 8), failover(10, 2)];
  expect(broken([...sets, get(12, 13, [7]), get(14, 15, [8])])).toEqual(['C2']);
  expect(broken([...sets, get(12, 13, [8]), get(14, 15, [7])])).toEqual(['C2']);
});

test('a failover loses no durable write, and none before it', () => {
  const durable = set(3, 4, 8, { isDurable: true });
  expect(broken([set(1, 2, 7), durable, failover(10, 0), get(12, 13, [7])])).toEqual(['C2']);
  expect(broken([set(1, 2, 7), durable, set(5, 6, 9), failover(10, 0), get(12, 13, [8])])).toEqual([]);
});

test('a durable write without a reply may take effect or not', () => {
  const open = set(3, undefined, 8, { isDurable: true });
  for (const number of [7, 8]) expect(broken([set(1, 2, 7), open, failover(10, 2), get(12, 13, [number])])).toEqual([]);
});

test('a failover takes counters back', () => {
  const counts = [call(1, 2, { verb: 'add', initial: 1, result: { applied: true } }), incr(3, 4, 2), incr(5, 6, 3)];
  expect(broken([...counts, failover(10, 2), incr(12, 13, 2)])).toEqual([]);
  expect(broken([...counts, failover(10, 4), incr(12, 13, 2)])).toEqual(['C2']);
});

test('a replica is no older than its lag, or than the outage of a node', () => {
  const old = get(100, 101, [7], { isOfReplica: true });
  const history = [set(1, 2, 7), set(80, 90, 8), old];
  expect(broken(history, { replicas: { lag: 20, outages: [] } })).toEqual([]);
  expect(broken(history, { replicas: { lag: 5, outages: [] } })).toEqual(['C3']);
  expect(broken(history, { replicas: { lag: 5, outages: [{ place: 'n', from: 70, to: 96 }] } })).toEqual([]);
  expect(broken(history, { replicas: { lag: 5, outages: [{ place: 'n', from: 70, to: 85 }] } })).toEqual(['C3']);
  expect(broken([set(1, 2, 7), set(80, 90, 8), get(100, 101, [7])], { replicas: { lag: 20, outages: [] } })).toEqual([
    'C1',
  ]);
});

test('where nodes refuse calls for a while, gets have no place in the order, and writes have', () => {
  const history = [set(1, 9, 7), get(2, 8)];
  expect(broken(history, { areGetsUnordered: true })).toEqual([]);
  expect(broken(history)).toEqual(['M5']);
  expect(broken([set(1, 9, 7), set(2, 8, 8), get(10, 11, [7])], { areGetsUnordered: true })).toEqual(['M5']);
});

test('a call waits for a busy node until its timeout is over', () => {
  const refused = (took: number): string[] =>
    checkBusy([get(100, 100 + took, undefined, { fate: 'open', status: 0x86 })], 500).map(({ rule }) => rule);
  expect(refused(100)).toEqual(['C5']);
  expect(refused(480)).toEqual([]);
});

test('a call that a later write of its key has overtaken may fail early', () => {
  const refused = set(100, 200, 7, { fate: 'open', status: 0x86 });
  expect(checkBusy([refused, set(110, 200, 8)], 500)).toEqual([]);
  expect(checkBusy([refused, set(110, 210, 8)], 500)).toHaveLength(1);
  expect(checkBusy([refused, set(110, 200, 8, { caller: 'b' })], 500)).toHaveLength(1);
});
