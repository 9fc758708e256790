/** Replicas of the simulated cluster that lag: what a failover loses, and what a durable write waits for. */
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/index.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { startCluster } from './support/start-cluster.ts';

const lag = 50;

async function started(replicas = 1) {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 2, replicas, vbuckets: 4, replicaLag: lag, clock });
  const client = createClient<string>({
    nodes: cluster.nodes.map(({ name }) => name),
    couchbase: cluster.credentials,
    timeout: 5000,
  });
  onTestFinished(() => client.destroy());
  const copies = (key: string): (string | undefined)[] =>
    cluster
      .inspect(key)
      .toSorted((one, other) => one.state.localeCompare(other.state))
      .map(({ value }) => (value === undefined ? undefined : Buffer.from(value).toString()));
  return { clock, cluster, client, copies };
}

test('a replica has changes in their order when the lag is over', async () => {
  const { clock, client, copies } = await started();
  await client.set('k', 'old');
  clock.advance(lag / 2);
  await client.set('k', 'new');
  expect(copies('k')).toEqual(['new', undefined]);
  clock.advance(lag / 2);
  expect(copies('k')).toEqual(['new', 'old']);
  await client.delete('k');
  clock.advance(lag / 2);
  expect(copies('k')).toEqual([undefined, 'new']);
  clock.advance(lag);
  expect(copies('k')).toEqual([undefined, undefined]);
});

test('a failover loses what replicas do not have yet, for ever', async () => {
  const { clock, cluster, client, copies } = await started();
  await client.set('k', 'old');
  clock.advance(lag);
  await client.set('k', 'new');
  cluster.failover(cluster.nodeOf('k')!);
  expect(copies('k')).toEqual(['old']);
  expect(await client.get('k')).toBe('old');
  clock.advance(lag);
  expect(copies('k')).toEqual(['old']);
});

test('a durable write has its reply when the replicas have it, with all before it', async () => {
  const { clock, cluster, client, copies } = await started();
  await client.set('k', 'old');
  const writing = client.set('k', 'new', { durability: 'majority' });
  const sets = (): number => cluster.stats().nodes.reduce((sum, node) => sum + node.sets, 0);
  // From now on the node puts off other writes of the key.
  await expect.poll(sets, { timeout: 20_000 }).toBe(2);
  expect(copies('k')).toEqual(['old', undefined]);
  clock.advance(lag);
  await writing;
  expect(copies('k')).toEqual(['new', 'new']);
  expect(sets()).toBe(2);
  cluster.failover(cluster.nodeOf('k')!);
  expect(await client.get('k')).toBe('new');
});

test('a vBucket that moves takes all its changes along, and earlier ones do not come again', async () => {
  const { clock, cluster, client, copies } = await started();
  await client.set('k', 'v');
  const moving = cluster.rebalance({ remove: [cluster.nodeOf('k')!] });
  await clock.settle();
  await moving;
  expect(await client.get('k')).toBe('v');
  await client.set('k', 'w');
  clock.advance(lag);
  expect(copies('k')).toEqual(['w']);
});

test('replicas have the changes of a node that was down when it is back', async () => {
  const { clock, cluster, client, copies } = await started();
  const owner = cluster.nodeOf('k')!;
  await client.set('k', 'v');
  await cluster.killNode(owner);
  clock.advance(lag);
  expect(copies('k')).toEqual(['v', undefined]);
  await cluster.startNode(owner);
  expect(copies('k')).toEqual(['v', 'v']);
});

test('changes of a collection that was removed meanwhile go nowhere', async () => {
  const { clock, cluster, client } = await started();
  cluster.collections().createCollection('_default', 'c');
  await client.collection('_default', 'c').set('k', 'v');
  cluster.collections().dropCollection('_default', 'c');
  clock.advance(lag);
  cluster.collections().createCollection('_default', 'c');
  expect(cluster.inspect('k', undefined, '_default.c').every(({ value }) => value === undefined)).toBe(true);
});
