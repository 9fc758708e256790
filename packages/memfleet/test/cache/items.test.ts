/** The calls that load nothing: against each other, and against the stubs and marks of loads. */
import { describe, expect, test } from 'vitest';
import { type CacheProcess, World } from './support/world.ts';

const protocols = ['meta', 'text', 'binary'] as const;
const never = (): Promise<never> => new Promise(() => {});

/** A world in which another process loads the key. */
async function loading(world: World): Promise<CacheProcess> {
  const holder = world.start();
  holder.cache.getOrSet('k', never).catch(() => {});
  await world.pass(20);
  return world.start();
}

describe('delete on nodes that speak meta', () => {
  test('gives false for the stub of a load and for the marks of loads, and deletes them', async () => {
    const world = new World();
    const { cache, calls } = await loading(world);
    expect(await world.until(cache.delete('k'))).toBe(false);
    const failing = (): never => {
      throw new Error('no database');
    };
    await expect(world.until(cache.getOrSet('failed', failing, { errorTtl: 60 }))).rejects.toThrow('no database');
    await world.until(cache.getOrSet('nothing', () => undefined, { negativeTtl: 60 }));
    for (const key of ['failed', 'nothing']) expect(await world.until(cache.delete(key))).toBe(false);
    for (const key of ['k', 'failed', 'nothing']) expect(await world.until(calls.getItem(`:1:${key}`))).toBeUndefined();
  });

  test('takes one round trip', async () => {
    const world = new World();
    const { cache, calls } = world.start();
    await world.until(cache.set('k', 1));
    const made: string[] = [];
    calls.onCall = (verb) => made.push(verb);
    const deleting = cache.delete('k');
    expect(made).toEqual(['get', 'delete']);
    expect(await world.until(deleting)).toBe(true);
  });
});

describe.each(protocols)('calls on single keys: %s', (protocol) => {
  test('set, get, has, touch, delete', async () => {
    const world = new World({ protocol });
    const { cache } = world.start();
    expect(await world.until(cache.get('k'))).toBeUndefined();
    expect(await world.until(cache.get('k', 'none'))).toBe('none');
    expect(await world.until(cache.has('k'))).toBe(false);
    expect(await world.until(cache.set('k', { price: 7 }, 10))).toBe(true);
    expect(await world.until(cache.get('k'))).toEqual({ price: 7 });
    expect(await world.until(cache.has('k'))).toBe(true);
    expect(await world.until(cache.touch('k', 100))).toBe(true);
    await world.pass(50_000);
    expect(await world.until(cache.get('k'))).toEqual({ price: 7 });
    expect(await world.until(cache.delete('k'))).toBe(true);
    expect(await world.until(cache.delete('k'))).toBe(false);
    expect(await world.until(cache.touch('k', 100))).toBe(false);
  });

  test('add stores where there is nothing', async () => {
    const world = new World({ protocol });
    const { cache } = world.start();
    expect(await world.until(cache.add('k', 1))).toBe(true);
    expect(await world.until(cache.add('k', 2))).toBe(false);
    expect(await world.until(cache.get('k'))).toBe(1);
  });

  test('null is a value, and so is an empty text', async () => {
    const world = new World({ protocol });
    const { cache } = world.start();
    await world.until(cache.setMany({ a: null, b: '' }));
    expect(await world.until(cache.getMany(['a', 'b', 'c']))).toEqual(
      new Map([
        ['a', null],
        ['b', ''],
      ]),
    );
    expect(await world.until(cache.has('a'))).toBe(true);
    expect(await world.until(cache.has('b'))).toBe(true);
    expect(await world.until(cache.add('b', 'other'))).toBe(false);
  });

  test('a ttl of 0 keeps nothing, null keeps it for ever', async () => {
    const world = new World({ protocol });
    const { cache } = world.start();
    await world.until(cache.set('k', 1));
    expect(await world.until(cache.set('k', 2, 0))).toBe(true);
    expect(await world.until(cache.get('k'))).toBeUndefined();
    await world.until(cache.set('k', 3, { ttl: null }));
    await world.pass(400 * 24 * 3_600_000);
    expect(await world.until(cache.get('k'))).toBe(3);
  });

  test('incr and decr count what was stored as a number, and nothing else', async () => {
    const world = new World({ protocol });
    const { cache } = world.start();
    expect(await world.until(cache.incr('n'))).toBeUndefined();
    await world.until(cache.set('n', 5));
    expect(await world.until(cache.incr('n', 3))).toBe(8);
    expect(await world.until(cache.decr('n', 10))).toBe(0);
    expect(await world.until(cache.get('n'))).toBe(0);
  });

  test('incrVersion moves the value to the key of the next version', async () => {
    const world = new World({ protocol });
    const [one, next] = [world.start(), world.start({ version: 2 })];
    await world.until(one.cache.set('k', 'v', 50));
    expect(await world.until(one.cache.incrVersion('k'))).toBe(2);
    expect(await world.until(one.cache.get('k'))).toBeUndefined();
    expect(await world.until(next.cache.get('k'))).toBe('v');
    expect(await world.until(next.cache.decrVersion('k'))).toBe(1);
    expect(await world.until(one.cache.get('k'))).toBe('v');
    expect(await world.until(one.cache.incrVersion('none'))).toBeUndefined();
  });

  test('the stub of a load is no value for any of them', async () => {
    const world = new World({ protocol });
    const { cache } = await loading(world);
    expect(await world.until(cache.get('k'))).toBeUndefined();
    expect(await world.until(cache.getMany(['k']))).toEqual(new Map());
    expect(await world.until(cache.has('k'))).toBe(false);
    expect(await world.until(cache.incr('k'))).toBeUndefined();
  });

  test('add replaces the stub of a load, whose value is refused then', async () => {
    const world = new World({ protocol });
    const { cache } = await loading(world);
    expect(await world.until(cache.add('k', 'added'))).toBe(true);
    expect(await world.until(cache.add('k', 'again'))).toBe(false);
    expect(await world.until(cache.get('k'))).toBe('added');
  });

  test('touch does not lengthen the stub of a load that is over', async () => {
    const world = new World({ protocol });
    const holder = world.start();
    holder.cache.getOrSet('k', never).catch(() => {});
    await world.pass(20);
    holder.process.kill();
    const { cache } = world.start();
    expect(await world.until(cache.touch('k', 1000))).toBe(false);
    const began = world.clock.now();
    expect(await world.until(cache.getOrSet('k', 'loaded'), 5000)).toBe('loaded');
    expect(world.clock.now() - began).toBeLessThan(4000);
  });

  test('the mark of a loader that failed is no value for any of them', async () => {
    const world = new World({ protocol });
    const { cache } = world.start({ errorTtl: 60, negativeTtl: 60 });
    const failing = (): never => {
      throw new Error('no database');
    };
    await world.until(cache.getOrSet('k', failing).catch(() => {}));
    await world.until(cache.getOrSet('n', () => undefined));
    for (const key of ['k', 'n']) {
      expect(await world.until(cache.get(key))).toBeUndefined();
      expect(await world.until(cache.has(key))).toBe(false);
      expect(await world.until(cache.add(key, 'added'))).toBe(true);
      expect(await world.until(cache.get(key))).toBe('added');
    }
  });
});

