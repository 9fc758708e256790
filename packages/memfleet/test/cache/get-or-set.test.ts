import { describe, expect, test } from 'vitest';
import { EncodedEntry } from '../../src/cache/entry-transcoder.ts';
import { entryFlags } from '../../src/cache/entry.ts';
import { LoadCycleError, LoaderFailedElsewhereError } from '../../src/cache/errors.ts';
import { slow } from './support/slow.ts';
import type { CacheProcess } from './support/world.ts';
import { World } from './support/world.ts';

/** Several processes that share one loader count. */
function fleet(world: World, size: number, options: object, ms: number, give: (n: number) => unknown) {
  let runs = 0;
  const members = Array.from({ length: size }, () => world.start(options));
  const load = (member: CacheProcess) => async (): Promise<unknown> => {
    const run = ++runs;
    await world.wait(member.process, ms);
    return give(run);
  };
  return {
    members,
    get runs() {
      return runs;
    },
    load,
    all: (key: string, callers: number, call?: object | number) =>
      members.flatMap((member) =>
        Array.from({ length: callers }, () => member.cache.getOrSet(key, load(member), call as number)),
      ),
  };
}

describe.each(['meta', 'text', 'binary'] as const)('getOrSet on nodes that speak %s', (protocol) => {
  describe.each(['item', 'beside'] as const)('with lease %s', (lease) => {
    test('a cold key is loaded once by all processes and callers', async () => {
      const world = new World({ protocol });
      const group = fleet(world, 8, { lease }, 300, (n) => `v${n}`);
      expect(new Set(await world.until(Promise.all(group.all('k', 50))))).toEqual(new Set(['v1']));
      expect(group.runs).toBe(1);
    });

    test('when the winner is killed, another process loads as soon as the lease is over', async () => {
      const world = new World({ protocol });
      const group = fleet(world, 8, { lease }, 300, (n) => `v${n}`);
      const calls = group.all('k', 5);
      await world.pass(20);
      const winner = group.members.findIndex(({ core }) => core.counters.loads.started > 0);
      group.members[winner]?.process.kill();
      const others = calls.filter((_, at) => Math.floor(at / 5) !== winner);
      // Others come all the time.
      const late = world.start({ lease });
      for (let passed = 0; passed < 3200; passed += 40) {
        others.push(late.cache.getOrSet('k', group.load(late)));
        await world.pass(40);
      }
      expect(new Set(await world.until(Promise.all(others), 3500))).toEqual(new Set(['v2']));
      expect(group.runs).toBe(2);
    });

    test('a load that takes longer than the lease keeps it by renewal', async () => {
      const world = new World({ protocol });
      const group = fleet(world, 4, { lease, leaseTtl: 2 }, 8000, (n) => `v${n}`);
      expect(new Set(await world.until(Promise.all(group.all('k', 3))))).toEqual(new Set(['v1']));
      expect(group.runs).toBe(1);
      expect(await world.until((group.members[3] as CacheProcess).cache.get('k'))).toBe('v1');
    });

    test('a loader that fails runs once a second in the whole fleet', async () => {
      const world = new World({ protocol });
      const group = fleet(world, 8, { lease }, 300, () => {
        throw new TypeError('secret');
      });
      const outcomes = await world.until(Promise.allSettled(group.all('k', 5)));
      expect(group.runs).toBe(1);
      const errors = outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason as Error);
      expect(errors.filter((error) => error instanceof TypeError)).toHaveLength(5);
      expect(errors.filter((error) => error instanceof LoaderFailedElsewhereError)).toHaveLength(35);
      await world.pass(1100);
      await world.until(Promise.allSettled(group.all('k', 5)));
      expect(group.runs).toBe(2);
    });

    test('a stale value is returned at once, and refreshed by one process', async () => {
      const world = new World({ protocol });
      const group = fleet(world, 8, { lease, ttl: 10, staleTtl: 60 }, 300, (n) => `v${n}`);
      await world.until(Promise.all(group.all('k', 1)));
      await world.pass(11_000);
      for (let round = 0; round < 3; round++)
        expect(new Set(await world.until(Promise.all(group.all('k', 5)), 30))).toEqual(new Set(['v1']));
      await world.pass(500);
      expect(new Set(await world.until(Promise.all(group.all('k', 5)), 30))).toEqual(new Set(['v2']));
      expect(group.runs).toBe(2);
    });

    test('an old value within staleOnError is returned if the loader fails', async () => {
      const world = new World({ protocol });
      const group = fleet(world, 4, { lease, ttl: 10, staleOnError: 60 }, 300, (n) => {
        if (n > 1) throw new Error('no database');
        return `v${n}`;
      });
      await world.until(Promise.all(group.all('k', 1)));
      await world.pass(11_000);
      expect(new Set(await world.until(Promise.all(group.all('k', 5)), 600))).toEqual(new Set(['v1']));
      expect(group.runs).toBe(2);
    });

    test('a set during a load stays; the load is not stored', async () => {
      const world = new World({ protocol });
      const [first, second] = [world.start({ lease }), world.start({ lease })];
      const { load } = slow(world, first, 300, () => 'loaded');
      const loading = first.cache.getOrSet('k', load);
      await world.pass(100);
      expect(await world.until(second.cache.set('k', 'set'))).toBe(true);
      expect(await world.until(loading)).toBe('set');
      expect(await world.until(second.cache.get('k'))).toBe('set');
    });

    test('a delete during a load is seen: the load is not stored', async () => {
      const world = new World({ protocol });
      const [first, second] = [world.start({ lease }), world.start({ lease })];
      const { load } = slow(world, first, 300, () => 'loaded');
      const loading = first.cache.getOrSet('k', load);
      await world.pass(100);
      await world.until(second.cache.delete('k'));
      expect(await world.until(loading)).toBe('loaded');
      expect(await world.until(second.cache.get('k'))).toBeUndefined();
      const later = slow(world, second, 10, () => 'later');
      expect(await world.until(second.cache.getOrSet('k', later.load))).toBe('later');
    });

    test('a loader that gives undefined is asked again, unless negativeTtl keeps it', async () => {
      const world = new World({ protocol });
      const one = world.start({ lease });
      const nothing = slow(world, one, 10, () => undefined);
      expect(await world.until(one.cache.getOrSet<string, unknown>('k', nothing.load))).toBeUndefined();
      await world.pass(1000);
      expect(
        await world.until(one.cache.getOrSet<string, unknown>('k', nothing.load, { negativeTtl: 5 })),
      ).toBeUndefined();
      expect(await world.until(one.cache.getOrSet<string, unknown>('k', nothing.load))).toBeUndefined();
      expect(nothing.runs).toBe(2);
      expect(await world.until(one.cache.get('k'))).toBeUndefined();
    });

    test('an empty text is a value, and no stub', async () => {
      const world = new World({ protocol });
      const one = world.start({ lease });
      await world.until(one.cache.set('k', ''));
      expect(await world.until(one.cache.get('k'))).toBe('');
      expect(await world.until(one.cache.getOrSet('k', 'other'))).toBe('');
    });

    test('an entry that cannot be read is replaced by one load', async () => {
      const world = new World({ protocol });
      const group = fleet(world, 4, { lease }, 100, (n) => `v${n}`);
      const one = group.members[0] as CacheProcess;
      await world.until(one.calls.setItem(':1:k', new EncodedEntry('cut', entryFlags.envelope), { ttl: 60 }));
      expect(await world.until(one.cache.get('k'))).toBeUndefined();
      expect(new Set(await world.until(Promise.all(group.all('k', 5))))).toEqual(new Set(['v1']));
      expect(await world.until(one.cache.get('k'))).toBe('v1');
      expect(group.runs).toBe(1);
    });
  });
});

