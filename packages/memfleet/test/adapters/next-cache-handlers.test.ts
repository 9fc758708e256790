/** `cacheHandlers` without Next.js: two processes are two handlers on one node, each with a client of its own. */
import { text } from 'node:stream/consumers';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { describe, expect, test, vi } from 'vitest';
import {
  type NextCacheEntry,
  nextCacheHandlers,
  type NextCacheHandlers,
  type NextCacheOptions,
} from '../../src/adapters/next-cache-handlers.ts';
import type { ClientOptions } from '../../src/client/index.ts';
import { describeBadCases } from './contract.ts';
import { dayOf, hour, passMilliseconds, quick } from './next-times.ts';
import { clientOf, startClient, startNode, startRelay } from './nodes.ts';

function streamOf(...parts: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(Buffer.from(part));
      controller.close();
    },
  });
}

const textOf = (entry: NextCacheEntry): Promise<string> => text(entry.value as NodeStream);

function entryOf(value: string, more: Partial<NextCacheEntry> = {}): Promise<NextCacheEntry> {
  passMilliseconds();
  const life = { stale: 300, revalidate: hour, expire: 24 * hour };
  return Promise.resolve({ value: streamOf(value), tags: [], timestamp: Date.now(), ...life, ...more });
}

/** What a read serves; undefined: Next.js renders. */
async function read(handlers: NextCacheHandlers, key: string, softTags: string[] = []): Promise<string | undefined> {
  passMilliseconds();
  const entry = await handlers.get(key, softTags);
  return entry === undefined ? undefined : textOf(entry);
}

/** Handlers of two processes. */
async function startTwo(options: NextCacheOptions = quick): Promise<[NextCacheHandlers, NextCacheHandlers]> {
  const { address } = await startNode();
  return [nextCacheHandlers(clientOf(address), options), nextCacheHandlers(clientOf(address), options)];
}

