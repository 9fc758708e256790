/**
 * Locks, durable writes and mutation tokens in a collection: they concern its items, not those of the same key beside.
 */
import { expect, test } from 'vitest';
import { DurabilityImpossibleError } from '../../src/core/errors.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

async function started(nodes: number) {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes, replicas: 1, clock });
  cluster.collections().createScope('app');
  cluster.collections().createCollection('app', 'users');
  const seeds = cluster.nodes.map(({ name }) => name);
  const client = testClient({ nodes: seeds, couchbase: cluster.credentials, timeout: 8000 });
  return { clock, cluster, client, users: client.collection('app', 'users') };
}

test('a lock is on the item of the collection alone', async () => {
  const { client, users } = await started(2);
  await client.set('k', 'plain');
  await users.set('k', 'user');
  const held = await users.bucket.getAndLock('k', 10);
  expect(held?.value).toBe('user');
  expect(await client.set('k', 'other')).toBe(true);
  expect(await client.bucket.unlock('k', held!.cas)).toBe('notLocked');
  await expect(users.set('k', 'other', { timeout: 500 })).rejects.toThrow('The item is locked');
  expect(await users.bucket.unlock('k', held!.cas)).toBe('unlocked');
  expect(await users.set('k', 'other')).toBe(true);
});

test('a durable write in a collection has its level, and the token of its vBucket', async () => {
  const { cluster, users } = await started(2);
  const frames: unknown[] = [];
  cluster.fault = ({ collection, framing, name }) => {
    if (name === 'set') frames.push([collection > 0, framing?.[1]]);
    return undefined;
  };
  const { token } = await users.bucket.set('k', 1, { durability: 'persistToMajority' });
  expect(token?.vbucket).toBe(cluster.vbucketOf('k'));
  await users.with({ durability: 'majority' }).set('k', 2);
  expect(frames).toEqual([
    [true, 3],
    [true, 1],
  ]);
  const { users: alone } = await started(1);
  await expect(alone.set('k', 1, { durability: 'majority' })).rejects.toBeInstanceOf(DurabilityImpossibleError);
  await expect(
    alone.bucket.mutateIn('k', [{ set: 'a', value: 1 }], { mode: 'set', durability: 'majority' }),
  ).rejects.toBeInstanceOf(DurabilityImpossibleError);
});

test('an item of a collection keeps its expiry', async () => {
  const { clock, users } = await started(2);
  await users.set('k', 1, 100);
  await users.set('k', 2, { preserveExpiry: true });
  clock.advance(99_000);
  expect(await users.get('k')).toBe(2);
  clock.advance(2000);
  expect(await users.get('k')).toBeUndefined();
});
