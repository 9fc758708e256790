/** What `getOrSet` does with time: of its callers, of the cache, of the loader. Time is the fake clock's. */
import { describe, expect, test } from 'vitest';
import { Loads, type Loader, type Storage } from '../../src/client/get-or-set.ts';
import { ConnectError, TimeoutError } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';

const never = (): Promise<never> => new Promise(() => {});

/** What the promise has come to. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([
    promise.then(
      (value) => value,
      (error: unknown) => (error instanceof TimeoutError ? 'timeout' : error),
    ),
    new Promise((resolve) => setImmediate(resolve, 'pending')),
  ]);
}

function setUp(given: Partial<Storage<unknown>> = {}) {
  const clock = new FakeClock();
  const loads = new Loads(clock, 1000);
  const calls: string[] = [];
  const log =
    <R>(verb: string, result: R) =>
    (key: string, ...rest: readonly unknown[]): Promise<R> => {
      calls.push([verb, key, ...rest.filter((argument) => typeof argument !== 'object')].join(' '));
      return Promise.resolve(result);
    };
  const storage = {
    get: log('get', undefined),
    set: log('set', true),
    add: log('add', true),
    ...given,
  } as Storage<unknown>;
  const ask = (load: Loader<unknown>, options: { timeout?: number; signal?: AbortSignal; refresh?: boolean } = {}) => {
    const promise = loads.getOrSet(storage, 'k', 'k', load, options);
    promise.catch(() => {});
    return promise;
  };
  return { clock, calls, ask };
}

/** A load that ends when the test says so. */
function manual(): { load: Loader<unknown>; finish: (value: unknown) => void } {
  let finish: (value: unknown) => void = () => {};
  const promise = new Promise<unknown>((resolve) => {
    finish = resolve;
  });
  return { load: () => promise, finish: (value) => finish(value) };
}

describe('a loader that never settles', () => {
  test('holds its caller for the timeout of the call, or else of the client', async () => {
    const { clock, ask } = setUp();
    const short = ask(never, { timeout: 300 });
    await clock.settle();
    clock.advance(299);
    expect(await outcome(short)).toBe('pending');
    clock.advance(1);
    expect(await outcome(short)).toBe('timeout');
    const long = ask(never);
    await clock.settle();
    clock.advance(999);
    expect(await outcome(long)).toBe('pending');
    clock.advance(1);
    expect(await outcome(long)).toBe('timeout');
    expect(clock.timers).toBe(0);
  });

  test('holds those who join it for their own time', async () => {
    const { clock, ask } = setUp();
    const first = ask(never, { timeout: 500 });
    await clock.settle();
    const second = ask(() => 'never asked', { timeout: 200 });
    await clock.settle();
    clock.advance(200);
    expect([await outcome(first), await outcome(second)]).toEqual(['pending', 'timeout']);
  });

  test('does not hold its key: when its caller’s time is over, the next call loads', async () => {
    const { clock, calls, ask } = setUp();
    const first = ask(never, { timeout: 300 });
    await clock.settle();
    clock.advance(300);
    const second = ask(() => 'loaded');
    await clock.settle();
    expect([await outcome(first), await outcome(second)]).toEqual(['timeout', 'loaded']);
    expect(calls).toEqual(['get k', 'get k', 'set k loaded']);
    expect(clock.timers).toBe(0);
  });

  test('does not hold its key when its caller has aborted', async () => {
    const { clock, ask } = setUp();
    const controller = new AbortController();
    void ask(never, { timeout: 300, signal: controller.signal });
    await clock.settle();
    controller.abort();
    const joined = ask(never, { timeout: 1000 });
    clock.advance(300);
    const fresh = ask(() => 'loaded');
    await clock.settle();
    expect([await outcome(joined), await outcome(fresh)]).toEqual(['pending', 'loaded']);
  });
});

test('a load that comes too late is stored where nothing is, and given to those who still wait', async () => {
  const { clock, calls, ask } = setUp();
  const slow = manual();
  const first = ask(slow.load, { timeout: 300 });
  await clock.settle();
  const patient = ask(never, { timeout: 5000 });
  clock.advance(300);
  const newer = ask(() => 'newer');
  await clock.settle();
  slow.finish('older');
  await clock.settle();
  expect([await outcome(first), await outcome(patient), await outcome(newer)]).toEqual(['timeout', 'older', 'newer']);
  expect(calls).toEqual(['get k', 'get k', 'set k newer', 'add k older']);
});

test('a cache that is silent is passed by after half of the time', async () => {
  const asked: unknown[] = [];
  const get = (_key: string, options?: { timeout?: number | undefined }): Promise<never> => {
    asked.push(options?.timeout);
    return Promise.reject(new ConnectError('silent for so long'));
  };
  const { ask } = setUp({ get });
  expect(await ask(() => 'loaded', { timeout: 600 })).toBe('loaded');
  expect(asked).toEqual([300]);
});

test('a cache that does not take the value costs the time of the call at most: the value is given', async () => {
  const { clock, ask } = setUp({ set: never });
  const call = ask(() => 'loaded', { timeout: 300 });
  await clock.settle();
  expect(await outcome(call)).toBe('pending');
  clock.advance(300);
  expect(await outcome(call)).toBe('loaded');
});

test('a loader that asks for its own key waits no longer than its time', async () => {
  const { clock, ask } = setUp();
  const call: Promise<unknown> = ask(() => ask(never, { refresh: true, timeout: 100 }), {
    refresh: true,
    timeout: 100,
  });
  await clock.settle();
  clock.advance(100);
  expect(await outcome(call)).toBe('timeout');
});

test('no time is no bound', async () => {
  const { clock, ask } = setUp();
  const call = ask(never, { timeout: Infinity });
  await clock.settle();
  clock.advance(1_000_000_000);
  expect(await outcome(call)).toBe('pending');
});

test('a cache that is asked for longer than it should be (the event loop was held up) leaves the loader half of the time', async () => {
  let passBy: (error: Error) => void = () => {};
  const get = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      passBy = reject;
    });
  const { clock, ask } = setUp({ get });
  const loads = [manual(), manual()];
  for (const [at, end] of ['loaded', 'timeout'].entries()) {
    const call = ask(loads[at]!.load, { timeout: 300 });
    await clock.settle();
    clock.advance(300);
    passBy(new ConnectError('late'));
    await clock.settle();
    if (end === 'loaded') loads[at]!.finish('loaded');
    await clock.settle();
    clock.advance(150);
    expect(await outcome(call)).toBe(end);
  }
});
