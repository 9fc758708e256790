import { expect, test } from 'vitest';
import { type CacheEvent, checkCache } from '../../src/check/cache.ts';

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

function broken(events: readonly CacheEvent[], isCalm = false): string[] {
  return checkCache(events, isCalm, { leaseWait: 100, hardTimeout: 1000 }).map(({ rule }) => rule);
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

test('a value of nobody or of another key breaks G3', () => {
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
