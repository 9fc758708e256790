/** A value that is larger than an item is stored in chunks; it comes back whole, or is a miss. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Chunks } from '../../src/cache/chunks.ts';
import { EntryTranscoder } from '../../src/cache/entry-transcoder.ts';
import { Chunk, type EntryHead, Envelope, Manifest, Stub } from '../../src/cache/entry.ts';
import type { ItemStoreOptions } from '../../src/cache/item-calls.ts';
import { KeyMaker } from '../../src/cache/keys.ts';
import { versionStamp } from '../../src/cache/version-stamp.ts';
import { auto } from '../../src/client/transcoders.ts';
import { MemoryCalls } from './support/memory-calls.ts';
import { VirtualProcess } from './support/virtual-process.ts';
import { World } from './support/world.ts';

const key = ':1:page';
const keys = new KeyMaker();
const large = 'äbc'.repeat(1000);

let world = new World({ nodes: 3 });
beforeEach(() => {
  world = new World({ nodes: 3 });
});

/** A process that stores values in chunks of 488 bytes. */
function start(): { calls: MemoryCalls; chunks: Chunks; store: Store; read: () => Promise<unknown> } {
  const entries = new EntryTranscoder({ transcoder: auto, emptyIsStub: true });
  const process = new VirtualProcess('p', world.clock, world.random, { delay: 5 });
  const calls = new MemoryCalls({ process, nodeOf: world.nodeOf, transcoder: entries });
  const chunks = new Chunks({ calls, entries, keys, maxItemSize: 1000, newId: () => versionStamp(world.clock.now()) });
  const store: Store = (entry, options = {}) =>
    world.until(
      chunks.storing({ key, entry, ttl: 100 }, async (stored) => {
        const { result } = await calls.setItem(key, stored, { ttl: 100, ...options });
        return result === 'stored';
      }),
    );
  const read = async (): Promise<unknown> => {
    const found = (await calls.getItem(key))?.value;
    return found instanceof Manifest ? (await chunks.join(key, found))?.value : found;
  };
  return { calls, chunks, store, read };
}

type Store = (entry: unknown, options?: ItemStoreOptions) => Promise<boolean>;

async function manifestOf({ calls }: { calls: MemoryCalls }): Promise<Manifest> {
  return (await world.until(calls.getItem(key)))?.value as Manifest;
}

describe('a small value', () => {
  test('is one item, stored in the turn of the call', async () => {
    const process = start();
    const called: string[] = [];
    process.calls.onCall = (verb, name) => called.push(`${verb} ${name}`);
    const storing = process.store('small');
    expect(called).toEqual([`set ${key}`]);
    expect(await storing).toBe(true);
    expect(await world.until(process.read())).toBe('small');
  });

  test('keeps its head, and a mark stays a mark', async () => {
    const process = start();
    const head: EntryHead = { softExpiry: 5 };
    await process.store(new Envelope('small', head));
    expect(await world.until(process.read())).toEqual(new Envelope('small', head));
    await process.store(new Stub('me'));
    expect(await world.until(process.read())).toEqual(new Stub('me'));
  });
});