describe('expire', () => {
  test.each(['item', 'beside'] as const)(
    'finds nothing where another process loads, and that load is refused: lease %s',
    async (lease) => {
      const world = new World();
      const [holder, other] = [world.start({ lease, staleTtl: 60 }), world.start({ lease, staleTtl: 60 })];
      const loaded = holder.cache.getOrSet('k', async () => {
        await world.wait(holder.process, 500);
        return 'loaded';
      });
      await world.pass(20);
      expect(await world.until(other.cache.expire('k'))).toBe(false);
      expect(await world.until(loaded)).toBe('loaded');
      expect(await world.until(other.cache.get('k'))).toBeUndefined();
    },
  );

  test.each(['item', 'beside'] as const)(
    'makes a value stale for all, and it is loaded once: lease %s',
    async (lease) => {
      const world = new World();
      const members = Array.from({ length: 4 }, () => world.start({ lease, ttl: 100, staleTtl: 60 }));
      const [one] = members as [CacheProcess];
      await world.until(one.cache.set('k', 'old'));
      expect(await world.until(one.cache.expire('k'))).toBe(true);
      expect(await world.until(one.cache.get('k'))).toBe('old');
      let loads = 0;
      const load = async ({ process }: CacheProcess): Promise<string> => {
        loads++;
        await world.wait(process, 100);
        return 'new';
      };
      const all = members.map((member) => member.cache.getOrSet('k', () => load(member)));
      expect(new Set(await world.until(Promise.all(all), 50))).toEqual(new Set(['old']));
      await world.pass(300);
      expect(await world.until(one.cache.get('k'))).toBe('new');
      expect(loads).toBe(1);
    },
  );

  test('keeps a value no longer than it had to live', async () => {
    const world = new World();
    const { cache } = world.start({ ttl: 10, staleOnError: 60, hardTimeout: 1000 });
    await world.until(cache.set('k', 'old'));
    await world.pass(60_000);
    await world.until(cache.expire('k'));
    await world.pass(12_000);
    const failing = (): never => {
      throw new Error('no database');
    };
    await expect(world.until(cache.getOrSet('k', failing))).rejects.toThrow('no database');
  });

  test('deletes a value that nobody could have as an old one', async () => {
    const world = new World();
    const { cache } = world.start();
    await world.until(cache.set('k', 'old'));
    expect(await world.until(cache.expire('k'))).toBe(true);
    expect(await world.until(cache.has('k'))).toBe(false);
  });
});