describe('getOrSet', () => {
  test('a loader that asks for its own key receives an error at once', async () => {
    const world = new World();
    const one = world.start();
    const load = (): Promise<unknown> => one.cache.getOrSet('k', load);
    await expect(world.until(one.cache.getOrSet('k', load), 100)).rejects.toThrow(LoadCycleError);
  });

  test('two loaders that ask for each other receive an error at once', async () => {
    const world = new World();
    const one = world.start();
    const b = (): Promise<unknown> => one.cache.getOrSet('a', a);
    const a = (): Promise<unknown> => one.cache.getOrSet('b', b);
    await expect(world.until(one.cache.getOrSet('a', a), 100)).rejects.toThrow(LoadCycleError);
  });

  test('a node that is down costs one load a second and process', async () => {
    const world = new World();
    const one = world.start();
    world.node.isUp = false;
    const loader = slow(world, one, 50, () => 'v');
    const values = await world.until(
      Promise.all(Array.from({ length: 20 }, () => one.cache.getOrSet('k', loader.load))),
    );
    expect(new Set(values)).toEqual(new Set(['v']));
    expect(await world.until(one.cache.getOrSet('k', loader.load))).toBe('v');
    expect(loader.runs).toBe(1);
    await world.pass(1000);
    await world.until(one.cache.getOrSet('k', loader.load));
    expect(loader.runs).toBe(2);
  });

  test('hardTimeout aborts the loader, and counts as a failure', async () => {
    const world = new World();
    const one = world.start();
    let signal: AbortSignal | undefined;
    const load = (context: { signal: AbortSignal }): Promise<string> => {
      ({ signal } = context);
      return new Promise(() => {});
    };
    await expect(world.until(one.cache.getOrSet('k', load, { hardTimeout: 200 }), 300)).rejects.toThrow('200 ms');
    expect(signal?.aborted).toBe(true);
    expect(one.cache.stats().loads).toMatchObject({ started: 1, timedOut: 1 });
  });

  test('a value without bytes is a failure of the loader, and leaves no lease', async () => {
    const world = new World();
    const one = world.start({ ttl: 10, staleOnError: 60 });
    const failures: object[] = [];
    one.cache.on('loadError', ({ key }) => failures.push({ key }));
    await expect(world.until(one.cache.getOrSet('k', () => Symbol('s') as never))).rejects.toThrow('symbol');
    expect(await world.until(one.cache.getOrSet('k', 'old'), 100)).toBe('old');
    await world.pass(11_000);
    expect(await world.until(one.cache.getOrSet('k', () => Symbol('s') as never))).toBe('old');
    expect(failures).toEqual([{ key: 'k' }, { key: 'k' }]);
  });

  test('close aborts a load, and another process loads at once', async () => {
    const world = new World();
    const [first, second] = [world.start(), world.start()];
    let signal: AbortSignal | undefined;
    const aborted = first.cache.getOrSet('k', (context) => {
      ({ signal } = context);
      return new Promise<string>(() => {});
    });
    aborted.catch(() => {});
    await world.pass(50);
    const waiting = second.cache.getOrSet('k', 'second');
    await world.pass(50);
    await world.until(first.cache.close());
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect(signal?.aborted).toBe(true);
    expect(await world.until(waiting, 300)).toBe('second');
    await expect(first.cache.getOrSet('k', 'third')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('close ends the wait for the loader of another process', async () => {
    const world = new World();
    const [first, second] = [world.start(), world.start()];
    first.cache.getOrSet('k', () => new Promise<string>(() => {})).catch(() => {});
    await world.pass(50);
    const waiting = second.cache.getOrSet('k', 'second');
    waiting.catch(() => {});
    await world.pass(50);
    await world.until(second.cache.close(), 300);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('wrap takes the results of a function from the cache', async () => {
    const world = new World();
    const { cache } = world.start();
    const calls: number[] = [];
    const square = cache.wrap(
      async (n: number) => {
        calls.push(n);
        return Promise.resolve(n * n);
      },
      { key: (n) => `square:${n}`, ttl: 60 },
    );
    expect(await world.until(Promise.all([square(3), square(3), square(4)]))).toEqual([9, 9, 16]);
    expect(await world.until(square(3))).toBe(9);
    expect(calls).toEqual([3, 4]);
  });

  test('softTimeout returns the old value while the load goes on', async () => {
    const world = new World();
    const one = world.start({ ttl: 10, staleOnError: 60 });
    await world.until(one.cache.getOrSet('k', 'old'));
    await world.pass(11_000);
    const loader = slow(world, one, 500, () => 'new');
    expect(await world.until(one.cache.getOrSet('k', loader.load, { softTimeout: 100 }), 150)).toBe('old');
    await world.pass(500);
    expect(await world.until(one.cache.get('k'))).toBe('new');
  });

  test('after leaseWait a process loads itself, and does not store', async () => {
    const world = new World();
    const [first, second] = [world.start(), world.start({ leaseWait: 500 })];
    const long = slow(world, first, 5000, () => 'first');
    const own = slow(world, second, 10, () => 'second');
    const winner = first.cache.getOrSet('k', long.load);
    await world.pass(10);
    expect(await world.until(second.cache.getOrSet('k', own.load), 700)).toBe('second');
    expect(await world.until(winner)).toBe('first');
    expect(await world.until(second.cache.get('k'))).toBe('first');
  });
});