describe('cacheHandlers', () => {
  test('give an entry that another process stored, with a new stream at each read', async () => {
    const [one, other] = await startTwo();
    const timestamp = Date.now() - 5000;
    await one.set('key', entryOf('page', { tags: ['a', 'b'], timestamp }));
    const [first, second] = [await other.get('key', []), await other.get('key', [])];
    expect(first).toMatchObject({ tags: ['a', 'b'], stale: 300, revalidate: hour, expire: 24 * hour });
    expect(Math.abs((first?.timestamp ?? 0) - timestamp)).toBeLessThan(1000);
    expect(await textOf(first as NextCacheEntry)).toBe('page');
    expect(await textOf(second as NextCacheEntry)).toBe('page');
  });

  test('keep an entry without bytes, and one of many chunks', async () => {
    const [one, other] = await startTwo();
    await one.set('empty', entryOf('', { value: streamOf() }));
    await one.set('parts', entryOf('', { value: streamOf('a', 'b', 'c') }));
    expect(await read(other, 'empty')).toBe('');
    expect(await read(other, 'parts')).toBe('abc');
  });

  test('keep entries that are larger than an item', async () => {
    const [one, other] = await startTwo();
    const large = 'x'.repeat(5_000_000);
    await one.set('key', entryOf(large));
    expect(await read(other, 'key')).toBe(large);
  });

  test('render anew, once, when a part of a large entry is lost', async () => {
    const node = await startNode();
    const [client, handlers] = [clientOf(node.address), nextCacheHandlers(clientOf(node.address), quick)];
    await handlers.set('key', entryOf('x'.repeat(3_000_000)));
    const keys = Array.from(node.server().store.items(), ({ key }) => key);
    const parts = keys.filter((key) => key.endsWith('~1'));
    expect(parts.length).toBe(1);
    await client.deleteMany(parts);
    expect(await read(handlers, 'key')).toBe(undefined);
    await handlers.set('key', entryOf('new'));
    expect(await read(handlers, 'key')).toBe('new');
  });

  test('store nothing when the stream or the render fails, nor what may not be served', async () => {
    const [one, other] = await startTwo();
    const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('render')) });
    await one.set('stream', entryOf('', { value: failing }));
    await one.set('render', Promise.reject(new Error('render')));
    await one.set('dynamic', entryOf('page', { expire: 0 }));
    for (const key of ['stream', 'render', 'dynamic']) expect(await read(other, key)).toBe(undefined);
  });

  test('wait for an entry that this process is storing', async () => {
    const [one] = await startTwo();
    let render: (entry: Promise<NextCacheEntry>) => void = () => {};
    const storing = one.set('key', new Promise((resolve) => (render = resolve)));
    const reading = read(one, 'key');
    render(entryOf('page'));
    expect(await reading).toBe('page');
    await storing;
  });

  test('miss an entry in every process once one of its tags is revalidated', async () => {
    const [one, other] = await startTwo();
    await one.set('key', entryOf('old', { tags: ['a', 'b'] }));
    await one.set('else', entryOf('else', { tags: ['c'] }));
    expect(await read(other, 'key')).toBe('old');
    await one.updateTags(['b']);
    expect(await read(other, 'key')).toBe(undefined);
    expect(await read(other, 'else')).toBe('else');
    await other.set('key', entryOf('new', { tags: ['a', 'b'] }));
    expect(await read(one, 'key')).toBe('new');
  });

  test('miss it even if the clock of the process that stored it is an hour ahead', async () => {
    const [one, other] = await startTwo();
    await one.set('key', entryOf('old', { tags: ['a'], timestamp: Date.now() + hour * 1000 }));
    await other.updateTags(['a']);
    expect(await read(one, 'key')).toBe(undefined);
  });

  test('do not store what was rendered while its tag was revalidated', async () => {
    const [one, other] = await startTwo();
    const timestamp = Date.now() - 1000;
    await other.updateTags(['a']);
    await one.set('key', entryOf('old', { tags: ['a'], timestamp }));
    expect(await read(other, 'key')).toBe(undefined);
  });

  test('serve an old entry as stale for as long as the revalidation permits', async () => {
    const [one, other] = await startTwo();
    await one.set('key', entryOf('old', { tags: ['a'] }));
    await one.updateTags(['a'], { expire: hour });
    const stale = await other.get('key', []);
    expect(stale?.revalidate).toBe(-1);
    expect(await textOf(stale as NextCacheEntry)).toBe('old');
    // Rendered before the revalidation, stored after it.
    await other.set('key', entryOf('meanwhile', { tags: ['a'], timestamp: Date.now() - 1000 }));
    expect((await one.get('key', []))?.revalidate).toBe(-1);
    await other.set('key', entryOf('new', { tags: ['a'] }));
    expect((await one.get('key', []))?.revalidate).toBe(hour);
    await one.updateTags(['a'], { expire: 0 });
    expect(await read(other, 'key')).toBe(undefined);
  });

  test('miss an expired entry, although a later revalidation would make it stale', async () => {
    const [one, other] = await startTwo();
    await one.set('key', entryOf('old', { tags: ['a'] }));
    await one.updateTags(['a']);
    await one.updateTags(['a'], { expire: hour });
    expect(await read(other, 'key')).toBe(undefined);
  });

  test('miss an entry on the paths that were revalidated, and serve it on others', async () => {
    const [one, other] = await startTwo();
    const day = dayOf();
    await one.get('key', ['_N_T_/a', '_N_T_/b']);
    day.later(1000);
    await one.set('key', entryOf('old'));
    expect(await read(other, 'key', ['_N_T_/b'])).toBe('old');
    day.later(1000);
    await one.updateTags(['_N_T_/a']);
    expect(await read(other, 'key', ['_N_T_/b'])).toBe('old');
    expect(await read(other, 'key', ['_N_T_/a'])).toBe(undefined);
  });

  test('leave the tags of paths to the read', async () => {
    const [one] = await startTwo();
    await one.refreshTags();
    expect(await one.getExpiration(['_N_T_/a'])).toBe(Infinity);
  });

  test('return in development the time at which a path was revalidated', async () => {
    vi.stubEnv('NODE_ENV', 'development');
    const [one, other] = await startTwo();
    vi.unstubAllEnvs();
    expect(await one.getExpiration(['_N_T_/a'])).toBeGreaterThan(0);
    const day = dayOf();
    day.later(1000);
    await other.updateTags(['_N_T_/a']);
    expect(await one.getExpiration(['_N_T_/a', '_N_T_/b'])).toBe(Date.now());
  });

  test('miss an entry whose tags, or the tags of whose path, a node has forgotten', async () => {
    const { address, server } = await startNode();
    const handlers = nextCacheHandlers(clientOf(address), quick);
    const client = clientOf(address);
    const day = dayOf();
    await handlers.get('key', ['_N_T_/a']);
    day.later(1000);
    await handlers.set('tagged', entryOf('old', { tags: ['a'] }));
    await handlers.set('plain', entryOf('old'));
    expect(await read(handlers, 'plain', ['_N_T_/a'])).toBe('old');
    const lost = Array.from(server().store.items(), ({ key }) => key).filter((key) => key.startsWith('next:~'));
    await client.deleteMany(lost);
    day.later(1000);
    expect(await read(handlers, 'tagged')).toBe(undefined);
    expect(await read(handlers, 'plain')).toBe('old');
    expect(await read(handlers, 'plain', ['_N_T_/a'])).toBe(undefined);
  });

  test('let one process render what several miss, and the others wait for it', async () => {
    const [one, other] = await startTwo({ renderWait: 20_000 });
    for (const revalidate of [async () => {}, () => other.updateTags(['a'])]) {
      await revalidate();
      expect(await read(one, 'key')).toBe(undefined);
      const waiting = read(other, 'key');
      const value = `of ${String(revalidate)}`;
      await one.set('key', entryOf(value, { tags: ['a'] }));
      expect(await waiting).toBe(value);
    }
  });

  test('do not wait for themselves, nor for a process that stores nothing', async () => {
    const [one, other] = await startTwo({ renderWait: 20_000 });
    expect(await read(one, 'twice')).toBe(undefined);
    expect(await read(one, 'twice')).toBe(undefined);
    expect(await read(one, 'failed')).toBe(undefined);
    const waiting = read(other, 'failed');
    await one.set('failed', Promise.reject(new Error('render')));
    expect(await waiting).toBe(undefined);
  });

  test('give up waiting after renderWait, once', async () => {
    const [one, other] = await startTwo({ renderWait: 20 });
    expect(await read(one, 'key')).toBe(undefined);
    expect(await read(other, 'key')).toBe(undefined);
    expect(await read(other, 'key')).toBe(undefined);
    await other.set('key', entryOf('page'));
    expect(await read(one, 'key')).toBe('page');
  });

  test.each<ClientOptions>([{ protocol: 'text' }, { protocol: 'binary' }])(
    'work without leases on nodes of %o',
    async (protocol) => {
      const { address } = await startNode();
      const [one, other] = [0, 1].map(() => nextCacheHandlers(clientOf(address, protocol), { renderWait: 20_000 }));
      expect(await read(one as NextCacheHandlers, 'key')).toBe(undefined);
      expect(await read(other as NextCacheHandlers, 'key')).toBe(undefined);
      await one?.set('key', entryOf('x'.repeat(3_000_000), { tags: ['a'] }));
      expect((await read(other as NextCacheHandlers, 'key'))?.length).toBe(3_000_000);
      await other?.updateTags(['a'], { expire: hour });
      expect((await one?.get('key', []))?.revalidate).toBe(-1);
      await other?.updateTags(['a']);
      expect(await read(one as NextCacheHandlers, 'key')).toBe(undefined);
      await one?.set('key', entryOf('new', { tags: ['a'] }));
      expect(await read(other as NextCacheHandlers, 'key')).toBe('new');
    },
  );

  test('miss, store nothing and reject revalidations while the node is out', async () => {
    const node = await startNode();
    const handlers = nextCacheHandlers(clientOf(node.address), { renderWait: 20_000 });
    await handlers.set('key', entryOf('page', { tags: ['a'] }));
    await node.stop();
    expect(await read(handlers, 'key', ['_N_T_/a'])).toBe(undefined);
    await handlers.set('key', entryOf('page', { tags: ['a'] }));
    await expect(handlers.updateTags(['a'])).rejects.toThrow('cannot connect');
  });

  test('repeat a revalidation that a node has not received, when it is back with its items', async () => {
    const { address } = await startNode();
    const relayed = await startRelay(address);
    const client = clientOf(relayed.relay.name);
    const [one, other] = [nextCacheHandlers(client, quick), nextCacheHandlers(clientOf(address), quick)];
    const day = dayOf();
    await one.get('path', ['_N_T_/a']);
    day.later(1000);
    await one.set('tagged', entryOf('old', { tags: ['a'] }));
    await one.set('path', entryOf('old'));
    await relayed.down();
    day.later(1000);
    await expect(one.updateTags(['a', '_N_T_/a'], { expire: hour })).rejects.toThrow();
    expect(await read(other, 'tagged')).toBe('old');
    await relayed.up();
    await client.ready();
    expect(await read(one, 'tagged')).toBe(undefined);
    expect(await read(one, 'path', ['_N_T_/a'])).toBe(undefined);
    expect(await read(other, 'tagged')).toBe(undefined);
    expect(await read(other, 'path', ['_N_T_/a'])).toBe(undefined);
  });

  test('keep a later revalidation of another process when they repeat theirs', async () => {
    const { address } = await startNode();
    const relayed = await startRelay(address);
    const client = clientOf(relayed.relay.name);
    const [one, other] = [nextCacheHandlers(client, quick), nextCacheHandlers(clientOf(address), quick)];
    const day = dayOf();
    await one.get('key', ['_N_T_/a']);
    await relayed.down();
    day.later(1000);
    await expect(one.updateTags(['_N_T_/a'])).rejects.toThrow();
    day.later(1000);
    await other.set('key', entryOf('between'));
    day.later(1000);
    await other.updateTags(['_N_T_/a']);
    await relayed.up();
    await client.ready();
    await one.get('else', ['_N_T_/a']);
    expect(await read(other, 'key', ['_N_T_/a'])).toBe(undefined);
  });

  test('refuse options that they do not know', async () => {
    const client = await startClient();
    expect(() => nextCacheHandlers(client, { renderwait: 1 } as never)).toThrow('unknown option "renderwait"');
    expect(() => nextCacheHandlers(client, { renderWait: -1 })).toThrow('option "renderWait"');
  });
});

describeBadCases('cacheHandlers of Next.js', (client) => {
  const handlers = nextCacheHandlers(client, quick);
  return {
    get: (key) => read(handlers, key),
    set: (key, value) => handlers.set(key, entryOf(value, { tags: [key] })),
    delete: (key) => handlers.updateTags([key]),
    setUnfit: (key) => handlers.set(key, entryOf('', { value: 'no stream' as never })),
  };
});
