/** Scans of named collections. */
import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../../src/client/index.ts';
import { UnknownCollectionError } from '../../src/core/collection.ts';
import { type ClusterOptions, FakeClock, type SimulatedCluster } from '../../src/testing/index.ts';
import { timeFor, turnsFor } from '../support/turns.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

const keysOnly = true;

async function keysOf(client: Client, options: Parameters<Client['bucket']['scan']>[0] = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const key of client.bucket.scan({ ...options, keysOnly })) found.push(key);
  return found.toSorted();
}

function clientOf(cluster: SimulatedCluster, options: ClientOptions = {}): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ nodes, couchbase: cluster.credentials, timeout: 8000, connectTimeout: 5000, ...options });
}

async function started(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const cluster = await startCluster({ nodes: 2, replicas: 1, vbuckets: 8, ...options });
  cluster.collections().createScope('shop');
  cluster.collections().createCollection('shop', 'users');
  cluster.collections().createCollection('shop', 'orders');
  return cluster;
}

/** A client that is connected, its cluster, and the clock of both. */
async function onFakeClock() {
  const clock = new FakeClock();
  const cluster = await started({ clock });
  const client = clientOf(cluster, { clock });
  await turnsFor(clock, client.get('key'));
  return { client, cluster, clock };
}

describe('a scan of a collection', () => {
  test('has the items of this collection alone', async () => {
    const cluster = await started();
    const client = clientOf(cluster);
    const users = client.collection('shop', 'users');
    await users.setMany({ a: 1, b: 2 });
    await client.collection('shop', 'orders').setMany({ a: 3, c: 4 });
    await client.setMany({ d: 5 });
    const fresh = clientOf(cluster);
    expect(await keysOf(fresh.collection('shop', 'users'))).toEqual(['a', 'b']);
    expect(await keysOf(fresh.collection('shop', 'orders'))).toEqual(['a', 'c']);
    expect(await keysOf(fresh)).toEqual(['d']);
    expect(await keysOf(users.withPrefix('a'))).toEqual([]);
  });

  test('goes on while vBuckets move', async () => {
    const cluster = await started();
    const users = clientOf(cluster).collection('shop', 'users');
    const keys = Array.from({ length: 100 }, (_, n) => `k${String(n).padStart(2, '0')}`);
    await users.setMany(keys.map((key) => [key, 1] as const));
    const found: string[] = [];
    for await (const key of users.bucket.scan({ batchItems: 2, keysOnly })) {
      found.push(key);
      if (found.length === 10) await cluster.rebalance({ add: 1 });
    }
    expect(found.toSorted()).toEqual(keys);
  });

  test('of one that does not exist, or no longer, is an error that names it', async () => {
    const { client, cluster, clock } = await onFakeClock();
    const none = keysOf(client.collection('shop', 'none'), { timeout: 300 });
    await expect(timeFor(clock, client, none)).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_COLLECTION',
      message: 'scan: the bucket has no collection shop.none',
      scope: 'shop',
      collection: 'none',
    });
    const nope = keysOf(client.collection('no', 'pe'), { timeout: 300 });
    await expect(timeFor(clock, client, nope)).rejects.toMatchObject({ message: 'scan: the bucket has no scope no' });
    const users = client.collection('shop', 'users');
    await turnsFor(clock, users.setMany({ a: 1, b: 2, c: 3 }));
    const items = users.bucket.scan({ batchItems: 1, timeout: 300 });
    await turnsFor(clock, items.next());
    cluster.collections().dropCollection('shop', 'users');
    const rest = async (): Promise<void> => {
      for await (const _ of items);
    };
    await expect(timeFor(clock, client, rest())).rejects.toThrow(UnknownCollectionError);
  });

  test('whose id no node gives is an error, and not a scan of another collection, even if errors are misses', async () => {
    const cluster = await started();
    const client = clientOf(cluster, { errors: 'miss' });
    await client.set('other', 1);
    cluster.fault = ({ name }) => (name === 'getCollectionId' ? { kind: 'drop' } : undefined);
    await expect(keysOf(client.collection('shop', 'users'), { timeout: 300 })).rejects.toThrow(
      // Of two times that end together, either may be first.
      /no node has given the id of the collection shop\.users|the id of the collection shop\.users is not known: getC/,
    );
  });

  test('of one that was made anew has the items of the new one', async () => {
    const cluster = await started();
    const users = clientOf(cluster).collection('shop', 'users');
    await users.set('old', 1);
    cluster.collections().dropCollection('shop', 'users');
    cluster.collections().createCollection('shop', 'users');
    await clientOf(cluster).collection('shop', 'users').set('new', 2);
    expect(await keysOf(users)).toEqual(['new']);
  });
});
