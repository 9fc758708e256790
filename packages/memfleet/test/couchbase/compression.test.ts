/** Values compressed by Snappy between the client, the nodes and the official SDK. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type Collection, connect } from 'couchbase';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Client, type ClientOptions, transcoders } from '../../src/client/index.ts';
import { status } from '../../src/core/status.ts';
import { datatype } from '../../src/protocol/binary/header.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { compress } from '../../src/protocol/snappy/compress.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { DataClient } from '../testing/support/data-client.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { FakeCluster, testClient } from './support/fake-cluster.ts';

type Compression = NonNullable<ClientOptions['couchbase']>['compression'];

function clientOf(cluster: SimulatedCluster, compression?: Compression, options: ClientOptions = {}): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  const couchbase = { ...cluster.credentials, ...(compression === undefined ? {} : { compression }) };
  return testClient({ nodes, couchbase, timeout: 8000, connectTimeout: 5000, ...options });
}

async function sdkOf(cluster: SimulatedCluster, query = ''): Promise<Collection> {
  const sdk = await connect(cluster.connectionString + query, {
    ...cluster.credentials,
    timeouts: { kvTimeout: 8000 },
  });
  onTestFinished(() => sdk.close());
  return sdk.bucket('default').defaultCollection();
}

/** Whether the item of a key is stored compressed. */
async function isPacked(cluster: SimulatedCluster, key: string): Promise<boolean> {
  const client = await DataClient.ready(cluster, cluster.nodeOf(key), 'default', [feature.xerror, feature.snappy]);
  return ((await client.get(key)).datatype & datatype.snappy) !== 0;
}

const user = {
  name: 'user',
  address: 'a street, a town',
  friends: Array.from({ length: 40 }, (_, id) => ({ id, name: `friend ${id}` })),
};

/** Counts the bytes of the connections that are made from now on. */
function countBytes(): () => { readonly sent: number; readonly received: number } {
  const sockets: Socket[] = [];
  const listener = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  subscribe('net.client.socket', listener);
  onTestFinished(() => void unsubscribe('net.client.socket', listener));
  const sum = (count: (socket: Socket) => number): number => sockets.reduce((total, one) => total + count(one), 0);
  return () => ({ sent: sum((socket) => socket.bytesWritten), received: sum((socket) => socket.bytesRead) });
}

describe('on the wire', () => {
  test('documents of JSON are less than half as long, both ways', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    const traffic = async (compression: Compression): Promise<{ sent: number; received: number }> => {
      const bytes = countBytes();
      const client = clientOf(cluster, compression, { pool: { max: 1 } });
      await client.set('warm', 1);
      const before = bytes();
      for (let n = 0; n < 20; n++) await client.set(`user:${n}`, user);
      expect((await client.getMany(Array.from({ length: 20 }, (_, n) => `user:${n}`))).get('user:7')).toEqual(user);
      const after = bytes();
      return { sent: after.sent - before.sent, received: after.received - before.received };
    };
    const plain = await traffic(false);
    const short = await traffic(undefined);
    expect(plain.sent).toBeGreaterThan(20 * JSON.stringify(user).length);
    expect(short.sent).toBeLessThan(plain.sent / 2);
    expect(short.received).toBeLessThan(plain.received / 2);
  });

  test('short values, and values that become little shorter, are sent as they are', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const client = clientOf(cluster);
    await client.set('31 bytes', 'x'.repeat(31));
    await client.set('32 bytes', 'x'.repeat(32));
    await client.set('letters', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
    expect(await isPacked(cluster, '31 bytes')).toBe(false);
    expect(await isPacked(cluster, '32 bytes')).toBe(true);
    expect(await isPacked(cluster, 'letters')).toBe(false);
  });

  test('the bounds are options', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const value = 'abcdefgh'.repeat(3) + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    await clientOf(cluster).set('default', value);
    await clientOf(cluster, { minSize: 100 }).set('long', value);
    await clientOf(cluster, { minRatio: 0.2 }).set('ratio', value);
    await clientOf(cluster, { minRatio: 0 }).set('never', 'x'.repeat(1000));
    expect(await Promise.all(['default', 'long', 'ratio', 'never'].map((key) => isPacked(cluster, key)))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(await clientOf(cluster, { minRatio: 0 }).get('default')).toBe(value);
    expect(await clientOf(cluster, false).get('default')).toBe(value);
  });
});

