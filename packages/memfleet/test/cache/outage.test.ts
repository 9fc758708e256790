/** What a cache does while a node is out, and when it is back with what it remembers. */
import { describe, expect, test } from 'vitest';
import type { Cache } from '../../src/cache/cache.ts';
import { type CacheProcess, World } from './support/world.ts';

const protocols = ['meta', 'text', 'binary'] as const;

/** The node is out for this process, keeps its memory, and is back. */
async function outage(world: World, work: () => Promise<unknown>): Promise<void> {
  world.node.isUp = false;
  await world.until(work());
  world.node.isUp = true;
}

/** What a test waits for until it is opened. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe.each(protocols)('a node that was out and kept its memory: %s', (protocol) => {
  test.each([
    ['delete', ({ cache }: CacheProcess) => cache.delete('k')],
    ['set', ({ cache }: CacheProcess) => cache.set('k', 'new')],
    ['expire', ({ cache }: CacheProcess) => cache.expire('k')],
    ['deleteMany', ({ cache }: CacheProcess) => cache.deleteMany(['k'])],
  ])('gives no value from before a %s that it has not received', async (_, write) => {
    const world = new World({ protocol });
    const one = world.start();
    await world.until(one.cache.set('k', 'old'));
    await outage(world, () => write(one));
    const reads = [one.cache.get('k'), one.cache.getMany(['k']), one.cache.getOrSet('k', 'loaded'), one.cache.has('k')];
    expect((await world.until(Promise.all(reads))).slice(0, 3)).toEqual([undefined, new Map(), 'loaded']);
    expect(await world.until(one.cache.get('k'))).toBe('loaded');
    expect(one.cache.stats().pendingDeletes).toMatchObject({ kept: 0 });
  });

  test.each([
    ['clear', ({ cache }: CacheProcess) => cache.namespace('a').clear()],
    ['invalidateTags', ({ cache }: CacheProcess) => cache.invalidateTags('t')],
  ])(
    'gives no value from before a %s that it has not received, to no process, once this one is back',
    async (_, change) => {
      const world = new World({ protocol });
      const [one, other] = [world.start(), world.start()];
      await world.until(one.cache.namespace('a').set('k', 'old', { tags: ['t'] }));
      await outage(world, () => expect(change(one)).rejects.toThrow('is down'));
      one.calls.connected(world.node);
      const reads = [one, other].map(({ cache }) => cache.namespace('a').get('k'));
      expect(await world.until(Promise.all(reads))).toContain(undefined);
      expect(await world.until(other.cache.namespace('a').get('k'))).toBe(undefined);
      expect(one.cache.stats().pendingDeletes).toMatchObject({ kept: 0 });
    },
  );

  test('receives the deletes as soon as there is a connection, before others read', async () => {
    const world = new World({ protocol });
    const [one, other] = [world.start(), world.start()];
    await world.until(one.cache.setMany({ a: 1, b: 2 }));
    await outage(world, () => one.cache.deleteMany(['a', 'b']));
    expect(one.cache.stats().pendingDeletes.kept).toBe(2);
    one.calls.connected(world.node);
    await world.pass(20);
    expect(await world.until(other.cache.getMany(['a', 'b']))).toEqual(new Map());
    expect(one.cache.stats().pendingDeletes).toEqual({ kept: 0, sent: 2, dropped: 0 });
  });

  test('a set that it receives afterwards stays', async () => {
    const world = new World({ protocol });
    const one = world.start();
    await world.until(one.cache.set('k', 'old'));
    await outage(world, () => one.cache.delete('k'));
    await world.until(one.cache.set('k', 'new'));
    expect(await world.until(one.cache.get('k'))).toBe('new');
  });
});

describe.each([
  ['of a cache', ({ cache }: CacheProcess) => cache],
  ['of a namespace, whose version is on the node', ({ cache }: CacheProcess) => cache.namespace('a')],
  ['of a namespace in another', ({ cache }: CacheProcess) => cache.namespace('a').namespace('b')],
])('a value %s that is loaded while the node is out', (_, cacheOf) => {
  test.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['delete', (cache) => cache.delete('k')],
    ['set', (cache) => cache.set('k', 'set')],
    ['expire', (cache) => cache.expire('k')],
    ['deleteMany', (cache) => cache.deleteMany(['k'])],
  ])('is given to no caller after a %s that came during the load', async (__, write) => {
    const world = new World();
    const cache = cacheOf(world.start());
    world.node.isUp = false;
    const starts: readonly ((load: () => Promise<string>) => Promise<unknown>)[] = [
      (load) => cache.getOrSet('k', load),
      (load) => cache.getOrSetMany(['k'], async () => new Map([['k', await load()]])),
    ];
    for (const start of starts) {
      const [begun, end] = [gate(), gate()];
      const loading = start(() => {
        begun.open();
        return end.opened.then(() => 'old');
      });
      await world.until(begun.opened);
      await world.until(write(cache));
      end.open();
      await world.until(loading);
      expect(await world.until(cache.getOrSet('k', 'new'))).toBe('new');
      await world.pass(2000);
    }
  });
});

test('a load of an entry with tags that runs while the node is out is joined by no caller after an invalidateTags', async () => {
  const world = new World();
  const { cache } = world.start();
  const [begun, end] = [gate(), gate()];
  const tags = ['lamps'];
  const load = (): Promise<string> => {
    begun.open();
    return end.opened.then(() => 'old');
  };
  world.node.isUp = false;
  const loading = cache.getOrSet('k', load, { tags });
  await world.until(begun.opened);
  const joining = cache.getOrSet('k', 'not needed', { tags });
  await world.pass(1000);
  world.node.isUp = true;
  await world.until(cache.invalidateTags(...tags));
  world.node.isUp = false;
  expect(await world.until(cache.getOrSet('k', 'new', { tags }))).toBe('new');
  end.open();
  expect(await world.until(Promise.all([loading, joining]))).toEqual(['old', 'old']);
});

test('a value that was loaded while the version of its namespace was unknown is gone with a clear', async () => {
  const world = new World();
  const cache = world.start().cache.namespace('a');
  const [begun, end] = [gate(), gate()];
  world.node.isUp = false;
  const loading = cache.getOrSet('k', () => {
    begun.open();
    return end.opened.then(() => 'old');
  });
  await world.until(begun.opened);
  world.node.isUp = true;
  await world.until(cache.clear());
  end.open();
  await world.until(loading);
  world.node.isUp = false;
  expect(await world.until(cache.getOrSet('k', 'new'))).toBe('new');
});

describe('pending deletes', () => {
  test('beyond their bound are dropped, which is an event', async () => {
    const world = new World();
    const one = world.start({ pendingDeletes: { max: 3 } });
    const risks: object[] = [];
    one.cache.on('staleRisk', (event) => risks.push(event));
    await outage(world, () => one.cache.deleteMany(['a', 'b', 'c', 'd']));
    expect(risks).toEqual([{ node: 'node0:11211', keys: 4 }]);
    expect(one.cache.stats().pendingDeletes).toEqual({ kept: 0, sent: 0, dropped: 4 });
  });

  test('are not kept where the option says so', async () => {
    const world = new World();
    const one = world.start({ pendingDeletes: false });
    await world.until(one.cache.set('k', 'old'));
    await outage(world, () => one.cache.delete('k'));
    expect(await world.until(one.cache.get('k'))).toBe('old');
  });
});

describe('errors of nodes', () => {
  test('are misses, counted and told by an event', async () => {
    const world = new World();
    const one = world.start();
    const events: { key: string }[] = [];
    one.cache.on('error', (event) => events.push(event));
    world.node.isUp = false;
    const { cache } = one;
    const calls = [cache.get('k'), cache.get('k', 'none'), cache.set('k', 1), cache.add('k', 1), cache.touch('k', 1)];
    const more = [cache.delete('k'), cache.expire('k'), cache.has('k'), cache.getMany(['k']), cache.incr('k')];
    expect(await world.until(Promise.all([...calls, ...more]))).toEqual([
      undefined,
      'none',
      false,
      false,
      false,
      false,
      false,
      false,
      new Map(),
      undefined,
    ]);
    expect(await world.until(cache.setMany({ k: 1 }))).toEqual({ failed: ['k'] });
    expect(await world.until(cache.deleteMany(['k']))).toEqual({ failed: ['k'] });
    expect(events).toHaveLength(12);
    expect(cache.stats().hiddenErrors).toBe(12);
    expect(new Set(events.map(({ key }) => key))).toEqual(new Set(['k']));
  });

  test("reject calls with errors: 'throw', but for getOrSet, which loads", async () => {
    const world = new World();
    const { cache } = world.start({ errors: 'throw' });
    world.node.isUp = false;
    await expect(world.until(cache.get('k'))).rejects.toMatchObject({ code: 'ERR_CONNECT' });
    await expect(world.until(cache.set('k', 1))).rejects.toMatchObject({ code: 'ERR_CONNECT' });
    expect(await world.until(cache.getOrSet('k', 'loaded'))).toBe('loaded');
  });

  test('do not hide calls that are wrong', async () => {
    const world = new World();
    const { cache } = world.start();
    await expect(cache.get(7 as never)).rejects.toThrow('key');
    await expect(cache.set('k', 1, { EX: 60 } as never)).rejects.toThrow('EX');
    await expect(cache.getOrSet('k', 1, { ttl: -1 })).rejects.toThrow('ttl');
    await expect(world.until(cache.set('k', () => 1))).rejects.toThrow('function');
    await expect(world.until(cache.getOrSet('k', () => Symbol('s') as never))).rejects.toThrow('symbol');
  });
});
