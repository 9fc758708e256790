/** What users say of a cache is checked before anything is opened; every complaint names the option. */
import { describe, expect, test } from 'vitest';
import { entryDefaults, resolveEntry } from '../../src/cache/entry-options.ts';
import type { CacheOptions } from '../../src/cache/options.ts';
import { resolveCacheOptions } from '../../src/cache/resolve-options.ts';
import { createClient } from '../../src/client/create-client.ts';
import { auto, json, python } from '../../src/client/transcoders.ts';
import { InvalidOptionError } from '../../src/core/errors.ts';

describe('a cache without options', () => {
  test('has the defaults of the docs', () => {
    expect(resolveCacheOptions()).toMatchObject({
      client: undefined,
      keys: { prefix: '', version: 1 },
      transcoder: auto,
      errors: 'miss',
      lease: 'item',
      leaseTtl: 3,
      leaseWait: 10_000,
      outageTtl: 1000,
      pendingDeletes: { max: 10_000, maxAge: 3600 },
      near: false,
      large: 'refuse',
      compress: false,
      isShared: false,
      entry: entryDefaults,
    });
  });
});

test('what is left out of a table within has its default', () => {
  expect(resolveCacheOptions({ near: { ttl: 500 }, compress: { above: 100 } })).toMatchObject({
    near: { ttl: 500, maxBytes: 32 * 1024 * 1024, maxItems: 10_000, validate: true, freeze: true },
    compress: { above: 100, algorithm: 'gzip', maxLength: 128 * 1024 * 1024 },
  });
  expect(resolveCacheOptions({ pendingDeletes: { max: 5 } }).pendingDeletes).toEqual({ max: 5, maxAge: 3600 });
  expect(resolveCacheOptions({ pendingDeletes: false }).pendingDeletes).toBe(false);
});

