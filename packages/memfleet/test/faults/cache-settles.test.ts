/**
 * Caches on nodes that do every bad thing: each call settles within its bound, and gives what it gives where there is
 * nothing; only `clear` and `invalidateTags` say that they failed.
 *
 *   a call             timeout of the client for each trip
 *   getOrSet           timeout + leaseWait + hardTimeout + timeout
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Cache, createCache } from '../../src/cache/index.ts';
import { MemcacheError, TimeoutError } from '../../src/core/errors.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { connect, deadAddress, expectNothingLeft, startNode, within } from '../support/harness.ts';
import { afterProbe, type NodeScript, type ScriptedNode } from '../support/scripted-node.ts';
import { faults, type HostileNode, startHostile } from './hostile-faults.ts';

const protocols: readonly Protocol[] = ['meta', 'text', 'binary'];
const timeout = 120;
const leaseWait = 100;
const hardTimeout = 150;
/** What a slow machine may add. */
const margin = 1500;
const longest = timeout + leaseWait + hardTimeout + timeout + margin;

const loaded = new Map([
  ['k', 'loaded'],
  ['l', 'loaded'],
]);
const broken = new RangeError('the database is gone');

interface CacheCall {
  readonly call: (cache: Cache) => Promise<unknown>;
  /** What it gives without a cache; an error: it rejects with it, or with one of its class. */
  readonly missed: unknown;
}

/** Every method that talks to a node. */
const cacheCalls: Readonly<Record<string, CacheCall>> = {
  get: { call: (cache) => cache.get('k'), missed: undefined },
  'get with a fallback': { call: (cache) => cache.get('k', 'fallback'), missed: 'fallback' },
  getMany: { call: (cache) => cache.getMany(['k', 'l']), missed: new Map() },
  has: { call: (cache) => cache.has('k'), missed: false },
  set: { call: (cache) => cache.set('k', 'value'), missed: false },
  'set with tags': { call: (cache) => cache.set('k', 'value', { tags: ['red'] }), missed: false },
  add: { call: (cache) => cache.add('k', 'value'), missed: false },
  setMany: { call: (cache) => cache.setMany({ k: 1, l: 2 }), missed: { failed: ['k', 'l'] } },
  touch: { call: (cache) => cache.touch('k', 60), missed: false },
  delete: { call: (cache) => cache.delete('k'), missed: false },
  deleteMany: { call: (cache) => cache.deleteMany(['k', 'l']), missed: { failed: ['k', 'l'] } },
  expire: { call: (cache) => cache.expire('k'), missed: false },
  incr: { call: (cache) => cache.incr('k'), missed: undefined },
  decr: { call: (cache) => cache.decr('k'), missed: undefined },
  incrVersion: { call: (cache) => cache.incrVersion('k'), missed: undefined },
  getOrSet: { call: (cache) => cache.getOrSet('a', () => 'loaded'), missed: 'loaded' },
  'getOrSet of undefined': { call: (cache) => cache.getOrSet('b', () => undefined), missed: undefined },
  'getOrSet with tags': {
    call: (cache) => cache.getOrSet('c', () => 'loaded', { tags: ['red'] }),
    missed: 'loaded',
  },
  'getOrSet whose loader throws': {
    call: (cache) =>
      cache.getOrSet('d', () => {
        throw broken;
      }),
    missed: broken,
  },
  'getOrSet whose loader never ends': {
    call: (cache) => cache.getOrSet('e', () => new Promise(() => {})),
    missed: new TimeoutError('', 'total'),
  },
  getOrSetMany: { call: (cache) => cache.getOrSetMany(['k', 'l'], () => loaded), missed: loaded },
  wrap: { call: (cache) => cache.wrap(() => 'loaded', { key: () => 'f' })(), missed: 'loaded' },
  'get in a namespace': { call: (cache) => cache.namespace('shop').get('k'), missed: undefined },
  'getOrSet in a namespace': {
    call: (cache) => cache.namespace('shop').getOrSet('k', () => 'loaded'),
    missed: 'loaded',
  },
  'getOrSetMany in a namespace': {
    call: (cache) => cache.namespace('shop').getOrSetMany(['k', 'l'], () => loaded),
    missed: loaded,
  },
  'clear a namespace': { call: (cache) => cache.namespace('shop').clear(), missed: MemcacheError },
  'clear all': { call: (cache) => cache.clear({ all: true }), missed: MemcacheError },
  invalidateTags: { call: (cache) => cache.invalidateTags('red'), missed: MemcacheError },
};

