/** The client against the whole simulated cluster: maps, moves, deaths, eras. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import type { MemcacheError } from '../../src/core/errors.ts';
import { type ClusterOptions, createCluster, type SimulatedCluster } from '../../src/testing/index.ts';
import { selfSigned } from '../support/self-signed.ts';
import { testClient } from './support/fake-cluster.ts';

async function started(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const cluster = createCluster({ nodes: 3, replicas: 1, vbuckets: 64, ...options });
  await cluster.listen();
  onTestFinished(() => cluster.destroy());
  return cluster;
}

function clientOf(cluster: SimulatedCluster, options: ClientOptions = {}): Client {
  const nodes = cluster.nodes.filter((node) => node.isUp).map((node) => node.name);
  const { couchbase = cluster.credentials, ...rest } = options;
  return testClient({ nodes, couchbase, timeout: 8000, connectTimeout: 5000, ...rest });
}

/** A bound on hanging. */
const patient = { timeout: 20_000 };

const keys = Array.from({ length: 120 }, (_, i) => `key:${i}`);

/**
 * Every key is written and read by clients in turn, at least twice and until `isOver`; what is read is never older than
 * what was acknowledged.
 */
async function load(clients: readonly Client[], isOver: () => boolean): Promise<Map<string, number>> {
  const versions = new Map<string, number>(keys.map((key) => [key, 0]));
  const one = async (key: string, index: number): Promise<void> => {
    for (let version = 1; version <= 2 || !isOver(); version++) {
      await clients[(index + version) % clients.length]!.set(key, version);
      versions.set(key, version);
      expect(await clients[(index + version + 1) % clients.length]!.get(key)).toBe(version);
    }
  };
  await Promise.all(keys.map(one));
  return versions;
}

/** The one active copy of every key is the last that was acknowledged; no other node serves it. */
function expectNothingLost(cluster: SimulatedCluster, versions: ReadonlyMap<string, number>): void {
  for (const [key, version] of versions) {
    const active = cluster.inspect(key).filter(({ state }) => state === 'active');
    expect(active.map(({ value }) => value?.toString())).toEqual([String(version)]);
  }
}

describe('a cluster that changes under load', () => {
  test.each<[string, Partial<ClusterOptions>]>([
    ['as it is', {}],
    ['that pushes nothing', { traits: { pushes: false } }],
    ['whose refusals say nothing', { traits: { mapInRefusals: false } }],
    ['of which only polls tell', { traits: { mapInRefusals: false, pushes: false } }],
    ['that executes requests in any order', { shuffle: 11 }],
  ])('%s: two topologies at once never make a write or a read go wrong', async (_, options) => {
    const cluster = await started(options);
    const clients = [0, 1, 2].map(() => clientOf(cluster));
    // The load is in progress before anything moves.
    await Promise.all(clients.flatMap((client) => keys.map((key) => client.set(key, 0))));
    let isOver = false;
    const working = load(clients, () => isOver);
    for (let round = 0; round < 2; round++) {
      await cluster.rebalance({ add: 1 });
      await cluster.rebalance({ remove: [cluster.nodes[round]!] });
    }
    isOver = true;
    const versions = await working;
    expectNothingLost(cluster, versions);
    expect(cluster.stats().moves).toBeGreaterThan(50);
    // A client may hear of the last move by its next poll only.
    for (const client of clients)
      await expect.poll(() => client.nodeOf('key:1'), patient).toBe(cluster.nodeOf('key:1')!.name);
  });

  test('of the Membase era, whose maps come by HTTP alone', async () => {
    const buckets = [{ name: 'shop', password: 'secret' }];
    const cluster = await started({ era: 'membase', buckets });
    const couchbase = { bucket: 'shop', password: 'secret', urls: cluster.restUrls };
    const clients = [0, 1].map(() => clientOf(cluster, { couchbase }));
    let isOver = false;
    const working = load(clients, () => isOver);
    await cluster.rebalance({ add: 1 });
    await cluster.rebalance({ remove: [cluster.nodes[0]!] });
    isOver = true;
    expectNothingLost(cluster, await working);
  });

  test('a node that dies: its keys fail until it is failed over, then their replicas serve', async () => {
    const cluster = await started();
    const client = clientOf(cluster, {
      retry: false,
      couchbase: { ...cluster.credentials, pollInterval: 100 },
    });
    await client.setMany(keys.map((key) => [key, key] as const));
    const victim = cluster.nodes[1]!;
    const [lost = ''] = keys.filter((key) => cluster.nodeOf(key) === victim);
    await cluster.killNode(victim);
    await expect(client.get(lost)).rejects.toThrow();
    expect(await client.getFromReplica(lost)).toBe(lost);
    cluster.failover(victim);
    await expect.poll(() => client.get(lost).catch(() => undefined), patient).toBe(lost);
    expect(await client.getMany(keys)).toEqual(new Map(keys.map((key) => [key, key])));
    expect(client.stats().nodes.map((node) => node.node)).not.toContain(victim.name);
  });

  test('with replica on-error no read fails while the node is dead', async () => {
    const cluster = await started();
    const client = clientOf(cluster, { replica: 'on-error' });
    await client.setMany(keys.map((key) => [key, key] as const));
    await cluster.killNode(cluster.nodes[0]!);
    expect(await client.getMany(keys)).toEqual(new Map(keys.map((key) => [key, key])));
  });
});

