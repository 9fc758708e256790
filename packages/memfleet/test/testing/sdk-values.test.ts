/**
 * memfleet and the official SDK on one cluster: each reads what the other wrote, and finds it where the other put it.
 */
import { describe, expect, test } from 'vitest';
import { both } from './support/sdk-beside.ts';
import { startCluster, startPacedCluster } from './support/start-cluster.ts';

const values: readonly [string, unknown][] = [
  ['object', { a: [1, null, true, 'é€😀'], b: {} }],
  ['list', [1, 'two', null]],
  ['number', 17.25],
  ['true', true],
  ['null', null],
  ['text', 'é€😀\r\nEND\r\n'],
  ['empty-text', ''],
  ['bytes', Buffer.from([0, 1, 0x80, 0xff, 13, 10])],
  ['large-text', 'abc é '.repeat(50_000)],
];

describe('memfleet and the official SDK', () => {
  test('read each other’s values', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const { sdk, client } = await both(cluster);
    for (const [name, value] of values) {
      await sdk.upsert(`sdk:${name}`, value);
      await client.set(`memfleet:${name}`, value);
      expect(await client.get(`sdk:${name}`)).toEqual(value);
      expect((await sdk.get(`memfleet:${name}`)).content).toEqual(value);
    }
  });

  test('find each other’s keys, whatever bytes they have', async () => {
    const cluster = await startCluster({ nodes: 3, vbuckets: 1024 });
    const { sdk, client } = await both(cluster);
    const keys = Array.from({ length: 200 }, (_, n) => (n % 5 === 0 ? `schlüssel:${n}:€` : `key:${n}`));
    await Promise.all(keys.map((key) => sdk.upsert(key, key)));
    expect(await client.getMany(keys)).toEqual(new Map(keys.map((key) => [key, key])));
    const { nodes } = cluster.stats();
    expect(nodes.map(({ refused, misplaced }) => refused + misplaced)).toEqual([0, 0, 0]);
  });

  test('count together, and see each other’s cas', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const { sdk, client } = await both(cluster);
    expect(await client.incr('count', 5, { initial: 10 })).toBe(10);
    expect((await sdk.binary().increment('count', 5)).value).toBe(15);
    expect(await client.incr('count', 1)).toBe(16);
    expect(await client.get('count')).toBe(16);
    await sdk.upsert('item', 'one');
    const read = await client.gets('item');
    expect(String((await sdk.get('item')).cas)).toBe(String(read?.cas));
    await sdk.upsert('item', 'two');
    expect(await client.cas('item', 'three', read!.cas)).toBe('exists');
    expect((await sdk.get('item')).content).toBe('two');
  });

  test('keep working together while nodes join and leave', async () => {
    const cluster = await startPacedCluster({ nodes: 2, vbuckets: 16 });
    const { sdk, client } = await both(cluster);
    const load = { isOver: false };
    const work = async (worker: number): Promise<number> => {
      let n = 0;
      for (; !load.isOver; n++) {
        const key = `key:${worker}:${n % 8}`;
        if (n % 2 === 0) await sdk.upsert(key, n);
        else await client.set(key, n);
        expect([(await sdk.get(key)).content, await client.get(key)]).toEqual([n, n]);
      }
      return n;
    };
    const workers = Array.from({ length: 8 }, (_, worker) => work(worker));
    const leaving = cluster.nodes[0]!;
    await cluster.rebalance({ add: 1 });
    await cluster.rebalance({ remove: [leaving] });
    load.isOver = true;
    for (const done of await Promise.all(workers)) expect(done).toBeGreaterThan(2);
  });
});