/** What a call gave, in the words of `missed`. */
async function outcomeOf({ call, missed }: CacheCall, cache: Cache): Promise<unknown> {
  try {
    return await call(cache);
  } catch (error) {
    if (missed === MemcacheError && error instanceof MemcacheError) return MemcacheError;
    if (missed instanceof TimeoutError && error instanceof TimeoutError) return missed;
    return error;
  }
}

interface CacheTest {
  readonly cache: Cache;
  readonly over: () => Promise<void>;
}

function cacheOn(node: HostileNode | ScriptedNode | string, protocol: Protocol, limit = timeout): CacheTest {
  const made = connect(typeof node === 'string' ? node : node.address, {
    protocol,
    timeout: limit,
    connectTimeout: limit,
    ejectAfter: 1000,
  });
  const cache = createCache({ client: made.client, leaseWait, hardTimeout, clock: made.clock, staleTtl: 60 });
  onTestFinished(() => cache.close());
  return {
    cache,
    async over() {
      await cache.close();
      await expectNothingLeft(made, ...(typeof node === 'string' ? [] : [node]));
    },
  };
}

/** All calls at once. */
async function expectMisses(cache: Cache, names = Object.keys(cacheCalls)): Promise<void> {
  const outcomes = names.map(async (name) => {
    const each = cacheCalls[name] as CacheCall;
    return [name, await within(longest, outcomeOf(each, cache), name)] as const;
  });
  expect(Object.fromEntries(await Promise.all(outcomes))).toEqual(
    Object.fromEntries(names.map((name) => [name, cacheCalls[name]?.missed])),
  );
}

/** It replies to so many commands, then never again. */
function silentAfter(replies: number): NodeScript {
  let left = replies;
  return afterProbe((command, connection) => {
    if (left-- > 0) connection.answer(command);
  });
}

describe.each(protocols)('%s', (protocol) => {
  test.each(faults)('$name: every call settles, and only misses are seen', async ({ fault }) => {
    const node = await startHostile(fault(protocol), ':1:k');
    const { cache, over } = cacheOn(node, protocol);
    await expectMisses(cache);
    expect(cache.stats().hiddenErrors).toBeGreaterThan(0);
    await over();
  });

  test('refused: the same', async () => {
    const { cache, over } = cacheOn(await deadAddress(), protocol);
    await expectMisses(cache);
    await over();
  });

  test.each([1, 2, 3, 4, 5])('a node that is silent after %i replies: every call settles', async (replies) => {
    const calls = Object.entries(cacheCalls).map(async ([name, each]) => {
      const node = await startNode(silentAfter(replies));
      const { cache, over } = cacheOn(node, protocol, 60);
      const outcome = await within(longest, outcomeOf(each, cache), name);
      // What is loaded reaches the caller, wherever the cache fails.
      if (name.includes('OrSet') || name === 'wrap') expect({ name, outcome }).toEqual({ name, outcome: each.missed });
      await over();
    });
    await Promise.all(calls);
  });

  test('a lease that another process holds for long: the caller waits leaseWait, then loads', async () => {
    const node = await startNode();
    const { store } = node.store;
    const now = store.tick();
    store.put(undefined, ':1:a', '', 0x6d66_1100, store.expiresAt(60, now), now);
    const { cache, over } = cacheOn(node, protocol);
    expect(
      await within(
        longest,
        cache.getOrSet('a', () => 'loaded'),
      ),
    ).toBe('loaded');
    expect(cache.stats().lease.givenUp).toBe(1);
    await over();
  });
});
