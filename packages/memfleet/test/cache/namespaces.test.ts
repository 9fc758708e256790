/** Namespaces and tags over a real client: every call of a cache, in two caches that are as two processes. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Cache, createCache } from '../../src/cache/index.ts';
import type { CacheOptions } from '../../src/cache/options.ts';
import { createClient } from '../../src/client/index.ts';
import { createServer } from '../../src/server/index.ts';

async function startNode(): Promise<string> {
  const server = createServer({ port: 0 });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  return `127.0.0.1:${'port' in address ? address.port : 0}`;
}

function open(options: CacheOptions): Cache {
  const cache = createCache(options);
  onTestFinished(() => cache.close());
  return cache;
}

const protocols = ['meta', 'text', 'binary'] as const;

describe.each(protocols)('a namespace over %s', (protocol) => {
  async function pair(): Promise<[Cache, Cache]> {
    const nodes = await startNode();
    const caches = [0, 1].map(() => open({ client: { nodes, protocol } }).namespace('shop'));
    return caches as [Cache, Cache];
  }

  test('has all calls of a cache, and every cache of its name has its keys', async () => {
    const [one, other] = await pair();
    expect(await one.set('a', 1)).toBe(true);
    expect(await other.get('a')).toBe(1);
    expect(await other.add('a', 2)).toBe(false);
    expect(await other.add('b', 2)).toBe(true);
    expect(await one.has('b')).toBe(true);
    expect(await one.touch('b', 60)).toBe(true);
    expect(await one.incr('b', 5)).toBe(7);
    expect(await one.decr('b')).toBe(6);
    expect(await other.setMany({ c: 3, d: 4 })).toEqual({ failed: [] });
    expect(await one.getMany(['a', 'b', 'c', 'none'])).toEqual(
      new Map([
        ['a', 1],
        ['b', 6],
        ['c', 3],
      ]),
    );
    expect(await one.deleteMany(['c', 'd'])).toEqual({ failed: [] });
    expect(await other.delete('a')).toBe(true);
    expect(await one.getOrSet('a', () => 'loaded')).toBe('loaded');
    expect(await other.getOrSet('a', () => 'loaded again')).toBe('loaded');
    const many = await other.getOrSetMany(['a', 'e'], (missing) => new Map(missing.map((key) => [key, `new ${key}`])));
    expect([...many]).toEqual([
      ['a', 'loaded'],
      ['e', 'new e'],
    ]);
    const double = one.wrap((n: number) => 2 * n, { key: (n) => `double ${n}` });
    expect(await double(21)).toBe(42);
    expect(await other.get('double 21')).toBe(42);
    expect(await one.expire('a')).toBe(true);
    expect(await other.get('a')).toBe(undefined);
  });

  test('is a miss in every cache once one has cleared it, and so are the namespaces within; the others stay', async () => {
    const nodes = await startNode();
    const [one, other] = [0, 1].map(() => open({ client: { nodes, protocol } })) as [Cache, Cache];
    const spaces = (cache: Cache): Cache[] => [
      cache.namespace('shop'),
      cache.namespace('shop').namespace('books'),
      cache.namespace('mail'),
      cache,
    ];
    for (const cache of spaces(one)) await cache.set('k', 'v');
    const read = (cache: Cache): Promise<unknown[]> => Promise.all(spaces(cache).map((space) => space.get('k')));
    expect(await read(other)).toEqual(['v', 'v', 'v', 'v']);
    await other.namespace('shop').namespace('books').clear();
    expect(await read(one)).toEqual(['v', undefined, 'v', 'v']);
    await one.namespace('shop').namespace('books').set('k', 'v');
    await one.namespace('shop').clear();
    expect(await read(other)).toEqual([undefined, undefined, 'v', 'v']);
    expect(await read(one)).toEqual([undefined, undefined, 'v', 'v']);
  });

  test('moves a value to the same namespace of another version', async () => {
    const nodes = await startNode();
    const [first, second] = [1, 2].map((version) => open({ client: { nodes, protocol }, version }).namespace('shop'));
    await first?.set('k', 'v');
    expect(await first?.incrVersion('k')).toBe(2);
    expect([await first?.get('k'), await second?.get('k')]).toEqual([undefined, 'v']);
    expect(await second?.decrVersion('k')).toBe(1);
    expect([await first?.get('k'), await second?.get('k')]).toEqual(['v', undefined]);
    expect(await first?.incrVersion('k', 0)).toBe(1);
    expect(await first?.get('k')).toBe('v');
    expect(await first?.incrVersion('none')).toBe(undefined);
  });
});

describe.each(protocols)('tags over %s', (protocol) => {
  async function pair(): Promise<[Cache, Cache]> {
    const nodes = await startNode();
    return [0, 1].map(() => open({ client: { nodes, protocol } })) as [Cache, Cache];
  }

  test('an invalidated tag makes its entries misses in every cache, and no other entry', async () => {
    const [one, other] = await pair();
    await one.set('red', 1, { tags: ['red'] });
    await one.namespace('shop').set('both', 2, { tags: ['red', 'blue'] });
    await one.getOrSet('blue', () => 3, { tags: ['blue'] });
    await one.getOrSet('added', ({ addTags }) => {
      addTags('red');
      return 4;
    });
    await one.set('none', 5);
    const read = async (cache: Cache): Promise<unknown[]> => [
      ...(await Promise.all(['red', 'blue', 'added', 'none'].map((key) => cache.get(key)))),
      await cache.namespace('shop').get('both'),
    ];
    expect(await read(other)).toEqual([1, 3, 4, 5, 2]);
    await other.invalidateTags('red');
    expect(await read(one)).toEqual([undefined, 3, undefined, 5, undefined]);
    expect(await read(other)).toEqual([undefined, 3, undefined, 5, undefined]);
    expect(await other.getMany(['red', 'blue', 'none'])).toEqual(
      new Map([
        ['blue', 3],
        ['none', 5],
      ]),
    );
    await one.namespace('shop').invalidateTags('green', 'blue');
    expect(await read(other)).toEqual([undefined, undefined, undefined, 5, undefined]);
  });

  test('an entry without a tag that the caller asks for is a miss: the tag may be new to the code', async () => {
    const [one, other] = await pair();
    await one.set('k', 'before', { tags: ['red'] });
    expect(await other.getOrSet('k', () => 'after', { tags: ['red', 'blue'] })).toBe('after');
    expect(await one.get('k')).toBe('after');
    await other.invalidateTags('blue');
    expect(await one.get('k')).toBe(undefined);
  });
});

describe('what a namespace and tags refuse', () => {
  const cache = createCache({ client: { nodes: '127.0.0.1:1' }, errors: 'miss' });

  test.each(['', 'a:b', 'a@b', 'a~', 'x'.repeat(65), 7 as never, '\n'])('%j is no name', async (name) => {
    expect(() => cache.namespace(name)).toThrow(/a namespace must be a text/);
    await expect(cache.invalidateTags(name)).rejects.toThrow(/a tag must be a text/);
  });

  test('clear of all clients has to be asked for, and a namespace cannot do it', async () => {
    await expect(cache.clear()).rejects.toThrow(/flush_all.*\{ all: true \}/);
    await expect(cache.clear({ all: false })).rejects.toThrow(/\{ all: true \}/);
    await expect(cache.namespace('shop').clear({ all: true })).rejects.toThrow(/its own keys only/);
    await expect(cache.namespace('shop').clear({ al: true } as never)).rejects.toThrow(/unknown option "al"/);
  });

  test('clear and invalidateTags tell that a node failed, where all other calls give misses', async () => {
    expect(await cache.namespace('shop').get('k')).toBe(undefined);
    await expect(cache.namespace('shop').clear()).rejects.toThrow(/127\.0\.0\.1:1/);
    await expect(cache.clear({ all: true })).rejects.toThrow(/127\.0\.0\.1:1/);
    await expect(cache.invalidateTags('red', 'blue')).rejects.toThrow(/127\.0\.0\.1:1/);
    await cache.invalidateTags();
  });

  test('a wrong call is refused also while the version of the namespace cannot be read', async () => {
    const space = cache.namespace('shop');
    await expect(space.get(7 as never)).rejects.toThrow(/key must be a string/);
    await expect(space.set('k', () => 1)).rejects.toThrow(/type function cannot be stored/);
    await expect(space.getOrSet('\ud800', () => 1)).rejects.toThrow(/surrogate/);
  });

  test('entries that other clients read have no tags', async () => {
    const shared = createCache({ client: { nodes: '127.0.0.1:1' }, interop: 'django' });
    await expect(shared.set('k', 1, { tags: ['red'] })).rejects.toThrow(/"tags".*interop/);
    await expect(shared.invalidateTags('red')).rejects.toThrow(/interop/);
  });
});

test('the cache itself is cleared with all that the node has', async () => {
  const nodes = await startNode();
  const cache = open({ client: { nodes } });
  await cache.set('k', 1);
  await cache.namespace('shop').set('k', 2);
  await cache.clear({ all: true });
  expect([await cache.get('k'), await cache.namespace('shop').get('k')]).toEqual([undefined, undefined]);
});

test('the version of a namespace has one home: while its node is out, the namespace has misses, and no substitute', async () => {
  const servers = [0, 1].map(() => createServer({ port: 0 }));
  const nodes: string[] = [];
  for (const server of servers) {
    const address = await server.listen();
    nodes.push(`127.0.0.1:${'port' in address ? address.port : 0}`);
    onTestFinished(() => server.destroy());
  }
  const client = createClient({ nodes, failure: 'redistribute', ejectAfter: 1, retry: false });
  onTestFinished(() => client.close());
  const cache = createCache({ client });
  const home = client.nodeOf(':1:~n:shop');
  await servers[nodes.indexOf(home as string)]?.destroy();
  const entries = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, 1]));
  // Whoever calls a node that has just gone learns of it.
  for (let tries = 0; tries < 20 && client.items.nodeOf(':1:~n:shop')?.node === home; tries++)
    await client.get(':1:~n:shop').catch(() => {});
  expect(await cache.setMany(entries)).toEqual({ failed: [] });
  expect((await cache.namespace('shop').setMany(entries)).failed).toHaveLength(10);
  await expect(cache.namespace('shop').clear()).rejects.toThrow(home);
});
