import { expect, test } from 'vitest';
import { type CacheEvent, type CacheFacts, checkCache } from '../../src/check/cache.ts';

function event(
  kind: CacheEvent['kind'],
  begin: number,
  end: number,
  value?: number,
  more: Partial<CacheEvent> = {},
): CacheEvent {
  const at = { beginAt: begin, endAt: end };
  return { kind, caller: 'a', key: 's:k', space: 's', begin, end, ...at, isDone: end < Infinity, value, ...more };
}

function broken(events: readonly CacheEvent[], isCalm = false, more: Partial<CacheFacts> = {}): string[] {
  return checkCache(events, isCalm, { leaseWait: 100, hardTimeout: 1000, ...more }).map(({ rule }) => rule);
}

test('what a loader gave is not read after a delete that was made while it ran', () => {
  const load = event('load', 1, 5, 7);
  expect(broken([load, event('get', 6, 7, 7)])).toEqual([]);
  expect(broken([load, event('delete', 2, 3), event('get', 6, 7, 7)])).toEqual(['P2']);
  expect(broken([load, event('delete', 2, Infinity), event('get', 6, 7, 7)])).toEqual([]);
  expect(broken([load, event('set', 2, 3, 8), event('get', 6, 7, 7)])).toEqual(['P2']);
  expect(broken([event('delete', 1, 4), event('load', 2, 5, 7), event('get', 6, 7, 7)])).toEqual([]);
});

test('what was set or loaded before a clear is not read after it', () => {
  expect(broken([event('set', 1, 2, 7), event('clear', 3, 4), event('get', 5, 6, 7)])).toEqual(['P3']);
  expect(broken([event('set', 1, 3, 7), event('clear', 2, 4), event('get', 5, 6, 7)])).toEqual([]);
  expect(broken([event('load', 1, 5, 7), event('clear', 2, 3), event('get', 6, 7, 7)])).toEqual(['P3']);
  expect(
    broken([event('set', 1, 2, 7), event('clear', 3, 4, undefined, { space: 'o' }), event('get', 5, 6, 7)]),
  ).toEqual([]);
});

test('a value that nobody wrote, or that belongs to another key, breaks G3', () => {
  expect(broken([event('get', 5, 6, 7)])).toEqual(['G3']);
  expect(broken([event('set', 1, 2, 7, { key: 's:other' }), event('get', 5, 6, 7)])).toEqual(['G3']);
});

test('two loads of a key at a time break P1 where there are no faults', () => {
  const loads = [event('load', 1, 5, 7), event('load', 4, 8, 8, { caller: 'b' })];
  expect(broken(loads, true)).toEqual(['P1']);
  expect(broken(loads)).toEqual([]);
  expect(broken([...loads, event('delete', 2, 3)], true)).toEqual([]);
  expect(broken([event('load', 1, 5, 7), event('load', 6, 8, 8, { caller: 'b' })], true)).toEqual([]);
});

test('a caller that waited for leaseWait may load beside the holder of the lease', () => {
  const load = event('load', 1, 300, 7);
  const other = event('load', 120, 320, 8, { caller: 'b' });
  expect(broken([load, event('getOrSet', 25, 330, 8, { caller: 'b' }), other], true)).toEqual(['P1']);
  expect(broken([load, event('getOrSet', 15, 330, 8, { caller: 'b' }), other], true)).toEqual([]);
});

test('a call that began before a clear may load beside one that began after it', () => {
  const first = event('load', 20, 60, 7);
  const second = [event('getOrSet', 1, 80, 8, { caller: 'b' }), event('load', 40, 70, 8, { caller: 'b' })];
  expect(
    broken(
      [...second, first].toSorted((one, other) => one.begin - other.begin),
      true,
    ),
  ).toEqual(['P1']);
  const events = [...second, first, event('clear', 3, 4)];
  expect(
    broken(
      events.toSorted((one, other) => one.begin - other.begin),
      true,
    ),
  ).toEqual([]);
});

