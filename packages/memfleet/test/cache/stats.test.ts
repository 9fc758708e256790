/** A cache counts what its calls found, and its statistics are a snapshot. */
import { expect, test } from 'vitest';
import { makeCounters } from '../../src/cache/counters.ts';
import { checkCacheEvent } from '../../src/cache/events.ts';
import { cacheStats } from '../../src/cache/stats.ts';
import { InvalidArgumentError } from '../../src/core/errors.ts';

test('the statistics are those of the moment, whatever is counted later', () => {
  const counters = makeCounters();
  counters.hits.fresh++;
  counters.loadTimes.add(15);
  const traffic = { read: 0, written: 5 };
  const before = cacheStats(counters, { traffic, near: { items: 1, bytes: 10, evicted: 2 } });
  counters.hits.fresh++;
  traffic.read += 100;
  counters.loadTimes.add(15);
  expect(before).toMatchObject({
    hits: { fresh: 1 },
    bytes: { read: 0, written: 5, savedByNear: 0 },
    loadTimes: { count: 1, sum: 15 },
  });
  expect(before.near).toEqual({ items: 1, bytes: 10, evicted: 2 });
  expect(before.pendingDeletes).toEqual({ kept: 0, sent: 0, dropped: 0 });
  expect(cacheStats(counters, { traffic })).toMatchObject({
    hits: { fresh: 2 },
    loadTimes: { count: 2 },
    near: { items: 0 },
  });
});

test('an event that a cache does not have is refused, with the one that may be meant', () => {
  checkCacheEvent('staleRisk');
  expect(() => checkCacheEvent('loadErrors')).toThrow(/unknown event "loadErrors".*loadError/);
  expect(() => checkCacheEvent(7)).toThrow(InvalidArgumentError);
});
