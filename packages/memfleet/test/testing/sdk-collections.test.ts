/** The official SDK judges the scopes and collections of the simulated cluster. */
import {
  type Bucket,
  type Cluster,
  CollectionExistsError,
  CollectionNotFoundError,
  connect,
  DocumentNotFoundError,
  ScopeExistsError,
  ScopeNotFoundError,
} from 'couchbase';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { createCluster, FakeClock, type SimulatedCluster } from '../../src/testing/index.ts';
import { startCluster } from './support/start-cluster.ts';

/** couchbase 4.7.0 frees a wrong pointer with the error of a REST request on Node 24, which ends the process. */
const endsWithRestErrors = Number(process.versions.node.split('.')[0]) >= 24;

function dial(cluster: SimulatedCluster): Promise<Cluster> {
  return connect(cluster.connectionString, { ...cluster.credentials, timeouts: { kvTimeout: 8000 } });
}

describe('the official SDK', () => {
  const cluster = createCluster({ nodes: 3, replicas: 1 });
  let sdk: Cluster;
  let bucket: Bucket;
  beforeAll(async () => {
    await cluster.listen();
    sdk = await dial(cluster);
    bucket = sdk.bucket('default');
  });
  afterAll(async () => {
    await sdk.close();
    await cluster.destroy();
  });

  test('makes scopes and collections, lists and removes them', async () => {
    const manager = bucket.collections();
    await manager.createScope('made');
    await manager.createCollection('one', 'made');
    await manager.createCollection('two', 'made', { maxExpiry: 30 });
    const scopes = await manager.getAllScopes();
    expect(scopes.map(({ name }) => name)).toEqual(['_default', 'made']);
    expect(scopes[1]!.collections.map(({ name, maxExpiry }) => [name, maxExpiry])).toEqual([
      ['one', 0],
      ['two', 30],
    ]);
    await manager.updateCollection('two', 'made', { maxExpiry: 60 });
    expect((await manager.getAllScopes())[1]!.collections[1]!.maxExpiry).toBe(60);
    await manager.dropCollection('one', 'made');
    expect((await manager.getAllScopes())[1]!.collections.map(({ name }) => name)).toEqual(['two']);
    await manager.dropScope('made');
    expect((await manager.getAllScopes()).map(({ name }) => name)).toEqual(['_default']);
  });

  test.skipIf(endsWithRestErrors)('learns that a name is taken, or is not there', async () => {
    const manager = bucket.collections();
    await manager.createScope('taken');
    await manager.createCollection('items', 'taken');
    await expect(manager.createScope('taken')).rejects.toThrow(ScopeExistsError);
    await expect(manager.createCollection('items', 'taken')).rejects.toThrow(CollectionExistsError);
    await expect(manager.createCollection('items', 'nothing')).rejects.toThrow(ScopeNotFoundError);
    await expect(manager.dropCollection('nothing', 'taken')).rejects.toThrow(CollectionNotFoundError);
    await expect(manager.dropScope('nothing')).rejects.toThrow(ScopeNotFoundError);
    await expect(manager.createScope('_hidden')).rejects.toThrow(/invalid argument/);
  });

  test('keeps the items of collections apart', async () => {
    const admin = cluster.collections();
    admin.createCollection('apart', 'one');
    admin.createCollection('apart', 'two');
    const places = [
      bucket.defaultCollection(),
      bucket.scope('apart').collection('one'),
      bucket.scope('apart').collection('two'),
    ];
    for (const [n, place] of places.entries()) await place.upsert('key', { n });
    for (const [n, place] of places.entries()) {
      expect((await place.get('key')).content).toEqual({ n });
      expect((await place.getAnyReplica('key')).content).toEqual({ n });
      expect((await place.exists('key')).exists).toBe(true);
    }
    await places[1]!.remove('key');
    await expect(places[1]!.get('key')).rejects.toThrow(DocumentNotFoundError);
    expect((await places[2]!.get('key')).content).toEqual({ n: 2 });
    expect(cluster.inspect('key', 'default', 'apart.one').every(({ value }) => value === undefined)).toBe(true);
    const kept = cluster.inspect('key', 'default', 'apart.two').filter(({ value }) => value !== undefined);
    expect(kept.map(({ state }) => state).sort()).toEqual(['active', 'replica']);
  });

  test('does everything else in a named collection', async () => {
    cluster.collections().createCollection('all', 'calls');
    const items = bucket.scope('all').collection('calls');
    await items.insert('key', 1);
    const { cas } = await items.replace('key', 2);
    await items.replace('key', 3, { cas });
    await items.touch('key', 100);
    expect((await items.getAndTouch('key', 200)).content).toBe(3);
    expect((await items.binary().increment('count', 5, { initial: 10 })).value).toBe(10);
    await items.upsert('joined', Buffer.from('b'));
    await items.binary().append('joined', 'c');
    expect((await items.get('joined')).content).toEqual(Buffer.from('bc'));
    const held = await items.getAndLock('key', 15);
    await items.unlock('key', held.cas);
    await items.upsert('observed', 1, { durabilityPersistTo: 1, durabilityReplicateTo: 1 });
    expect(await items.getAllReplicas('observed')).toHaveLength(2);
  });

  test('finds an item of 246 bytes of key, and none of 247', async () => {
    cluster.collections().createCollection('long', 'keys');
    const items = bucket.scope('long').collection('keys');
    await items.upsert('k'.repeat(246), 1);
    expect((await items.get('k'.repeat(246))).content).toBe(1);
    await expect(items.upsert('k'.repeat(247), 1)).rejects.toThrow(/invalid argument/i);
  });

  test('waits for a collection that is not there yet', async () => {
    const items = bucket.scope('late').collection('items');
    await expect(items.upsert('key', 1)).rejects.toThrow(ScopeNotFoundError);
    cluster.collections().createScope('late');
    await expect(items.upsert('key', 1, { timeout: 300 })).rejects.toThrow(/timeout/);
    const stored = items.upsert('key', 1);
    cluster.collections().createCollection('late', 'items');
    await stored;
    expect((await items.get('key')).content).toBe(1);
  });

  test('finds an empty collection after it was removed and made again', async () => {
    const admin = cluster.collections();
    admin.createCollection('again', 'items');
    const items = bucket.scope('again').collection('items');
    await items.upsert('key', 1);
    admin.dropCollection('again', 'items');
    admin.createCollection('again', 'items');
    await expect(items.get('key')).rejects.toThrow(DocumentNotFoundError);
    await items.upsert('key', 2);
    expect((await items.get('key')).content).toBe(2);
  });
});