describe('values of every kind', () => {
  const long = 'long é '.repeat(10_000);
  const values: Readonly<Record<string, unknown>> = {
    document: user,
    text: 'text '.repeat(20),
    long,
    bytes: Buffer.alloc(70_000, 'bytes'),
    empty: '',
    number: 17,
  };

  test('come back through each way of reading', async () => {
    const cluster = await startCluster({ nodes: 3, replicas: 1 });
    const client = clientOf(cluster);
    await client.setMany(values);
    for (const [key, value] of Object.entries(values)) {
      expect(await client.get(key)).toEqual(value);
      expect((await client.getWithCas(key))?.value).toEqual(value);
      expect((await client.getItem(key))?.value).toEqual(value);
      expect(await client.getAndTouch(key, 1000)).toEqual(value);
      expect(await client.getFromReplica(key)).toEqual(value);
      expect(await client.getAnyReplica(key)).toEqual(value);
      expect((await client.bucket.getAndLock(key, 1))?.value).toEqual(value);
    }
    expect(Object.fromEntries(await client.getMany(Object.keys(values)))).toEqual(values);
    expect((await client.getItem('long'))?.size).toBe(Buffer.byteLength(long));
  });

  test('are added, replaced, swapped, joined and counted', async () => {
    const cluster = await startCluster({ nodes: 2, compression: 'active' });
    const client = clientOf(cluster);
    const text = 'text '.repeat(20);
    expect(await client.add('k', text)).toBe(true);
    expect(await client.add('k', text)).toBe(false);
    expect(await client.replace('k', `${text}!`)).toBe(true);
    const { cas } = (await client.getWithCas('k'))!;
    expect(await client.cas('k', text, cas)).toBe('stored');
    expect(await client.append('k', text)).toBe(true);
    expect(await client.prepend('k', text)).toBe(true);
    expect(await client.get('k')).toBe(text.repeat(3));
    await client.set('n', 10);
    expect(await client.incr('n', 5)).toBe(15);
    expect(await client.get('n')).toBe(15);
  });

  test('are documents whose parts are read and changed', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const client = clientOf(cluster);
    await client.set('k', user);
    expect(await isPacked(cluster, 'k')).toBe(true);
    expect((await client.bucket.lookupIn('k', ['friends[7].name']))?.values).toEqual(['friend 7']);
    await client.bucket.mutateIn('k', [{ set: 'name', value: 'another' }]);
    expect(await client.get('k')).toEqual({ ...user, name: 'another' });
    await cluster.killNode(cluster.nodeOf('k')!);
    expect(await client.getAnyReplica('k')).toEqual({ ...user, name: 'another' });
  });

  test('are read while a rebalance moves them', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const client = clientOf(cluster);
    const keys = Array.from({ length: 100 }, (_, n) => `k${n}`);
    await client.setMany(keys.map((key) => [key, { key, user }] as const));
    const moving = cluster.rebalance({ add: 2 });
    for (const key of keys) {
      expect(await client.get(key)).toEqual({ key, user });
      await client.set(key, { key, user, again: true });
    }
    await moving;
    for (const [key, value] of await client.getMany(keys)) expect(value).toEqual({ key, user, again: true });
  });
});

describe('the official SDK', () => {
  test('reads what the client compressed, and the client reads what it compressed', async () => {
    const cluster = await startCluster({ nodes: 3 });
    const client = clientOf(cluster);
    const items = await sdkOf(cluster);
    await client.set('ours', user);
    await items.upsert('theirs', user);
    expect([await isPacked(cluster, 'ours'), await isPacked(cluster, 'theirs')]).toEqual([true, true]);
    expect((await items.get('ours')).content).toEqual(user);
    expect(await client.get('theirs')).toEqual(user);
    await items.binary().append('theirs', Buffer.from(' '));
    expect(await client.with({ transcoder: transcoders.string }).get('theirs')).toBe(`${JSON.stringify(user)} `);
  });

  test('without compression reads and writes the same items', async () => {
    const cluster = await startCluster({ nodes: 3 });
    const client = clientOf(cluster);
    const items = await sdkOf(cluster, '?enable_compression=false');
    await client.set('ours', user);
    await items.upsert('theirs', user);
    expect([await isPacked(cluster, 'ours'), await isPacked(cluster, 'theirs')]).toEqual([true, false]);
    expect((await items.get('ours')).content).toEqual(user);
    expect(await client.get('theirs')).toEqual(user);
  });
});

describe('a node', () => {
  test('that grants no Snappy receives and sends plain values', async () => {
    const cluster = await FakeCluster.start(1, [[0]], { features: [feature.xerror, feature.json] });
    const client = cluster.client();
    await client.set('k', 'x'.repeat(1000));
    expect(cluster.nodes[0]!.items.get('k')!.value).toBe('x'.repeat(1000));
    expect(await client.get('k')).toBe('x'.repeat(1000));
  });

  test('whose value is no Snappy fails this call alone', async () => {
    const output = Buffer.alloc(100_000);
    const zeros = (length: number): string => {
      return output.toString('latin1', 0, compress(Buffer.alloc(length), output, output.length));
    };
    const answers: Readonly<Record<string, string>> = {
      none: 'no snappy',
      empty: '',
      short: zeros(1000).slice(0, -1),
      long: `${zeros(1000)}\0`,
      bomb: '\xff\xff\xff\xff\x0f',
      large: `\xff\xff\xff\x0f${zeros(1_000_000)}`,
    };
    const cluster = await FakeCluster.start(1, [[0]], {
      features: [feature.snappy],
      script: (command) =>
        command.key in answers
          ? { code: status.success, value: answers[command.key], datatype: datatype.snappy }
          : undefined,
    });
    const client = cluster.client({ pool: { max: 1 }, retry: false });
    await client.set('right', 'value');
    const calls = Object.keys(answers).map((key) => client.get(key));
    const right = client.get('right');
    for (const call of calls) await expect(call).rejects.toThrow(/the value is not what it claims to be/);
    expect(await right).toBe('value');
    expect(client.stats().nodes[0]).toMatchObject({ connects: 1, disconnects: 0 });
  });
});
