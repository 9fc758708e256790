/** A proxy whose pools are collections of one bucket. */
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import type { ProxyOptions } from '../../src/proxy/index.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { answers, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { startProxy } from '../support/proxy-rig.ts';
import { startCluster } from '../testing/support/start-cluster.ts';

async function clusterOf(...names: readonly string[]): Promise<SimulatedCluster> {
  const cluster = await startCluster({ nodes: 3, replicas: 1 });
  for (const name of names) cluster.collections().createCollection('shop', name);
  return cluster;
}

function pool(cluster: SimulatedCluster, collection?: string): ProxyOptions['clusters'][string] {
  const nodes = cluster.nodes.map(({ name }) => name);
  return { nodes, couchbase: { ...cluster.credentials, collection }, timeout: 8000, connectTimeout: 5000 };
}

test('each pool has the items of its collection, for clients of every protocol', async () => {
  const cluster = await clusterOf('carts', 'orders');
  const rig = await startProxy({
    listeners: [{ port: 0, route: 'all' }],
    routes: { all: { type: 'prefix', routes: { 'c:': 'carts', 'o:': 'orders' }, otherwise: 'plain' } },
    clusters: {
      carts: pool(cluster, 'shop.carts'),
      orders: pool(cluster, 'shop.orders'),
      plain: pool(cluster),
    },
  });
  for (const protocol of ['text', 'meta', 'binary'] as const) {
    const client = createClient({ nodes: `127.0.0.1:${rig.port}`, protocol, timeout: 8000 });
    onTestFinished(() => client.close());
    const keys = ['c:1', 'o:1', 'x'];
    for (const key of keys) expect(await client.set(key, `${protocol} ${key}`)).toBe(true);
    expect(await client.getMany([...keys, 'c:none'])).toEqual(new Map(keys.map((key) => [key, `${protocol} ${key}`])));
    expect(await client.incr(`c:n-${protocol}`, 1, { initial: 5 })).toBe(5);
    expect(await client.delete('o:1')).toBe(true);
  }
  const holds = (key: string, collection: string): boolean =>
    cluster.inspect(key, 'default', collection).some(({ value }) => value !== undefined);
  expect(holds('c:1', 'shop.carts')).toBe(true);
  expect(holds('x', '_default._default')).toBe(true);
  for (const [key, collection] of [
    ['c:1', 'shop.orders'],
    ['c:1', '_default._default'],
    ['x', 'shop.carts'],
    ['o:1', 'shop.orders'],
  ] as const)
    expect(holds(key, collection)).toBe(false);
});

test('a copy of a write for another pool is in the collection of that pool', async () => {
  const cluster = await clusterOf('carts', 'orders');
  const rig = await startProxy({
    listeners: [{ port: 0, route: 'both' }],
    routes: { both: { type: 'replicate', routes: ['carts', 'plain', 'orders'] } },
    clusters: { carts: pool(cluster, 'shop.carts'), plain: pool(cluster), orders: pool(cluster, 'shop.orders') },
  });
  const client = await rig.connect();
  expect(await client.ask('set k 0 0 1\r\nv\r\n', '\r\n')).toBe('STORED\r\n');
  await expect
    .poll(() =>
      ['shop.carts', 'shop.orders', '_default._default'].map((name) =>
        cluster.inspect('k', 'default', name).some(({ value }) => value?.toString() === 'v'),
      ),
    )
    .toEqual([true, true, true]);
});

test('a reply that returns the key has that of the request', async () => {
  const cluster = await clusterOf('carts');
  for (const collection of ['shop.carts', undefined]) {
    const rig = await startProxy({
      listeners: [{ port: 0, route: 'main' }],
      clusters: { main: pool(cluster, collection) },
    });
    const client = await rig.connect();
    const requests = [
      packet(opcode.set, { key: 'k', value: 'v', extras: storeExtras() }),
      packet(opcode.getK, { key: 'k', opaque: 7 }),
      packet(opcode.getKQ, { key: 'none' }),
      packet(opcode.getKQ, { key: 'k', opaque: 8 }),
      packet(opcode.gatK, { key: 'k', extras: '\0\0\0\x64', opaque: 9 }),
      packet(opcode.getK, { key: 'none', opaque: 10 }),
      packet(opcode.noop, { opaque: 99 }),
    ];
    const said = answers(await client.ask(requests.join(''), noopAnswer(99)));
    expect(said.map(({ status, key, value, opaque }) => [status, key, value.slice(0, 1), opaque])).toEqual([
      [0, '', '', 0],
      [0, 'k', 'v', 7],
      [0, 'k', 'v', 8],
      [0, 'k', 'v', 9],
      [1, 'none', '', 10],
      [0, '', '', 99],
    ]);
  }
});

test('a collection that is not there is an error to the client, and the name is checked', async () => {
  const cluster = await clusterOf('carts');
  const main = { ...pool(cluster, 'shop.nothing'), timeout: 1000 };
  const rig = await startProxy({ listeners: [{ port: 0, route: 'main' }], clusters: { main } });
  const client = await rig.connect();
  expect(await client.ask('get k\r\n', '\r\n')).toMatch(/^SERVER_ERROR .*the bucket has no collection shop\.nothing/);
  for (const collection of ['shop', 'a.b.c', '.carts', 'a b.c', ''])
    await expect(
      startProxy({ listeners: [{ port: 0, route: 'main' }], clusters: { main: pool(cluster, collection) } }),
    ).rejects.toThrow(/couchbase\.collection/);
});