test('the SDK receives no item beyond the longest life in its collection', async () => {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 1, replicas: 0, clock });
  cluster.collections().createCollection('brief', 'items', { maxTtl: 10 });
  const sdk = await dial(cluster);
  onTestFinished(() => sdk.close());
  const items = sdk.bucket('default').scope('brief').collection('items');
  await items.upsert('without', 1);
  await items.upsert('longer', 1, { expiry: 1000 });
  await items.upsert('shorter', 1, { expiry: 5 });
  clock.advance(7000);
  expect((await items.get('without')).content).toBe(1);
  await expect(items.get('shorter')).rejects.toThrow(DocumentNotFoundError);
  clock.advance(5000);
  await expect(items.get('without')).rejects.toThrow(DocumentNotFoundError);
  await expect(items.get('longer')).rejects.toThrow(DocumentNotFoundError);
});

test('the SDK finds the items of all collections after a rebalance and a failover', async () => {
  const cluster = await startCluster({ nodes: 2, replicas: 1 });
  cluster.collections().createCollection('moved', 'one');
  cluster.collections().createCollection('moved', 'two');
  const sdk = await dial(cluster);
  onTestFinished(() => sdk.close());
  const bucket = sdk.bucket('default');
  const places = ['one', 'two'].map((name) => bucket.scope('moved').collection(name));
  const keys = Array.from({ length: 30 }, (_, n) => `key ${n}`);
  for (const place of places) await Promise.all(keys.map((key) => place.upsert(key, `${place.name} ${key}`)));
  await cluster.rebalance({ add: 1 });
  const lost = cluster.nodes[0]!;
  await cluster.killNode(lost);
  cluster.failover(lost);
  for (const place of places)
    for (const key of keys) expect((await place.get(key)).content).toBe(`${place.name} ${key}`);
});

test('the SDK and memfleet read from each other in named collections, made by the SDK', async () => {
  const cluster = await startCluster({ nodes: 3, replicas: 1 });
  const sdk = await dial(cluster);
  const client = createClient({
    nodes: cluster.nodes.map(({ name }) => name),
    couchbase: { bucket: 'default', ...cluster.credentials },
  });
  onTestFinished(async () => {
    await Promise.all([client.close(), sdk.close()]);
  });
  const bucket = sdk.bucket('default');
  await bucket.collections().createScope('both');
  for (const name of ['one', 'two']) {
    await bucket.collections().createCollection(name, 'both');
    const theirs = bucket.scope('both').collection(name);
    const ours = client.collection('both', name);
    for (let n = 0; n < 20; n++) {
      await theirs.upsert(`theirs ${n}`, { name, n });
      expect(await ours.get(`theirs ${n}`)).toEqual({ name, n });
      await ours.set(`ours ${n}`, { name, n });
      expect((await theirs.get(`ours ${n}`)).content).toEqual({ name, n });
    }
    const { cas } = (await ours.getWithCas('ours 0'))!;
    await theirs.replace('ours 0', 'new');
    expect(await ours.cas('ours 0', 'old', cas)).toBe('exists');
    expect(await ours.incr('count', 1, { initial: 5 })).toBe(5);
    expect((await theirs.binary().increment('count', 2)).value).toBe(7);
    const held = await theirs.getAndLock('ours 1', 15);
    expect(await ours.bucket.unlock('ours 1', BigInt(held.cas.toString()))).toBe('unlocked');
  }
  expect(await client.collection('both', 'one').get('ours 0')).toBe('new');
  expect(cluster.stats().nodes.reduce((sum, { misplaced }) => sum + misplaced, 0)).toBe(0);
});
