/** Calls of a cache with wrong arguments, odd keys, and after or during its close: promises that reject, no more. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Cache, createCache } from '../../src/cache/index.ts';
import { ClosedError, MemcacheError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer, type Server } from '../../src/server/index.ts';
import { within } from '../support/harness.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

interface Started {
  readonly server: Server;
  readonly open: () => Cache;
}

async function start(protocol: Protocol): Promise<Started> {
  const server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  const nodes = `127.0.0.1:${'port' in address ? address.port : 0}`;
  const open = (): Cache => {
    const cache = createCache({ client: { nodes, protocol, timeout: 5000 }, jitter: 0 });
    onTestFinished(() => cache.close());
    return cache;
  };
  return { server, open };
}

type Call = (cache: Cache, argument: never) => Promise<unknown>;

/** Calls that have a key. */
const withKey: Readonly<Record<string, Call>> = {
  get: (cache, key) => cache.get(key),
  has: (cache, key) => cache.has(key),
  set: (cache, key) => cache.set(key, 1),
  add: (cache, key) => cache.add(key, 1),
  touch: (cache, key) => cache.touch(key),
  delete: (cache, key) => cache.delete(key),
  expire: (cache, key) => cache.expire(key),
  incr: (cache, key) => cache.incr(key),
  decr: (cache, key) => cache.decr(key),
  incrVersion: (cache, key) => cache.incrVersion(key),
  getMany: (cache, key) => cache.getMany([key]),
  setMany: (cache, key) => cache.setMany([[key, 1]]),
  deleteMany: (cache, key) => cache.deleteMany([key]),
  getOrSet: (cache, key) => cache.getOrSet(key, () => 1),
  getOrSetMany: (cache, key) => cache.getOrSetMany([key], () => new Map()),
  wrap: (cache, key) => cache.wrap(() => 1, { key: () => key })(),
  'get in a namespace': (cache, key) => cache.namespace('shop').get(key),
  'getOrSet in a namespace': (cache, key) => cache.namespace('shop').getOrSet(key, () => 1),
};

/** Calls that have options of an entry. */
const withOptions: Readonly<Record<string, Call>> = {
  set: (cache, options) => cache.set('key', 1, options),
  add: (cache, options) => cache.add('key', 1, options),
  setMany: (cache, options) => cache.setMany({ key: 1 }, options),
  getOrSet: (cache, options) => cache.getOrSet('key', () => 1, options),
  getOrSetMany: (cache, options) => cache.getOrSetMany(['key'], () => new Map(), options),
};

const wrongKeys: readonly unknown[] = [undefined, null, 7, {}, ['a'], Symbol('own'), '\ud800', 1n, () => 'a'];
const wrongOptions: readonly unknown[] = [
  -1,
  Number.NaN,
  '60',
  null,
  { EX: 60 },
  { ttl: '60' },
  { ttl: -1 },
  { staleTtl: null },
  { tags: 'red' },
  { tags: ['a:b'] },
  { schema: {} },
  { softTimeout: 50_000 },
  { jitter: 2 },
];

/** The error of a call that rejects; what it gave, or threw, otherwise. */
async function rejection(call: () => Promise<unknown>): Promise<unknown> {
  let promise: Promise<unknown>;
  try {
    promise = call();
  } catch (error) {
    return `thrown at once: ${String(error)}`;
  }
  return within(10_000, promise).then(
    (value) => `given: ${String(value)}`,
    (error: unknown) => error,
  );
}

const oddKeys: readonly string[] = [
  '',
  ' ',
  'a b',
  '\r\nflush_all\r\n',
  '\0',
  'ключ',
  '☃'.repeat(80),
  'x'.repeat(250),
  'x'.repeat(251),
  'x'.repeat(100_000),
  '__proto__',
  'constructor',
  'toString',
  '~n:shop',
  '~t:red',
  'key~l',
  'key',
  '#'.padEnd(44, 'a'),
  `shop@${'a'.repeat(16)}:key`,
  `key~${'a'.repeat(16)}~0`,
  '%s%n',
  '\u{1f600}',
];

