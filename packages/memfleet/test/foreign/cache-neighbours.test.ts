/**
 * A cache of memfleet and clients of other languages on the same keys of one memcached, call by call, both ways. They
 * never see an empty value, a mark or a lease.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cache, createCache, type EntryOptions } from '../../src/cache/index.ts';
import { createClient } from '../../src/client/index.ts';
import { describeJudge } from '../locator/support/judges.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import {
  djangos,
  type Json,
  type Neighbour,
  neighbours,
  prefix,
  type RunningNeighbour,
  startNeighbour,
  version,
} from './cache-neighbours.ts';

/** A load in progress. */
interface Load {
  readonly value: Promise<unknown>;
  end(value: unknown): void;
  fail(): void;
}

/** Calls getOrSet, and waits until its loader runs. */
async function beginLoad(cache: Cache, key: string, options?: EntryOptions): Promise<Load> {
  let value: Promise<unknown> = Promise.resolve();
  const ends = await new Promise<Pick<Load, 'end' | 'fail'>>((resolve) => {
    value = cache.getOrSet(
      key,
      () =>
        new Promise((end, fail) => {
          resolve({ end, fail: () => fail(new RangeError('the database is gone')) });
        }),
      options,
    );
  });
  value.catch(() => {});
  return { ...ends, value };
}

