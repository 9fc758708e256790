/** P5, P6, P7 and G2 of a cache: breaches by hand. */
import { InvalidArgumentError, TimeoutError } from 'memfleet';
import { LoaderFailedElsewhereError } from 'memfleet/cache';
import { expect, test } from 'vitest';
import { checkCacheBounds, checkCacheValue, checkRejection, loadFailed } from '../../src/check/cache-calls.ts';
import type { CacheEvent } from '../../src/check/cache.ts';

function event(kind: CacheEvent['kind'], begin = 1, end = 2, more: Partial<CacheEvent> = {}): CacheEvent {
  const at = { beginAt: begin, endAt: end };
  return { kind, caller: 'a.1', key: 'p:k', space: 'p', begin, end, ...at, isDone: end < Infinity, ...more };
}

test('a read that returns anything but a value of ours or nothing breaks P6', () => {
  const broken = (value: unknown): string[] => checkCacheValue(event('get'), value, 5).map(({ rule }) => rule);
  for (const value of [undefined, 0, 7]) expect(broken(value)).toEqual([]);
  for (const value of [null, '', '7', {}, Buffer.from('half of an entry'), Number])
    expect(broken(value)).toEqual(['P6']);
});

test('a cache that hides errors and rejects breaks P7, but for clear, invalidateTags and what a loader throws', () => {
  const late = new TimeoutError('too late', 'total');
  const broken = (kind: CacheEvent['kind'], error: unknown, hidesErrors = true): string[] =>
    checkRejection(event(kind), error, hidesErrors, 5).map(({ rule }) => rule);
  for (const kind of ['get', 'set', 'delete', 'expire', 'getOrSet'] as const) {
    expect(broken(kind, late)).toEqual(['P7']);
    expect(broken(kind, late, false)).toEqual([]);
  }
  for (const kind of ['clear', 'invalidate'] as const) expect(broken(kind, late)).toEqual([]);
  const elsewhere = new LoaderFailedElsewhereError('p:k', { at: 1, name: 'Error', code: undefined });
  for (const error of [new Error(loadFailed), elsewhere]) {
    expect(broken('getOrSet', error)).toEqual([]);
    expect(broken('get', error)).toEqual(['P7']);
  }
});

test('a call of a cache that rejects with another error than those of memfleet or its loader breaks G2', () => {
  for (const error of [new TypeError('x is undefined'), new InvalidArgumentError('unknown option'), 'text', undefined])
    for (const hidesErrors of [true, false])
      expect(checkRejection(event('getOrSet'), error, hidesErrors, 5).map(({ rule }) => rule)).toEqual(['G2']);
});

test('a call of a cache that settles too late, or never, breaks P5', () => {
  const waits = { timeout: 100, leaseWait: 1000, hardTimeout: 2000 };
  const broken = (of: CacheEvent, standstills: Parameters<typeof checkCacheBounds>[2] = []): string[] =>
    checkCacheBounds([of], waits, standstills, 20_000).map(({ rule }) => rule);
  expect(broken(event('get', 0, 300))).toEqual([]);
  expect(broken(event('get', 0, 301))).toEqual(['P5']);
  expect(broken(event('get', 0, 700, { space: 's' }))).toEqual([]);
  expect(broken(event('get', 0, 701, { space: 's' }))).toEqual(['P5']);
  expect(broken(event('set', 0, 700, { tags: ['t1'] }))).toEqual([]);
  expect(broken(event('set', 0, 701, { tags: ['t1'] }))).toEqual(['P5']);
  expect(broken(event('getOrSet', 0, 3400))).toEqual([]);
  expect(broken(event('getOrSet', 0, 3401))).toEqual(['P5']);
  expect(broken(event('get', 0, Infinity))).toEqual(['P5']);
  expect(broken(event('get', 19_900, Infinity))).toEqual([]);
  // The process of the call stood still, or has ended.
  expect(broken(event('get', 0, 800), [{ place: 'a', from: 10, to: 510 }])).toEqual([]);
  expect(broken(event('get', 0, 800), [{ place: 'b', from: 10, to: 510 }])).toEqual(['P5']);
  expect(broken(event('get', 0, Infinity), [{ place: 'a.1', from: 10, to: Infinity }])).toEqual([]);
  // Loaders take the time that they take.
  expect(broken(event('load', 0, 9000))).toEqual([]);
});
