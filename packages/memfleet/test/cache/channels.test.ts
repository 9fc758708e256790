/** Who subscribes to the channels of the cache sees each call in the context of its caller, and never a value. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CacheTrace } from '../../src/cache/channels.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';
import { World } from './support/world.ts';

const store = new AsyncLocalStorage<string>();
const clock = new FakeClock();
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
  test('makes no message while nobody has subscribed', () => {
    const start = vi.fn(() => ({ operation: 'get', key: 'a', namespace: undefined, batchSize: undefined }));
    expect(CacheTrace.of(start, clock)).toBeUndefined();
    expect(start).not.toHaveBeenCalled();
  });

  test('tells the start and the end of a call in the context of its caller', async () => {
    const seen = watch('memfleet:cache');
    const start = { operation: 'getOrSet', key: 'a', namespace: 'shop', batchSize: undefined };
    await store.run('caller', async () => {
      const trace = CacheTrace.of(() => start, clock);
      await trace?.run(async () => {
        clock.advance(12);
        trace.settle('fresh');
        return 'value';
      });
    });
    const begun = { ...start, outcome: undefined, duration: undefined, error: undefined };
    const ended = { ...start, outcome: 'fresh', duration: 12, error: undefined };
    expect(seen).toStrictEqual([
      ['start', 'caller', begun],
      ['asyncEnd', 'caller', ended],
    ]);
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