describeReal('on one memcached', () => {
  let node: RealMemcached;
  beforeAll(async () => {
    node = await startMemcached(['-t', '1']);
  });
  afterAll(() => node.stop());

  describe.each(neighbours)('$name', (neighbour) => {
    describeJudge(neighbour, 'and memfleet', (program) => {
      const { get, set, add, incr, touch, remove, five, missing } = neighbour;
      let other: RunningNeighbour;
      let cache: Cache;
      let second: Cache;
      beforeAll(async () => {
        other = startNeighbour(neighbour, program, node.port);
        const start = (): Cache => createCache({ ...neighbour.options, jitter: 0, client: clientOptions(node) });
        cache = start();
        second = start();
        await cache.clear({ all: true });
      });
      afterAll(async () => {
        other.stop();
        await Promise.all([cache.close(), second.close()]);
      });

      test('set and get', async () => {
        expect(await cache.set('ours', 'naïve ☃')).toBe(true);
        expect(await other.say(get('ours'))).toBe('naïve ☃');
        await other.say(set('theirs', 'naïve ☃'));
        expect(await cache.get('theirs')).toBe('naïve ☃');
        expect(await other.say(get('none'))).toBeNull();
        expect(await cache.get('none')).toBeUndefined();
      });

      test('an empty text is a value', async () => {
        expect(await cache.set('empty', '')).toBe(true);
        expect(await other.say(get('empty'))).toBe('');
        await other.say(set('empty', ''));
        expect(await cache.getOrSet('empty', () => 'loaded')).toBe('');
      });

      test('add', async () => {
        expect(await cache.add('added', 'ours')).toBe(true);
        expect(await other.say(add('added', 'theirs'))).toBe(false);
        expect(await other.say(add('added:there', 'theirs'))).toBe(true);
        expect(await cache.add('added:there', 'ours')).toBe(false);
        expect([await cache.get('added'), await cache.get('added:there')]).toEqual(['ours', 'theirs']);
      });

      test('numbers are counted by both', async () => {
        expect(await cache.set('counter', five)).toBe(true);
        expect(await other.say(incr('counter'))).toBe(6);
        expect(await cache.incr('counter')).toBe(7);
        expect(await cache.decr('counter', 2)).toBe(5);
        expect(await other.say(get('counter'))).toBe(five);
        expect(await cache.get('counter')).toBe(five);
      });

      test('touch and delete', async () => {
        await cache.set('touched', 'value', 10);
        expect(await other.say(touch('touched', 500))).toBe(true);
        expect(await ttlOf(node, neighbour, 'touched')).toBeGreaterThan(400);
        expect(await cache.touch('touched', 1000)).toBe(true);
        expect(await ttlOf(node, neighbour, 'touched')).toBeGreaterThan(900);
        expect(await other.say(remove('touched'))).toBe(true);
        expect(await cache.get('touched')).toBeUndefined();
        expect(await cache.touch('touched')).toBe(false);
        expect(await other.say(touch('touched', 5))).toBe(missing);
        await other.say(set('deleted', 'value'));
        expect(await cache.delete('deleted')).toBe(true);
        expect(await other.say(get('deleted'))).toBeNull();
      });

      test('what one loads or stores, the other does not load', async () => {
        await other.say(set('theirs', 'theirs'));
        expect(await cache.getOrSet('theirs', () => 'ours')).toBe('theirs');
        expect(await cache.getOrSet('loaded', () => 'ours')).toBe('ours');
        expect(await other.say(get('loaded'))).toBe('ours');
      });

      test('while memfleet loads, the other sees nothing, and may store; its value stays', async () => {
        const load = await beginLoad(cache, 'cold');
        expect(await other.say(get('cold'))).toBeNull();
        expect(await other.say(add('cold', 'theirs'))).toBe(true);
        load.end('ours');
        expect(await load.value).toBe('theirs');
        expect(await other.say(get('cold'))).toBe('theirs');
      });

      test('a delete by memfleet during a load: it is not stored', async () => {
        const load = await beginLoad(cache, 'removed');
        await second.delete('removed');
        load.end('before');
        await load.value;
        expect(await other.say(get('removed'))).toBeNull();
        expect(await second.getOrSet('removed', () => 'after')).toBe('after');
        expect(await other.say(get('removed'))).toBe('after');
      });

      test('a write of the other during a refresh stays; a refresh replaces the old value otherwise', async () => {
        const stale = { staleTtl: 100_000 };
        await other.say(set('stale', 'old'));
        const load = await beginLoad(cache, 'stale', stale);
        expect(await other.say(get('stale'))).toBe('old');
        await other.say(set('stale', 'theirs'));
        load.end('ours');
        await load.value;
        expect(await other.say(get('stale'))).toBe('theirs');
        expect(await cache.expire('stale')).toBe(true);
        expect(await cache.getOrSet('stale', () => 'ours')).toBe('ours');
        expect(await other.say(get('stale'))).toBe('ours');
      });

      test('a loader that throws, or gives nothing, leaves nothing that the other sees', async () => {
        const failing = await beginLoad(cache, 'failing');
        failing.fail();
        await expect(failing.value).rejects.toThrow('the database is gone');
        expect(await other.say(get('failing'))).toBeNull();
        await expect(second.getOrSet('failing', () => 'value')).rejects.toThrow('failed');
        expect(await cache.getOrSet('nothing', () => undefined)).toBeUndefined();
        expect(await other.say(get('nothing'))).toBeNull();
      });
    });
  });

  for (const neighbour of djangos) {
    describeJudge(neighbour, `${neighbour.name}, its other calls`, (program) => {
      let django: RunningNeighbour;
      let cache: Cache;
      const say = (method: string, ...args: Json[]): Promise<Json> => django.say([method, ...args]);
      beforeAll(async () => {
        django = startNeighbour(neighbour, program, node.port);
        cache = createCache({ ...neighbour.options, jitter: 0, client: clientOptions(node) });
        await cache.clear({ all: true });
      });
      afterAll(async () => {
        django.stop();
        await cache.close();
      });

      test('get_or_set and getOrSet', async () => {
        expect(await say('get_or_set', 'page', 'theirs')).toBe('theirs');
        expect(await cache.getOrSet('page', () => 'ours')).toBe('theirs');
        expect(await cache.getOrSet('page:2', () => 'ours')).toBe('ours');
        expect(await say('get_or_set', 'page:2', 'theirs')).toBe('ours');
        const load = await beginLoad(cache, 'page:3');
        expect(await say('get_or_set', 'page:3', 'theirs')).toBe('theirs');
        load.end('ours');
        expect(await load.value).toBe('theirs');
      });

      test('versions', async () => {
        await cache.set('versioned', 'value');
        expect(await say('get', 'versioned', { named: { version } })).toBe('value');
        expect(await say('incr_version', 'versioned')).toBe(version + 1);
        expect(await cache.get('versioned')).toBeUndefined();
        const next = createCache({ ...neighbour.options, version: version + 1, client: clientOptions(node) });
        expect(await next.get('versioned')).toBe('value');
        expect(await next.incrVersion('versioned', 2)).toBe(version + 3);
        expect(await say('get', 'versioned', { named: { version: version + 3 } })).toBe('value');
        expect(await say('decr_version', 'versioned', { named: { version: version + 3, delta: 3 } })).toBe(version);
        expect(await cache.get('versioned')).toBe('value');
        await next.close();
      });

      test('many keys', async () => {
        expect(await say('set_many', { a: 'text', b: 7, c: { bytes: 'AP8=' } })).toEqual([]);
        const read = await cache.getMany(['a', 'b', 'c', 'd']);
        expect([...read]).toEqual([
          ['a', 'text'],
          ['b', 7],
          ['c', Buffer.from([0, 255])],
        ]);
        expect(await cache.setMany({ a: 'ours', b: 8, c: Buffer.from('c') })).toEqual({ failed: [] });
        expect(await say('get_many', ['a', 'b', 'c', 'd'])).toEqual({ a: 'ours', b: 8, c: { bytes: 'Yw==' } });
        await say('delete_many', ['a', 'b']);
        expect(await cache.deleteMany(['c'])).toEqual({ failed: [] });
        expect([await cache.has('a'), await say('has_key', 'c')]).toEqual([false, false]);
      });

      test('a counter that is not there: an error of Django, undefined of memfleet', async () => {
        await expect(say('incr', 'no-counter')).rejects.toThrow('ValueError');
        expect(await cache.incr('no-counter')).toBeUndefined();
      });

      test('what Django has pickled is a miss, and getOrSet replaces it', async () => {
        await say('set', 'pickled', { float: 1.5 });
        expect(await cache.get('pickled')).toBeUndefined();
        expect(await cache.getOrSet('pickled', () => 'ours')).toBe('ours');
        expect(await say('get', 'pickled')).toBe('ours');
        await expect(cache.set('float', 1.5)).rejects.toThrow('number');
      });

      test('a timeout of None never ends, one of 0 is over', async () => {
        await say('set', 'forever', 'value', { named: { timeout: null } });
        expect(await ttlOf(node, neighbour, 'forever')).toBe(Infinity);
        await cache.set('forever:ours', 'value', { ttl: null });
        expect(await say('get', 'forever:ours')).toBe('value');
        await say('set', 'over', 'value', { named: { timeout: 0 } });
        expect(await cache.get('over')).toBeUndefined();
      });

      test('clear is that of both', async () => {
        await cache.set('cleared', 'value');
        await say('clear');
        expect(await cache.get('cleared')).toBeUndefined();
        await say('set', 'cleared', 'value');
        await cache.clear({ all: true });
        expect(await say('get', 'cleared')).toBeNull();
      });
    });
  }
});

const clientOptions = (node: RealMemcached): { nodes: string; timeout: number } => ({
  nodes: `127.0.0.1:${node.port}`,
  timeout: 5000,
});

/** The seconds that the node keeps an item yet. */
async function ttlOf(node: RealMemcached, { options }: Neighbour, key: string): Promise<number | undefined> {
  const client = createClient(clientOptions(node));
  const wire = options.keyFunction?.(key, '', 1) ?? `${prefix}:${version}:${key}`;
  const item = await client.items.get(wire, { withoutValue: true });
  await client.close();
  return item?.ttl;
}