describe.each(protocols)('%s', (protocol) => {
  test('odd keys are keys: each has its own value, by every call', async () => {
    const { open } = await start(protocol);
    const [cache, other] = [open(), open()];
    for (const space of [cache, cache.namespace('shop')]) {
      for (const [at, key] of oddKeys.entries()) expect(await space.set(key, at)).toBe(true);
      const read = await space.getMany(oddKeys);
      expect([...read]).toEqual(oddKeys.map((key, at) => [key, at]));
      for (const [at, key] of oddKeys.entries()) expect(await space.getOrSet(key, () => 'loaded')).toBe(at);
      const many = await space.getOrSetMany(oddKeys, () => new Map());
      expect([...many]).toEqual([...read]);
    }
    expect(await cache.deleteMany(oddKeys)).toEqual({ failed: [] });
    expect(await other.getMany(oddKeys)).toEqual(new Map());
    expect((await other.namespace('shop').getMany(oddKeys)).size).toBe(oddKeys.length);
    const loaded = await other.getOrSetMany(oddKeys, (keys) => new Map(keys.map((key) => [key, key.length])));
    expect([...loaded]).toEqual(oddKeys.map((key) => [key, key.length]));
  });

  test('wrong keys reject, with an error that says so, and nothing is sent', async () => {
    const { server, open } = await start(protocol);
    const cache = open();
    await cache.namespace('shop').get('key');
    const before = server.stats();
    for (const key of wrongKeys)
      for (const [name, call] of Object.entries(withKey)) {
        const error = await rejection(() => call(cache, key as never));
        expect({ name, key, isOurs: error instanceof MemcacheError, error }).toMatchObject({ name, key, isOurs: true });
      }
    expect(server.stats().items).toEqual(before.items);
  });

  test('wrong options reject', async () => {
    const { open } = await start(protocol);
    const cache = open();
    for (const options of wrongOptions)
      for (const [name, call] of Object.entries(withOptions)) {
        const error = await rejection(() => call(cache, options as never));
        expect({ name, options, isOurs: error instanceof MemcacheError, error }).toMatchObject({ name, isOurs: true });
      }
    for (const ttl of ['60', -1, Number.NaN, {}]) {
      const error = await rejection(() => cache.touch('key', ttl as never));
      expect({ ttl, error }).toMatchObject({ error: expect.any(MemcacheError) as unknown });
    }
    for (const delta of ['1', 0.5, Number.NaN, null, Infinity]) {
      const error = await rejection(() => cache.incr('key', delta as never));
      expect({ delta, error }).toMatchObject({ error: expect.any(MemcacheError) as unknown });
    }
    expect(await rejection(() => cache.clear())).toBeInstanceOf(MemcacheError);
    expect(await rejection(() => cache.invalidateTags('a:b'))).toBeInstanceOf(MemcacheError);
  });

  test('after close every call rejects with ClosedError', async () => {
    const { open } = await start(protocol);
    const cache = open();
    await cache.set('key', 1);
    await Promise.all([cache.close(), cache.close()]);
    for (const [name, call] of Object.entries(withKey)) {
      const error = await rejection(() => call(cache, 'key' as never));
      expect({ name, isClosed: error instanceof ClosedError, error }).toMatchObject({ name, isClosed: true });
    }
    for (const call of [() => cache.clear({ all: true }), () => cache.invalidateTags('red')])
      expect(await rejection(call)).toBeInstanceOf(ClosedError);
  });

  test('close during loads, waits and refreshes: all settle, and the next process loads at once', async () => {
    const { open } = await start(protocol);
    const [cache, waiting, next] = [open(), open(), open()];
    const signals: AbortSignal[] = [];
    const load = ({ signal }: { signal: AbortSignal }): Promise<never> => {
      signals.push(signal);
      return new Promise(() => {});
    };
    await next.set('stale', 'old', { ttl: 100 });
    expect(await cache.get('stale')).toBe('old');
    const calls = [
      rejection(() => cache.getOrSet('a', load)),
      rejection(() => cache.getOrSet('b', load)),
      rejection(() => cache.getOrSetMany(['c', 'd'], (_, context) => load(context))),
      rejection(() => cache.namespace('shop').getOrSet('e', load)),
    ];
    while (signals.length < 4) await cache.has('other');
    calls.push(rejection(() => waiting.getOrSet('a', load)));
    await waiting.has('a');
    await within(3000, Promise.all([cache.close(), waiting.close()]));
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(ClosedError);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    // The classic text protocol gives a lease back in a second.
    expect(
      await within(
        5000,
        next.getOrSet('a', () => 'next'),
      ),
    ).toBe('next');
  });
});
