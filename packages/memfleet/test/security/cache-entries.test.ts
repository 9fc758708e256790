/**
 * The attacker writes to a node: damages the bytes and flags of any item of a cache, cuts it, lengthens it, and puts
 * items of one kind in the place of another. No call of a process that reads them throws, hangs, or returns what was
 * damaged; and `getOrSet` stores a right value over it, unless the item is a mark that says to wait.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { areEntryFlags, entryFlags } from '../../src/cache/entry.ts';
import { type Cache, createCache, LoaderFailedElsewhereError } from '../../src/cache/index.ts';
import { createClient } from '../../src/client/index.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer, type Server } from '../../src/server/index.ts';
import { Random } from '../cache/support/random.ts';
import { within } from '../support/harness.ts';

const seed = 14;
const rounds = 80;
const chance = new Random(seed);
/** Nothing makes it smaller. */
const chunked = Buffer.from(Array.from({ length: 5000 }, () => chance.int(0, 255)));
const compressed = 'large '.repeat(1000);

/** Where each value is read, and what it is. */
const values: Readonly<Record<string, { readonly key: string; readonly value: unknown; readonly space?: string }>> = {
  envelope: { key: 'envelope', value: 'value' },
  'an empty text': { key: 'empty', value: '' },
  'a compressed value': { key: 'compressed', value: compressed },
  chunks: { key: 'chunks', value: chunked },
  'a value in a namespace': { key: 'inside', value: 'inside', space: 'shop' },
  nothing: { key: 'nothing', value: undefined },
};

interface Stored {
  readonly key: string;
  readonly bytes: Buffer;
  readonly flags: number;
}

interface Scene {
  readonly server: Server;
  readonly start: () => Cache;
  /** All items that the cache has made. */
  readonly items: readonly Stored[];
}

async function scene(protocol: Protocol): Promise<Scene> {
  const server = createServer({ port: 0 });
  onTestFinished(() => server.destroy());
  const address = await server.listen();
  const nodes = `127.0.0.1:${'port' in address ? address.port : 0}`;
  const start = (): Cache => {
    const client = createClient({ nodes, protocol, maxItemSize: 2000, timeout: 5000 });
    const cache = createCache({ client, jitter: 0, ttl: 1000, leaseWait: 5, large: 'chunk', compress: { above: 500 } });
    onTestFinished(async () => {
      await cache.close();
      await client.close();
    });
    return cache;
  };
  const cache = start();
  for (const { key, value, space } of Object.values(values)) {
    const place = space === undefined ? cache : cache.namespace(space);
    const options = { negativeTtl: 60, tags: key === 'envelope' ? ['red'] : [] };
    await place.getOrSet(key, () => value, options);
  }
  await cache.getOrSet('failed', () => Promise.reject(new Error('gone')), { errorTtl: 60 }).catch(() => {});
  const items: Stored[] = [];
  // The iterator moves one object from item to item.
  for (const { key, value, flags } of server.store.items()) items.push({ key, bytes: Buffer.from(value), flags });
  return { server, start, items };
}

function write({ store }: Server, { key, bytes, flags }: Stored): void {
  const now = store.tick();
  store.put(store.find(key, now), key, bytes, flags, 0, now);
}

/** The node as it was before any damage. */
function restore(server: Server, items: readonly Stored[]): void {
  const { store } = server;
  const keys: string[] = [];
  for (const { key } of store.items()) keys.push(key);
  for (const key of keys) {
    const item = store.find(key, store.tick());
    if (item !== undefined) store.remove(item);
  }
  for (const item of items) write(server, item);
}

const kinds = Object.values(entryFlags);

/** Another item in the place of one. */
function damaged(random: Random, item: Stored, others: readonly Stored[]): Stored {
  const { bytes } = item;
  const at = random.int(0, Math.max(0, bytes.length - 1));
  const flipped = Buffer.from(bytes);
  if (bytes.length > 0) flipped[at] = flipped[at]! ^ (1 << random.int(0, 7));
  const noise = Buffer.from(Array.from({ length: random.int(0, 80) }, () => random.int(0, 255)));
  const ways: (() => Partial<Stored>)[] = [
    () => ({ bytes: flipped }),
    () => ({ bytes: flipped }),
    () => ({ bytes: bytes.subarray(0, at) }),
    () => ({ bytes: Buffer.concat([bytes, noise]) }),
    () => ({ bytes: noise }),
    () => ({ bytes: noise, flags: random.pick(kinds) }),
    () => ({ flags: random.pick(kinds) }),
    () => ({ flags: item.flags ^ (1 << random.int(0, 15)) }),
    () => ({ ...random.pick(others), key: item.key }),
  ];
  return { ...item, ...random.pick(ways)() };
}