test('a node that returns serves its keys at once, however long its ejection would last', async () => {
  const cluster = await started();
  const client = clientOf(cluster, { ejectAfter: 1, ejectTime: 600_000, ejectTimeMax: 600_000 });
  await client.setMany(keys.map((key) => [key, key] as const));
  const victim = cluster.nodes[1]!;
  const [lost = ''] = keys.filter((key) => cluster.nodeOf(key) === victim);
  await cluster.killNode(victim);
  await expect
    .poll(() => client.get(lost).catch((error: unknown) => (error as MemcacheError).code), patient)
    .toBe('ERR_NODE_EJECTED');
  await cluster.startNode(victim);
  await expect.poll(() => client.get(lost).catch(() => undefined), patient).toBe(lost);
});

test.each([1, 3])('a store that one of %i nodes puts off succeeds when the node has room again', async (nodes) => {
  const cluster = await started({ nodes, replicas: 0 });
  const client = clientOf(cluster);
  await client.set('key', 1);
  let refusals = 12;
  cluster.fault = ({ name }) => (name === 'set' && refusals-- > 0 ? { kind: 'status', status: 0x86 } : undefined);
  await client.set('key', 2);
  expect(refusals).toBeLessThan(0);
  expect(await client.get('key')).toBe(2);
});

describe('ways in', () => {
  test('the connection string, with the user in it', async () => {
    const cluster = await started({ users: { 'm@e': 'p:w/d' }, buckets: ['shop', 'default'] });
    const text = cluster.connectionString.replace('//', '//m%40e:p%3Aw%2Fd@');
    const client = createClient(`${text}/shop?timeout=8000`);
    onTestFinished(() => client.destroy());
    await client.set('a', 1);
    expect(cluster.inspect('a', 'shop')[0]!.value?.toString()).toBe('1');
  });

  test('HTTP alone: the terse stream', async () => {
    const cluster = await started();
    const client = testClient({ couchbase: { ...cluster.credentials, urls: cluster.restUrls } });
    await client.set('a', 1);
    const changed = new Promise<void>((resolve) => void client.on('topology', () => resolve()));
    await cluster.rebalance({ add: 1 });
    await changed;
    expect(await client.get('a')).toBe(1);
  });

  test('TLS', async () => {
    const cluster = await started({ tls: selfSigned });
    const nodes = cluster.nodes.map((node) => `127.0.0.1:${node.tlsPort}`);
    const client = testClient({ nodes, tls: { ca: selfSigned.cert }, couchbase: cluster.credentials });
    await client.setMany(keys.map((key) => [key, 1] as const));
    expect((await client.getMany(keys)).size).toBe(keys.length);
    expect(
      client
        .stats()
        .nodes.map((node) => node.node)
        .sort(),
    ).toEqual(nodes.toSorted());
  });

  test('a memcached-type bucket', async () => {
    const cluster = await started({ buckets: [{ name: 'cache', type: 'memcached' }] });
    const client = clientOf(cluster, { couchbase: { ...cluster.credentials, bucket: 'cache' } });
    await client.setMany(keys.map((key) => [key, key] as const));
    expect(await client.getMany(keys)).toEqual(new Map(keys.map((key) => [key, key])));
    expect(new Set(keys.map((key) => client.nodeOf(key))).size).toBe(3);
  });

  test('a static map: refusals and pushes teach the rest', async () => {
    const cluster = await started();
    const map = JSON.stringify(cluster.document());
    const client = testClient({ couchbase: { ...cluster.credentials, map } });
    await client.set('a', 1);
    await cluster.rebalance({ add: 1 });
    await cluster.rebalance({ remove: [cluster.nodes[0]!] });
    await client.setMany(keys.map((key) => [key, key] as const));
    for (const key of keys) expect(client.nodeOf(key)).toBe(cluster.nodeOf(key)!.name);
  });
});
