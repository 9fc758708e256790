/** Who subscribes to the channels of the cache sees each call in the context of its caller, and never a value. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cacheChannel, type CacheMessage } from '../../src/cache/channels.ts';
import { World } from './support/world.ts';

const store = new AsyncLocalStorage<string>();
const subscriptions: (() => void)[] = [];

/** What a subscriber of a channel sees: the event, the caller's context and the message as it is then. */
function watch(name: string): [event: string, context: string | undefined, message: object][] {
  const seen: [string, string | undefined, object][] = [];
  const see = (event: string) => (message: unknown) => {
    seen.push([event, store.getStore(), { ...(message as object) }]);
  };
  const handlers = {
    start: see('start'),
    end: () => {},
    asyncStart: () => {},
    asyncEnd: see('asyncEnd'),
    error: see('error'),
  };
  const channel = tracingChannel(name);
  channel.subscribe(handlers);
  subscriptions.push(() => channel.unsubscribe(handlers));
  return seen;
}

afterEach(() => {
  for (const unsubscribe of subscriptions.splice(0)) unsubscribe();
});

describe('memfleet:cache', () => {
  test('makes no trace while nobody has subscribed', async () => {
    const tracePromise = vi.spyOn(cacheChannel, 'tracePromise');
    const world = new World();
    const { cache } = world.start();
    await world.until(cache.getOrSet('a', () => 'value'));
    await world.until(cache.get('a'));
    expect(tracePromise).not.toHaveBeenCalled();
  });

  test('tells the start and the end of a call in the context of its caller, and never a value', async () => {
    const world = new World({ delay: 0 });
    const { cache } = world.start();
    const seen = watch('memfleet:cache');
    await world.until(store.run('caller', () => cache.namespace('shop').getOrSet('a', () => 'value')));
    const begun = { operation: 'getOrSet', key: 'a', namespace: 'shop', batchSize: undefined };
    const unknown = { outcome: undefined, duration: undefined, error: undefined };
    expect(seen).toStrictEqual([
      ['start', 'caller', { ...begun, ...unknown }],
      ['asyncEnd', 'caller', { ...begun, outcome: 'ok', duration: expect.any(Number), error: undefined }],
    ]);
  });

  test('tells of every method what it was, how many keys it had and how it ended', async () => {
    const world = new World();
    const { cache } = world.start();
    const seen = watch('memfleet:cache');
    const error = new Error('no database');
    const fail = (): never => {
      throw error;
    };
    const calls: (() => Promise<unknown>)[] = [
      () => cache.get('none'),
      () => cache.set('a', 1),
      () => cache.get('a'),
      () => cache.add('a', 2),
      () => cache.touch('a', 60),
      () => cache.has('a'),
      () => cache.incr('a'),
      () => cache.decr('none'),
      () => cache.expire('a'),
      () => cache.delete('a'),
      () => cache.setMany({ b: 1, c: 2 }),
      () => cache.getMany(['b', 'c', 'd']),
      () => cache.getOrSetMany(new Set(['b', 'e']), () => new Map([['e', 5]])),
      () => cache.deleteMany(['b', 'c']),
      () =>
        cache
          .wrap(fail, { key: () => 'w' })()
          .catch(() => {}),
      () => cache.incrVersion('none'),
      () => cache.invalidateTags('t'),
      () => cache.namespace('n').clear(),
    ];
    for (const call of calls) await world.until(call());
    const ends = seen.filter(([event]) => event === 'asyncEnd').map(([, , message]) => message as CacheMessage);
    expect(ends.map(({ operation, key, batchSize, outcome }) => [operation, key ?? batchSize, outcome])).toEqual([
      ['get', 'none', 'miss'],
      ['set', 'a', 'ok'],
      ['get', 'a', 'ok'],
      ['add', 'a', 'ok'],
      ['touch', 'a', 'ok'],
      ['has', 'a', 'ok'],
      ['incr', 'a', 'ok'],
      ['decr', 'none', 'miss'],
      ['expire', 'a', 'ok'],
      ['delete', 'a', 'ok'],
      ['setMany', 2, 'ok'],
      ['getMany', 3, 'ok'],
      ['getOrSetMany', 2, 'ok'],
      ['deleteMany', 2, 'ok'],
      ['getOrSet', 'w', 'error'],
      ['incrVersion', 'none', 'miss'],
      ['invalidateTags', undefined, 'ok'],
      ['clear', undefined, 'ok'],
    ]);
    expect(ends.find(({ outcome }) => outcome === 'error')).toMatchObject({ error });
  });
});

describe('memfleet:cache-load', () => {
  test('tells of each run of a loader in the context of its caller, and never the value', async () => {
    const seen = watch('memfleet:cache-load');
    const world = new World();
    const { cache } = world.start();
    await world.until(store.run('caller', () => cache.getOrSet('a', () => 'value')));
    expect(seen).toStrictEqual([
      ['start', 'caller', { keys: ['a'], outcome: undefined, duration: undefined, error: undefined }],
      ['asyncEnd', 'caller', { keys: ['a'], outcome: 'loaded', duration: 0, error: undefined }],
    ]);
  });

  test('tells what a loader threw', async () => {
    const seen = watch('memfleet:cache-load');
    const error = new Error('no database');
    const world = new World();
    const { cache } = world.start();
    const load = (): never => {
      throw error;
    };
    await expect(world.until(cache.getOrSet('a', load))).rejects.toBe(error);
    expect(seen.map(([event]) => event)).toEqual(['start', 'error', 'asyncEnd']);
    expect(seen.at(-1)?.[2]).toEqual({ keys: ['a'], outcome: 'failed', duration: 0, error });
  });
});
