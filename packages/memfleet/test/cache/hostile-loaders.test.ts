/** Loaders that do every bad thing: what they throw, what they give, and what they call. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Cache, createCache, type EntryOptions, LoadCycleError } from '../../src/cache/index.ts';
import { TimeoutError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer, type Server } from '../../src/server/index.ts';
import { within } from '../support/harness.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];

/** Rejections that nobody handles end a process. */
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => void process.on('unhandledRejection', onUnhandled));
afterEach(() => {
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

let server: Server;
async function start(protocol: Protocol, options: EntryOptions = {}): Promise<() => Cache> {
  server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  const nodes = `127.0.0.1:${'port' in address ? address.port : 0}`;
  return () => {
    const cache = createCache({ client: { nodes, protocol, timeout: 5000 }, jitter: 0, ...options });
    onTestFinished(() => cache.close());
    return cache;
  };
}

/** Errors that are none, or that bite. */
const thrown: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a text': 'text',
  'a number': 0,
  'a symbol': Symbol('own'),
  'an object without prototype': Object.create(null),
  'an error whose name is no text': Object.assign(new Error('own'), { name: 7 }),
  'an error whose name throws': Object.defineProperty(new Error('own'), 'name', {
    get: () => {
      throw new Error('bite');
    },
  }),
  'an error whose code throws': Object.defineProperty(new Error('own'), 'code', {
    get: () => {
      throw new Error('bite');
    },
  }),
  'an error with half of a surrogate pair': Object.assign(new Error('own'), { name: '\ud800', code: '\udfff' }),
  'an error with a name of a megabyte': Object.assign(new Error('own'), { name: 'x'.repeat(2_000_000) }),
  'a frozen error': Object.freeze(new Error('own')),
  'a proxy that throws': new Proxy(new Error('own'), {
    get: () => {
      throw new Error('bite');
    },
  }),
};

/** What `await` takes for a promise. */
function thenable(
  then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
): Promise<unknown> {
  const object = {} as Promise<unknown>;
  Reflect.set(object, 'then', then);
  return object;
}

describe.each(protocols)('%s', (protocol) => {
  test.each(Object.keys(thrown))('throws %s: its callers get it, and others an error soon', async (name) => {
    const open = await start(protocol, { errorTtl: 60 });
    const [cache, other] = [open(), open()];
    let loads = 0;
    const load = (): never => {
      loads++;
      throw thrown[name];
    };
    const caught = await within(
      3000,
      cache.getOrSet('key', load).then(
        () => 'no error',
        (error: unknown) => ({ error }),
      ),
    );
    expect(Object.is((caught as { error: unknown }).error, thrown[name])).toBe(true);
    await expect(within(3000, other.getOrSet('key', load))).rejects.toThrow('key');
    expect(loads).toBe(1);
    expect(await cache.get('key')).toBeUndefined();
  });

  test('with an old value, all get that', async () => {
    const open = await start(protocol, { staleOnError: 600, ttl: 100, errorTtl: 60, hardTimeout: 1000 });
    const cache = open();
    await cache.set('key', 'old');
    for (const error of Object.values(thrown)) {
      await cache.expire('key');
      if ((await cache.get('key')) === undefined) await cache.set('key', 'old', { ttl: 1 });
      const load = (): never => {
        throw error;
      };
      expect(['old']).toContain(await within(3000, cache.getOrSet('key', load, { staleTtl: 600 })));
    }
  });

  test('calls for its own key: an error at once, through any number of keys and calls', async () => {
    const open = await start(protocol, { errorTtl: 0 });
    const cache = open();
    const itself = cache.getOrSet('a', (): Promise<unknown> => cache.getOrSet('a', () => 1));
    await expect(within(3000, itself)).rejects.toBeInstanceOf(LoadCycleError);
    const ring = cache.getOrSet('b', (): Promise<unknown> =>
      cache.getOrSet('c', (): Promise<unknown> => cache.getOrSet('b', () => 1)),
    );
    await expect(within(3000, ring)).rejects.toBeInstanceOf(LoadCycleError);
    const many = cache.getOrSetMany(['d', 'e'], async () => cache.getOrSetMany(['e'], () => new Map([['e', 1]])));
    await expect(within(3000, many)).rejects.toBeInstanceOf(LoadCycleError);
    const wrapped = cache.wrap((): Promise<unknown> => wrapped(), { key: () => 'f' });
    await expect(within(3000, wrapped())).rejects.toBeInstanceOf(LoadCycleError);
    // Other keys, and other calls for the same key, are no cycle.
    expect(
      await cache.getOrSet('g', async () => {
        const other = await cache.getOrSet('h', () => 'h');
        return `${other} ${String(await cache.get('g'))}`;
      }),
    ).toBe('h undefined');
  });

  test('sets or deletes the key that it loads: its own value is returned, and not stored over that', async () => {
    const open = await start(protocol);
    const cache = open();
    const value = await cache.getOrSet('key', async () => {
      await cache.set('key', 'set');
      return 'loaded';
    });
    expect(value).toBe('set');
    expect(await cache.get('key')).toBe('set');
    await cache.delete('key');
    expect(
      await cache.getOrSet('key', async () => {
        await cache.delete('key');
        return 'loaded';
      }),
    ).toBe('loaded');
    expect(await cache.get('key')).toBeUndefined();
  });

  test('never ends: hardTimeout ends the call, and a later value is dropped', async () => {
    const open = await start(protocol, { hardTimeout: 50, errorTtl: 0 });
    const cache = open();
    let finish: (value: unknown) => void = () => {};
    const late = new Promise((resolve) => {
      finish = resolve;
    });
    await expect(
      within(
        3000,
        cache.getOrSet('key', () => late),
      ),
    ).rejects.toBeInstanceOf(TimeoutError);
    finish('late');
    await late;
    expect(await cache.get('key')).toBeUndefined();
    expect(await cache.getOrSet('key', () => 'next')).toBe('next');
  });

  test('rejects after it was given up: nobody is told, and the process lives', async () => {
    const open = await start(protocol, { hardTimeout: 30, errorTtl: 0 });
    const cache = open();
    let fail: (error: Error) => void = () => {};
    const load = (): Promise<never> =>
      new Promise((_, reject) => {
        fail = reject;
      });
    await expect(within(3000, cache.getOrSet('key', load))).rejects.toBeInstanceOf(TimeoutError);
    fail(new Error('late'));
    expect(await cache.has('key')).toBe(false);
  });

  const values: readonly unknown[] = [
    null,
    0,
    -0,
    '',
    false,
    0n,
    Number.NaN,
    [],
    {},
    Buffer.alloc(0),
    '\0',
    new Date(0),
  ];
  test.each(values.map((value, at) => [at, value] as const))('gives value %i: it is a value', async (_, value) => {
    const open = await start(protocol);
    const [cache, other] = [open(), open()];
    let loads = 0;
    const load = (): unknown => {
      loads++;
      return value;
    };
    expect(await cache.getOrSet('key', load)).toEqual(value);
    const stored = await other.get('key', 'none');
    expect(await other.getOrSet('key', load)).toEqual(stored);
    expect(loads).toBe(1);
    expect(await cache.has('key')).toBe(true);
    expect(await cache.add('key', 'other')).toBe(false);
    expect(await cache.set('set', value)).toBe(true);
    expect(await other.get('set', 'none')).toEqual(stored);
    if (!(value instanceof Date)) expect(stored).toEqual(value);
  });

  test('gives undefined: it is nothing, and the next call loads again, unless negativeTtl is set', async () => {
    const open = await start(protocol);
    const [cache, other] = [open(), open()];
    let loads = 0;
    const load = (): undefined => void loads++;
    expect(await cache.getOrSet('key', load)).toBeUndefined();
    expect(await other.getOrSet('key', load, { negativeTtl: 60 })).toBeUndefined();
    expect(await cache.getOrSet('key', load)).toBeUndefined();
    expect(loads).toBe(2);
    expect(await cache.has('key')).toBe(false);
    expect(await cache.add('key', 'value')).toBe(true);
  });

  const loop: { self?: unknown } = {};
  loop.self = loop;
  const unfit: readonly unknown[] = [() => {}, Symbol('own'), loop];
  test.each(unfit.map((value, at) => [at, value] as const))(
    'gives what has no bytes (%i): the call throws, the next loads',
    async (_, value) => {
      const open = await start(protocol);
      const [cache, other] = [open(), open()];
      await expect(
        within(
          3000,
          cache.getOrSet('key', () => value),
        ),
      ).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      await expect(cache.set('key', value)).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
      expect(
        await within(
          3000,
          other.getOrSet('key', () => 'fine'),
        ),
      ).toBe('fine');
    },
  );

  test('gives more than an item may hold: the value is returned, and the next process loads', async () => {
    const open = await start(protocol);
    const [cache, other] = [open(), open()];
    const large = 'x'.repeat(2_000_000);
    expect(
      await within(
        3000,
        cache.getOrSet('key', () => large),
      ),
    ).toBe(large);
    expect(
      await within(
        3000,
        other.getOrSet('key', () => 'small'),
      ),
    ).toBe('small');
    expect(await cache.get('key')).toBe('small');
  });

  test('thenables that throw, settle twice or never say anything', async () => {
    const open = await start(protocol, { hardTimeout: 100, errorTtl: 0 });
    const cache = open();
    const bites = thenable(() => {
      throw new RangeError('bite');
    });
    const twice = thenable((resolve, reject) => {
      resolve('first');
      reject(new Error('second'));
      throw new Error('third');
    });
    await expect(cache.getOrSet('a', () => bites)).rejects.toThrow('bite');
    expect(await cache.getOrSet('b', () => twice)).toBe('first');
    await expect(cache.getOrSet('c', () => thenable(() => {}))).rejects.toThrow('100 ms');
  });

  test('getOrSetMany: a loader that gives other keys, no map, or something else', async () => {
    const open = await start(protocol, { errorTtl: 0 });
    const cache = open();
    const foreign = new Map([
      ['b', 2],
      ['a', 1],
    ]);
    expect(await cache.getOrSetMany(['a', 'c'], () => foreign)).toEqual(new Map([['a', 1]]));
    expect(await cache.get('b')).toBeUndefined();
    for (const given of [undefined, null, 7, 'text', { d: 1 }, []]) {
      const call = cache.getOrSetMany(['d'], () => given as unknown as Map<string, unknown>);
      await expect(within(3000, call)).rejects.toBeInstanceOf(Error);
    }
    expect(await cache.getOrSetMany(['d'], () => new Map([['d', 1]]))).toEqual(new Map([['d', 1]]));
  });

  test('wrong calls of the context throw within the loader', async () => {
    const open = await start(protocol, { errorTtl: 0 });
    const cache = open();
    const wrong = [
      cache.getOrSet('a', ({ setTtl }) => setTtl(-1)),
      cache.getOrSet('b', ({ setTtl }) => setTtl('60' as unknown as number)),
      cache.getOrSet('c', ({ addTags }) => addTags('a:b')),
      cache.getOrSet('d', ({ addTags }) => addTags(7 as unknown as string)),
    ];
    for (const call of wrong) await expect(within(3000, call as Promise<unknown>)).rejects.toBeInstanceOf(Error);
  });
});