describe.each(['meta', 'text', 'binary'] as const)('%s', (protocol) => {
  test('damaged items are misses, and are replaced', async () => {
    const { server, start, items } = await scene(protocol);
    const marks = new Set(items.map(({ flags }) => flags).filter(areEntryFlags));
    expect(marks).toEqual(new Set(kinds.filter((flags) => flags !== entryFlags.stub)));
    const random = new Random(seed);
    const cache = start();
    for (let round = 0; round < rounds; round++) {
      const bad = damaged(random, random.pick(items), items);
      const about = `seed ${seed}, round ${round}: ${bad.key}, flags ${bad.flags.toString(16)}, ${bad.bytes.toString('hex')}`;
      restore(server, items);
      write(server, bad);
      // Whoever may write a plain value may give it any bytes.
      const isPlain = !areEntryFlags(bad.flags);
      const isMark = [entryFlags.stub, entryFlags.failed, entryFlags.nothing].includes(bad.flags);
      for (const { key, space } of Object.values(values)) {
        const place = space === undefined ? cache : cache.namespace(space);
        const read = await within(5000, place.get(key), about);
        const isOwn = read === undefined || isPlain || wasStored(read);
        expect(isOwn, `${about}: ${String(read)}`).toBe(true);
        const many = await within(5000, place.getMany([key]), about);
        const isRightOfMany = isPlain || !many.has(key) || wasStored(many.get(key));
        expect({ about, isRightOfMany }).toEqual({ about, isRightOfMany: true });
        await within(5000, place.has(key), about);
        const load = place.getOrSet(key, () => 'loaded').catch((error: unknown) => error);
        const loaded = await within(5000, load, about);
        const isFailed = loaded instanceof LoaderFailedElsewhereError && bad.flags === entryFlags.failed;
        const isRight =
          loaded === 'loaded' ||
          wasStored(loaded) ||
          (loaded === undefined && (isMark || key === 'nothing')) ||
          isPlain;
        expect(isFailed || isRight, `${about}: ${String(loaded)}`).toBe(true);
        // Without meta nobody can tell an empty item from a lease.
        const isWaiting = isMark || (protocol !== 'meta' && isPlain && bad.bytes.length === 0);
        if (loaded === 'loaded' && !isWaiting) expect([about, await place.get(key)]).toEqual([about, 'loaded']);
      }
    }
  });

  test('other calls do not throw, whatever stands there', async () => {
    const { server, start, items } = await scene(protocol);
    const random = new Random(seed + 1);
    const cache = start();
    const errors: unknown[] = [];
    cache.on('error', ({ error }) => errors.push(error));
    for (let round = 0; round < rounds; round++) {
      const bad = damaged(random, random.pick(items), items);
      const about = `seed ${seed + 1}, round ${round}: ${bad.key}, flags ${bad.flags.toString(16)}`;
      write(server, bad);
      const { key, space } = random.pick(Object.values(values));
      const place = space === undefined ? cache : cache.namespace(space);
      const calls: (() => Promise<unknown>)[] = [
        () => place.add(key, 'value'),
        () => place.set(key, 'value', { tags: ['red'] }),
        () => place.touch(key, 100),
        () => place.expire(key),
        () => place.delete(key),
        () =>
          place.incrVersion(key).catch((error: unknown) => (space === undefined ? Promise.reject(error as Error) : 0)),
        () => place.clear({ all: space === undefined }).catch(() => undefined),
        () => cache.invalidateTags('red'),
        () => place.getOrSetMany([key, 'more'], () => new Map([[key, 'loaded']])).catch((error: unknown) => error),
      ];
      await within(5000, random.pick(calls)(), about);
    }
    expect(errors).toEqual([]);
  });
});

test.each([0, entryFlags.stub])(
  'an empty item without an end (flags %i) makes nobody wait for a loader',
  async (flags) => {
    const server = createServer({ port: 0 });
    onTestFinished(() => server.destroy());
    const address = await server.listen();
    const cache = createCache({ nodes: `127.0.0.1:${'port' in address ? address.port : 0}`, leaseWait: 60_000 });
    onTestFinished(() => cache.close());
    write(server, { key: ':1:key', bytes: Buffer.alloc(0), flags });
    expect(
      await within(
        3000,
        cache.getOrSet('key', () => 'loaded'),
      ),
    ).toBe('loaded');
    expect(await cache.get('key')).toBe('loaded');
  },
);

/** An item of one key in the place of another is a right one. */
function wasStored(value: unknown): boolean {
  return Object.values(values).some(({ value: stored }) =>
    Buffer.isBuffer(stored) && Buffer.isBuffer(value)
      ? stored.equals(value)
      : stored !== undefined && Object.is(stored, value),
  );
}