test.each<[options: unknown, message: RegExp]>([
  [{ ttl: -1 }, /"ttl" must be seconds from 0, or null/],
  [{ ttl: '60' }, /"ttl" must be/],
  [{ jitter: 0.6 }, /"jitter"/],
  [{ leaseTtl: 1 }, /"leaseTtl" must be seconds from 2 to 60/],
  [{ near: {} }, /"near.ttl" is missing/],
  [{ near: true }, /"near"/],
  [{ lease: 'k~l' }, /"lease" must be "item", "beside" or false/],
  [{ tags: ['a:b'] }, /"tags" must be a list of tags/],
  [{ schema: { parse: () => 1 } }, /"schema" must be a schema with "~standard"/],
  [{ EX: 60 }, /unknown option "EX"; use "ttl"/],
  [{ gracePeriod: 60 }, /use "staleTtl"/],
  [{ compress: { treshold: 1 } }, /unknown option "compress.treshold"/],
  [{ softTimeout: 100, hardTimeout: 50 }, /softTimeout \(100 ms\) is longer than hardTimeout \(50 ms\)/],
  [{ client: { pool: { max: 0 } } }, /"client: option "pool.max"|client.*pool\.max/],
  [{ client: { nodes: 'a' }, nodes: 'b' }, /"nodes" and "client.nodes" set the same thing/],
  [{ timeout: 500 }, /unknown option "timeout"; use "client.timeout"/],
  [{ pool: { max: 1 } }, /unknown option "pool"; use "client.pool"/],
  [{ prefix: 'a' }, /unknown option "prefix"; use "keyPrefix"/],
])('%o is refused', (options, message) => {
  expect(() => resolveCacheOptions(options as CacheOptions)).toThrow(InvalidOptionError);
  expect(() => resolveCacheOptions(options as CacheOptions)).toThrow(message);
});

describe('the client of a cache', () => {
  test('can be one that is there, with its nodes', async () => {
    const client = createClient('127.0.0.1:1');
    expect(resolveCacheOptions({ client }).client).toBe(client);
    expect(() => resolveCacheOptions({ client, nodes: 'a' })).toThrow(/"nodes" contradicts "client"/);
    expect(() => resolveCacheOptions({ client, MAX_POOL_SIZE: 5 })).toThrow(/"MAX_POOL_SIZE" is for a client that is/);
    await client.close();
  });

  test('is made of options, and never hides errors from the cache', () => {
    const { client, clientOptions } = resolveCacheOptions({ client: { timeout: 50, errors: 'miss' }, nodes: 'a,b' });
    expect(client).toBeUndefined();
    expect(clientOptions).toMatchObject({ timeout: 50, nodes: 'a,b', errors: 'throw' });
  });

  test('gives its transcoder, where the cache has none', () => {
    expect(resolveCacheOptions({ client: { transcoder: json } }).transcoder).toBe(json);
    expect(resolveCacheOptions({ client: { transcoder: json }, transcoder: auto }).transcoder).toBe(auto);
  });
});

describe('keys that are shared with another client', () => {
  test('have its transcoder, and no lease in the items', () => {
    const { transcoder, lease, isShared } = resolveCacheOptions({ interop: 'django' });
    expect([transcoder, lease, isShared]).toEqual([python, 'beside', true]);
    expect(resolveCacheOptions({ interop: 'php', lease: false }).lease).toBe(false);
  });

  test('may have its transcoder with options', () => {
    const transcoder = python.with({ json: true });
    expect(resolveCacheOptions({ interop: 'django', transcoder }).transcoder).toBe(transcoder);
  });

  test.each<CacheOptions>([
    { lease: 'item' },
    { large: 'chunk' },
    { compress: {} },
    { tags: ['red'] },
    { earlyRefresh: {} },
    { negativeTtl: 5 },
  ])('have no entry that it could not read: %o is refused', (options) => {
    expect(() => resolveCacheOptions({ interop: 'php', ...options })).toThrow(
      `option "${Object.keys(options)[0]}" contradicts "interop"`,
    );
  });
});

test('values are compressed when the option says so', () => {
  const { transcoder } = resolveCacheOptions({ compress: { above: 10 } });
  expect(transcoder.encode('a'.repeat(1000))).toMatchObject({ flags: 1 });
});

describe('the settings of django-memcached-pool', () => {
  test('mean the options here', () => {
    const { entry, keys, clientOptions } = resolveCacheOptions({
      TIMEOUT: null,
      KEY_PREFIX: 'shop',
      VERSION: 2,
      MAX_POOL_SIZE: 35,
      BLACKLIST_TIME: 60,
      SOCKET_TIMEOUT: 4,
      MAX_ITEM_SIZE: 1_000_000,
      MAX_RETRIES: 3,
    });
    expect(entry.ttl).toBeNull();
    expect(keys).toMatchObject({ prefix: 'shop', version: 2 });
    expect(clientOptions).toMatchObject({
      pool: { max: 35 },
      ejectTime: 60_000,
      timeout: 4000,
      maxItemSize: 1_000_000,
      retry: { attempts: 2 },
    });
  });

  test('leave what the client has beside them', () => {
    const { clientOptions } = resolveCacheOptions({ MAX_POOL_SIZE: 5, client: { pool: { min: 2 } } });
    expect(clientOptions.pool).toEqual({ max: 5, min: 2 });
  });

  test.each<CacheOptions>([
    { TIMEOUT: 1, ttl: 1 },
    { KEY_PREFIX: 'a', keyPrefix: 'a' },
    { VERSION: 1, version: 1 },
    { MAX_POOL_SIZE: 5, client: { pool: { max: 5 } } },
    { MAX_RETRIES: 1, client: { retry: false } },
    { SOCKET_TIMEOUT: 1, client: { timeout: 1000 } },
  ])('are refused beside the same option under its own name: %o', (options) => {
    expect(() => resolveCacheOptions(options)).toThrow(/set the same thing; leave one out/);
  });
});

describe('the options of a call', () => {
  const defaults = resolveCacheOptions({ ttl: 60, staleTtl: 30, tags: ['all'] }).entry;

  test('stand over those of the cache', () => {
    expect(resolveEntry({ ttl: 5, earlyRefresh: {} }, defaults)).toEqual({ ...defaults, ttl: 5, beta: 1 });
    expect(resolveEntry({ ttl: undefined }, defaults)).toEqual(defaults);
  });

  test('are a ttl when they are a number', () => {
    expect(resolveEntry(7, defaults).ttl).toBe(7);
  });

  test('are those of the cache when there are none', () => {
    expect(resolveEntry(undefined, defaults)).toBe(defaults);
  });

  test('say "for ever" by null, and by Infinity', () => {
    expect(resolveEntry({ ttl: null }, defaults).ttl).toBeNull();
    expect(resolveEntry(Infinity, defaults).ttl).toBeNull();
  });

  test.each([{ EX: 60 }, { ttl: '60' }, { ttl: NaN }, { tags: 'red' }, 'ttl', null, { near: { ttl: 1 } }])(
    'are refused when they are %o',
    (options) => {
      expect(() => resolveEntry(options as never, defaults)).toThrow(InvalidOptionError);
    },
  );
});
