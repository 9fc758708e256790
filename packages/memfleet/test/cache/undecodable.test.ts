/** What another client stored under a key of the cache is a miss, and is reported. */
import { expect, test } from 'vitest';
import { EncodedEntry } from '../../src/cache/entry-transcoder.ts';
import { entryFlags } from '../../src/cache/entry.ts';
import { World } from './support/world.ts';

test.each([
  ['of flags that the transcoder does not know', new EncodedEntry('x', 77)],
  ['that is a cut envelope', new EncodedEntry('x', entryFlags.envelope)],
  ['that is a chunk', new EncodedEntry('x', entryFlags.chunk)],
])('an item %s is a miss, counted and reported with its key and flags', async (_, entry) => {
  const world = new World();
  const { cache, calls } = world.start();
  const seen: { key: string; flags: number }[] = [];
  cache.on('undecodable', ({ key, flags }) => seen.push({ key, flags }));
  await world.until(calls.setItem(':1:a', entry));
  expect(await world.until(cache.get('a'))).toBeUndefined();
  expect(seen).toEqual([{ key: 'a', flags: entry.flags }]);
  expect(cache.stats().misses).toMatchObject({ undecodable: 1, absent: 0 });
  expect(await world.until(cache.getMany(['a']))).toEqual(new Map());
  expect(await world.until(cache.getOrSet('a', () => 'loaded'))).toBe('loaded');
  expect(new Set(seen.map(({ key }) => key))).toEqual(new Set(['a']));
  expect(await world.until(cache.get('a'))).toBe('loaded');
});
