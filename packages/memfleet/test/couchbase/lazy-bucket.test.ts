/** A client of a bucket whose part of the library has not been loaded yet behaves as one for which it is there. */
import { expect, test } from 'vitest';
import { scanPart } from '../../src/client/bucket/scan-part.ts';
import { type Client, type ClientOptions, createMigration } from '../../src/client/index.ts';
import { UnknownCollectionError } from '../../src/core/collection.ts';
import { ClosedError, ConfigError, InvalidOptionError, QueueFullError, TimeoutError } from '../../src/core/errors.ts';
import { couchbasePart } from '../../src/fleet/couchbase-part.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { unloadedPart } from '../support/unloaded-part.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';
import { startRecorded } from './support/recorded-cluster.ts';

/** The machine may be busy with other work. */
const patient = { timeout: 8000, connectTimeout: 5000 };

function clientOf(cluster: SimulatedCluster, { couchbase, ...options }: ClientOptions = {}): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ ...patient, nodes, couchbase: { ...cluster.credentials, ...couchbase }, ...options });
}

test('calls made before the part for Couchbase is loaded are executed in their order', async () => {
  const cluster = await startCluster({ nodes: 3, vbuckets: 64 });
  const part = unloadedPart(couchbasePart);
  const client = clientOf(cluster);
  const results = Promise.all([
    client.set('a', 1),
    client.get('a'),
    client.bucket.set('a', { n: 1 }),
    client.bucket.lookupIn('a', ['n']),
    client.delete('a'),
    client.get('a'),
    client.incr('n', 1, { initial: 7 }),
    client.getMany(['a', 'n']),
  ]);
  expect(part.loads).toBe(1);
  expect(client.stats().nodes).toEqual([]);
  await part.arrive();
  expect(await results).toEqual([
    true,
    1,
    expect.objectContaining({ result: 'stored' }),
    expect.objectContaining({ values: [1] }),
    true,
    undefined,
    7,
    new Map([['n', 7]]),
  ]);
});

test('a call ends at its timeout while the part is being loaded', async () => {
  const cluster = await startCluster({ nodes: 1 });
  const part = unloadedPart(couchbasePart);
  const clock = new FakeClock();
  const client = clientOf(cluster, { clock });
  const short = client.get('a', { timeout: 20 }).catch((error: unknown) => error);
  const long = client.get('a', { timeout: 5000 });
  await clock.advanceAsync(20);
  expect(await short).toBeInstanceOf(TimeoutError);
  await part.arrive();
  expect(await long).toBeUndefined();
});

test('at most pool.maxWaiting calls wait for the part', async () => {
  const part = unloadedPart(couchbasePart);
  const client = testClient({ couchbase: {}, pool: { maxWaiting: 1 } });
  const first = client.get('a');
  await expect(client.get('b')).rejects.toThrow(QueueFullError);
  await client.close();
  await expect(first).rejects.toThrow(ClosedError);
  await part.arrive();
});

test('a client that is closed before the part is loaded sends nothing', async () => {
  const cluster = await startCluster({ nodes: 1 });
  let requests = 0;
  cluster.fault = () => {
    requests++;
    return undefined;
  };
  const part = unloadedPart(couchbasePart);
  const client = clientOf(cluster);
  const got = client.get('a');
  const closing = client.close();
  await expect(got).rejects.toThrow(ClosedError);
  await closing;
  await part.arrive();
  await expect(client.get('a')).rejects.toThrow(ClosedError);
  expect(requests).toBe(0);
});

test('a part that cannot be loaded fails the calls that wait, and later ones, with the reason', async () => {
  const part = unloadedPart(couchbasePart);
  const client = testClient({ couchbase: {} });
  const errors: unknown[] = [];
  client.on('discoveryError', (error) => void errors.push(error));
  const waiting = client.get('a').catch((error: unknown) => error);
  const cause = new Error('Cannot find module');
  await part.fail(cause);
  expect(await waiting).toBeInstanceOf(ConfigError);
  expect(await waiting).toMatchObject({ cause });
  expect(errors).toEqual([{ error: await waiting }]);
  await expect(client.get('a')).rejects.toThrow(/part of memfleet for Couchbase cannot be loaded/);
});

test.each<[string, ClientOptions['couchbase']]>([
  ['a map without a list of nodes', { map: '{"vBucketServerMap":{}}' }],
  ['a map in a file that is missing', { map: '/no/such/file' }],
  ['a URL of another scheme', { urls: 'ftp://a' }],
  ['a name without a password', { username: 'a' }],
  ['SRV records of two names', { srv: true }],
  ['a collection without a scope', { collection: 'a' }],
])('%s is an error of createClient', (_, couchbase) => {
  unloadedPart(couchbasePart);
  expect(() => testClient({ nodes: 'a,b', couchbase })).toThrow(InvalidOptionError);
});

test('the nodes of a bucket cannot be set before the part is loaded', () => {
  unloadedPart(couchbasePart);
  expect(() => testClient({ couchbase: {} }).setNodes(['a'])).toThrow(/come from the cluster/);
});

test('describe names the same layers before and after the part is loaded', async () => {
  const cluster = await startCluster({ nodes: 1 });
  const part = unloadedPart(couchbasePart);
  const client = clientOf(cluster, { replica: 'on-error', couchbase: { durability: 'majority' } });
  const layers = (): string => client.describe().split(' → cluster')[0]!;
  const before = layers();
  await part.arrive();
  await client.get('a');
  expect(layers()).toBe(before);
  expect(before).toBe(
    'deadline → split keys → replicas(on-error) → durability(majority) → retry(1) → write terms → resend → collections',
  );
});

test('collections named before the part is loaded learn their ids after it', async () => {
  const cluster = await startRecorded();
  const part = unloadedPart(couchbasePart);
  const client = clientOf(cluster);
  const carts = client.collection('shop', 'carts');
  const set = carts.set('a', 'cart');
  const missing = client
    .collection('shop', 'nothing')
    .get('a', { timeout: 2000 })
    .catch((error: unknown) => error);
  const plain = client.get('a');
  await part.arrive();
  expect(await set).toBe(true);
  expect(await carts.get('a')).toBe('cart');
  expect(await plain).toBeUndefined();
  expect(await missing).toBeInstanceOf(UnknownCollectionError);
});

test('a scan that begins before the part is loaded returns all items', async () => {
  const cluster = await startCluster({ nodes: 2, vbuckets: 16 });
  await clientOf(cluster).setMany({ a: 1, b: 2 });
  const parts = [unloadedPart(couchbasePart), unloadedPart(scanPart)];
  const client = clientOf(cluster);
  const keys: string[] = [];
  const scanned = (async () => {
    for await (const key of client.bucket.scan({ keysOnly: true })) keys.push(key);
  })();
  for (const part of parts) await part.arrive();
  await scanned;
  expect(keys.toSorted()).toEqual(['a', 'b']);
});

test('a migration to a bucket sends the calls made before the part is loaded', async () => {
  const cluster = await startCluster({ nodes: 2, vbuckets: 16 });
  const client = clientOf(cluster);
  const part = unloadedPart(couchbasePart);
  const settings = { ...patient, nodes: cluster.nodes.map((node) => node.name), couchbase: cluster.credentials };
  const migration = createMigration({ from: settings, to: settings, phase: 'new' });
  const set = migration.client.set('a', 1);
  await part.arrive();
  expect(await set).toBe(true);
  expect(await client.get('a')).toBe(1);
  await migration.client.close();
});