describe('a large value', () => {
  test('comes back whole, whatever its type', async () => {
    const process = start();
    for (const value of [large, Buffer.from(large), { list: Array.from({ length: 500 }, (_, n) => n) }]) {
      expect(await process.store(value)).toBe(true);
      expect(await world.until(process.read())).toEqual(value);
    }
  });

  test('has its head in the manifest', async () => {
    const process = start();
    const head: EntryHead = { tags: [{ name: 'red', stamp: versionStamp(1) }], times: { created: 5, loadMs: 6 } };
    await process.store(new Envelope(large, head));
    const manifest = await manifestOf(process);
    expect(manifest).toMatchObject({ count: 9, length: 4000, flags: 0, head });
    expect(await world.until(process.read())).toBe(large);
  });

  test('has its chunks on the node of its key, alive for longer than the manifest', async () => {
    const process = start();
    const sent: [string, object][] = [];
    process.calls.onCall = (_, name, options) => sent.push([name, { ...options, value: undefined }]);
    await process.store(large);
    const chunks = sent.slice(0, -1);
    expect(chunks).toHaveLength(9);
    for (const [name, options] of chunks) {
      expect(name).toMatch(/^:1:page~[\w-]{16}~\d$/);
      expect(options).toMatchObject({ ttl: 160, routingKey: key });
    }
    expect(sent.at(-1)).toMatchObject([key, { ttl: 100 }]);
    expect(world.nodes.filter(({ executed }) => executed > 0)).toEqual([world.nodeOf(key)]);
  });

  test('is a miss when a chunk is missing', async () => {
    const process = start();
    await process.store(large);
    const { id } = await manifestOf(process);
    await world.until(process.calls.delete(keys.chunk(key, id, 4), { routingKey: key }));
    expect(await world.until(process.read())).toBeUndefined();
  });

  test.each([
    ['other bytes of the same length', new Chunk(Buffer.alloc(488, 'x'))],
    ['other bytes of another length', new Chunk(Buffer.alloc(487, 'x'))],
    ['no chunk', 'text'],
  ])('is a miss when a chunk was replaced by %s', async (_, other) => {
    const process = start();
    await process.store(large);
    const { id } = await manifestOf(process);
    await world.until(process.calls.setItem(keys.chunk(key, id, 4), other, { routingKey: key }));
    expect(await world.until(process.read())).toBeUndefined();
  });

  test('is not stored when one of its chunks is not, and leaves no chunks', async () => {
    const process = start();
    await process.store('before');
    const { calls } = process;
    const setItem = calls.setItem.bind(calls);
    const error = new Error('the node is busy');
    const names: string[] = [];
    calls.setItem = (name, ...rest) => {
      names.push(name);
      return name.endsWith('~4') ? Promise.reject(error) : setItem(name, ...rest);
    };
    await expect(process.store(large)).rejects.toBe(error);
    expect(await world.until(process.read())).toBe('before');
    await world.pass(100);
    expect(names).toHaveLength(9);
    expect((await world.until(calls.getItems(names, { routingKey: key }))).size).toBe(0);
  });

  test('lives longer by a touch, with all its chunks', async () => {
    const process = start();
    await process.store(large);
    const manifest = await manifestOf(process);
    expect(await world.until(process.chunks.touch(key, manifest, 500))).toBe(true);
    await world.until(process.calls.touch(key, 500));
    await world.pass(400_000);
    expect(await world.until(process.read())).toBe(large);
    await world.until(process.calls.delete(keys.chunk(key, manifest.id, 0), { routingKey: key }));
    expect(await world.until(process.chunks.touch(key, manifest, 500))).toBe(false);
  });
});

describe('chunks that no manifest names any more', () => {
  /** How many of the chunks of a manifest are there. */
  async function chunksLeft(process: { calls: MemoryCalls }, { id, count }: Manifest): Promise<number> {
    await world.pass(100);
    const names = Array.from({ length: count }, (_, at) => keys.chunk(key, id, at));
    return (await world.until(process.calls.getItems(names, { routingKey: key }))).size;
  }

  test.each([
    ['large', 'x'.repeat(3000)],
    ['small', 'x'],
  ])('are deleted when a %s value takes its place', async (_, next) => {
    const process = start();
    await process.store(large);
    const manifest = await manifestOf(process);
    await world.until(process.read());
    expect(await chunksLeft(process, manifest)).toBe(9);
    await process.store(next);
    expect(await chunksLeft(process, manifest)).toBe(0);
    expect(await world.until(process.read())).toBe(next);
  });

  test('are deleted when the node refuses the manifest', async () => {
    const process = start();
    await process.store('small');
    const ids: string[] = [];
    process.calls.onCall = (verb, name) => verb === 'set' && name.endsWith('~0') && ids.push(name.split('~')[1] ?? '');
    expect(await process.store(large, { mode: 'add' })).toBe(false);
    const manifest = new Manifest({ id: ids[0] ?? '', count: 9, length: 0, crc: 0, flags: 0, head: {} });
    expect(await chunksLeft(process, manifest)).toBe(0);
    expect(await world.until(process.read())).toBe('small');
  });
});

test('with two writers, a reader and chunks that disappear, every value read is one that was stored', async () => {
  const seen = { whole: 0, missed: 0 };
  for (let seed = 1; seed <= 20; seed++) {
    world = new World({ seed });
    const [a, b, reader] = [start(), start(), start()];
    const values = new Set<unknown>();
    for (let round = 0; round < 10; round++) {
      for (const [writer, name] of [
        [a, 'a'],
        [b, 'b'],
      ] as const) {
        const value = name.repeat(1500 + round) + String(round);
        values.add(value);
        void writer.store(value);
      }
      const reading = Promise.all([reader.read(), reader.read()]);
      await world.pass(world.random.int(1, 12));
      if (world.random.next() < 0.3) {
        const found = (await world.until(reader.calls.getItem(key)))?.value;
        if (found instanceof Manifest) void reader.calls.delete(keys.chunk(key, found.id, 1), { routingKey: key });
      }
      for (const value of await world.until(reading)) {
        if (value === undefined) seen.missed++;
        else expect(values.has(value)).toBe(true);
        if (value !== undefined) seen.whole++;
      }
    }
    await world.pass(1000);
  }
  expect(seen.whole).toBeGreaterThan(50);
  expect(seen.missed).toBeGreaterThan(5);
});