test('a load behind a call that began before a clear, and got an old value, may run beside one that began after it', () => {
  const old = event('getOrSet', 1, 6, 5);
  const loads = [event('load', 10, 60, 7), event('load', 40, 70, 8, { caller: 'b' })];
  expect(broken([event('set', 0, 0.5, 5), old, ...loads], true)).toEqual(['P1']);
  const clear = (begin: number, end: number): string[] =>
    broken([event('set', 0, 0.5, 5), old, event('clear', begin, end), ...loads], true);
  expect(clear(3, 4)).toEqual([]);
  expect(clear(0.6, 0.8)).toEqual(['P3', 'P1']);
});

test('a value that was set or loaded before one of its tags was invalidated is not read afterwards', () => {
  const tags = ['t1', 't2'];
  const set = event('set', 1, 2, 7, { tags });
  const invalidate = event('invalidate', 3, 4, undefined, { tags: ['t2'], caller: 'b', key: '' });
  const read = event('get', 5, 6, 7, { tags });
  expect(broken([set, invalidate, read])).toEqual(['P4']);
  expect(broken([set, { ...invalidate, tags: ['t3'] }, read])).toEqual([]);
  expect(broken([set, { ...invalidate, isDone: false }, read])).toEqual([]);
  expect(
    broken([event('load', 1, 5, 7, { tags }), { ...invalidate, begin: 2, end: 3 }, { ...read, begin: 6 }]),
  ).toEqual(['P4']);
  expect(broken([set, invalidate, { ...read, tags: [] }])).toEqual([]);
});

test('a near cache gives what another process changed for the time of near.ttl, and its own changes never', () => {
  const set = event('set', 1, 2, 7);
  const deletes = event('delete', 3, 4, undefined, { caller: 'b' });
  expect(broken([set, deletes, event('get', 10, 11, 7)], false, { near: 10 })).toEqual([]);
  expect(broken([set, deletes, event('get', 15, 16, 7)], false, { near: 10 })).toEqual(['P2']);
  expect(broken([set, { ...deletes, caller: 'a' }, event('get', 10, 11, 7)], false, { near: 10 })).toEqual(['P2']);
});

test('a process does not read what it has failed to delete', () => {
  const p = { key: 'p:k', space: 'p' };
  const set = event('set', 1, 2, 7, p);
  const failed = event('delete', 3, 4, undefined, { ...p, isDone: false });
  expect(broken([set, failed, event('get', 5, 6, 7, p)])).toEqual(['P8']);
  expect(broken([set, failed, event('get', 5, 6, 7, { ...p, caller: 'b' })])).toEqual([]);
  expect(broken([set, failed, event('get', 3.5, 6, 7, p)])).toEqual([]);
  expect(broken([failed, event('set', 5, 6, 8, p), event('get', 7, 8, 8, p)])).toEqual([]);
});

test('a process does not read what it has failed to delete in a namespace whose version it knew', () => {
  const set = event('set', 1, 2, 7);
  const failed = (node?: string): CacheEvent => event('delete', 3, 4, undefined, { isDone: false, node });
  const read = event('get', 5, 6, 7);
  expect(broken([set, failed('n2'), read], false, { versionNode: 'n1' })).toEqual(['P8']);
  expect(broken([set, failed('n1'), read], false, { versionNode: 'n1' })).toEqual([]);
  expect(broken([set, failed(), read], false, { versionNode: 'n1' })).toEqual([]);
});

test('a value is not read when its ttl and the time of old values are over', () => {
  const read = (at: number): CacheEvent => event('get', at, at + 1, 7);
  expect(broken([event('set', 1, 2, 7), read(3000)], false, { longest: 3000 })).toEqual([]);
  expect(broken([event('set', 1, 2, 7), read(3010)], false, { longest: 3000 })).toEqual(['P9']);
});

test('loads of a key that is expired or spoiled meanwhile may overlap', () => {
  const loads = [event('load', 1, 5, 7), event('load', 4, 8, 8, { caller: 'b' })];
  expect(broken([...loads, event('expire', 2, 3)], true)).toEqual([]);
  expect(broken([...loads, event('spoil', 2, 3)], true)).toEqual([]);
});
