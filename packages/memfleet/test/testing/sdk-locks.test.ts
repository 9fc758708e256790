/** memfleet and the official SDK on one cluster: each respects the locks and the durable writes of the other. */
import { type Collection, DocumentNotLockedError, DurabilityLevel } from 'couchbase';
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { AmbiguousWriteError, ServerError } from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import { FakeClock, type SimulatedCluster } from '../../src/testing/index.ts';
import { both } from './support/sdk-beside.ts';
import { startCluster } from './support/start-cluster.ts';

interface Parties {
  readonly clock: FakeClock;
  readonly cluster: SimulatedCluster;
  readonly sdk: Collection;
  readonly client: Client;
}

/** The time of the cluster is the test's; both clients have their own. */
async function parties(nodes = 2): Promise<Parties> {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes, replicas: 1, clock });
  return { clock, cluster, ...(await both(cluster)) };
}

const brief = { timeout: 600 };
const locked = { status: status.locked, message: expect.stringContaining('The item is locked') };

describe('a lock', () => {
  test('of memfleet keeps the SDK out, until memfleet writes or unlocks', async () => {
    const { sdk, client } = await parties();
    await client.set('k', 'v');
    const { cas } = (await client.bucket.getAndLock('k', 20))!;
    expect((await sdk.get('k')).content).toBe('v');
    await expect(sdk.upsert('k', 'w', brief)).rejects.toThrow(/document locked|timeout/);
    await expect(sdk.getAndLock('k', 5, brief)).rejects.toThrow(/document locked|timeout/);
    expect(await client.bucket.unlock('k', cas)).toBe('unlocked');
    await sdk.upsert('k', 'w');
    await expect(sdk.unlock('k', String(cas))).rejects.toThrow(DocumentNotLockedError);
    const again = (await client.bucket.getAndLock('k', 20))!;
    expect(await client.cas('k', 'x', again.cas)).toBe('stored');
    await sdk.upsert('k', 'y');
    expect(await client.get('k')).toBe('y');
  });

  test('of the SDK keeps memfleet out, until the SDK writes or unlocks, or the time is over', async () => {
    const { clock, sdk, client } = await parties();
    await client.set('k', 'v');
    const first = await sdk.getAndLock('k', 20);
    expect(await client.get('k')).toBe('v');
    await expect(client.set('k', 'w', brief)).rejects.toMatchObject(locked);
    await expect(client.bucket.getAndLock('k', 5, brief)).rejects.toMatchObject(locked);
    expect(await client.bucket.unlock('k', 5n)).toBe('locked');
    await sdk.replace('k', 'x', { cas: first.cas });
    expect(await client.bucket.unlock('k', 5n)).toBe('notLocked');
    const second = await sdk.getAndLock('k', 20);
    // The cas of the lock is anybody's who has it.
    expect(await client.bucket.unlock('k', BigInt(second.cas.toString()))).toBe('unlocked');
    await sdk.getAndLock('k', 20);
    clock.advance(20_000);
    expect(await client.set('k', 'z')).toBe(true);
  });
});

describe('a durable write', () => {
  test('of each is read by the other', async () => {
    const { sdk, client } = await parties();
    for (const level of ['majority', 'majorityAndPersistActive', 'persistToMajority'] as const) {
      await client.set('k', level, { durability: level });
      expect((await sdk.get('k')).content).toBe(level);
    }
    await sdk.upsert('k', 'sdk', { durabilityLevel: DurabilityLevel.Majority });
    expect(await client.get('k')).toBe('sdk');
  });

  test('that waits for its copies holds up the writes of the other, and is ambiguous in both', async () => {
    const { clock, cluster, sdk, client } = await parties();
    await client.set('k', 'before');
    const other = cluster.nodes.find((node) => node !== cluster.nodeOf('k'))!;
    await cluster.stopNode(other);
    const slow = sdk.upsert('k', 'sdk', { durabilityLevel: DurabilityLevel.Majority, timeout: 5000 });
    const outcome = slow.catch((error: unknown) => error);
    const write = async (): Promise<unknown> => client.set('k', 'w', brief).catch((error: unknown) => error);
    let refused: unknown = true;
    while (refused === true) refused = await write();
    expect(refused).toBeInstanceOf(ServerError);
    expect(refused).toMatchObject({ status: status.syncWriteInProgress });
    clock.advance(5000);
    expect(String(await outcome)).toMatch(/ambiguous/);
    const own = client.set('k', 'own', { durability: 'majority', timeout: 5000 }).catch((error: unknown) => error);
    let refusal: unknown;
    while (refusal === undefined)
      refusal = await sdk.upsert('k', 'x', brief).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(refusal).toMatchObject({ message: expect.stringMatching(/in progress|timeout/) });
    clock.advance(5000);
    expect(await own).toBeInstanceOf(AmbiguousWriteError);
    await cluster.startNode(other);
    expect(await client.set('k', 'after', { durability: 'majority' })).toBe(true);
    expect((await sdk.get('k')).content).toBe('after');
  });
});

test('an expiry that is kept by memfleet is kept for the SDK, and the reverse', async () => {
  const { clock, sdk, client } = await parties();
  await sdk.upsert('sdk', 1, { expiry: 100 });
  await client.set('sdk', 2, { preserveExpiry: true });
  await client.set('own', 1, 100);
  await sdk.upsert('own', 2, { preserveExpiry: true });
  expect([await client.get('own'), (await sdk.get('sdk')).content]).toEqual([2, 2]);
  clock.advance(101_000);
  expect((await sdk.exists('sdk')).exists).toBe(false);
  expect(await client.get('own')).toBeUndefined();
});

test('the mutation tokens of both are of one history', async () => {
  const { sdk, client } = await parties();
  const { token: given } = await sdk.upsert('k', 1);
  const { token } = await client.bucket.set('k', 2);
  const theirs = JSON.parse(JSON.stringify(given)) as Readonly<Record<string, unknown>>;
  expect(token).toEqual({
    vbucket: theirs['partition_id'],
    uuid: BigInt(theirs['partition_uuid'] as string),
    seqno: BigInt(theirs['sequence_number'] as string) + 1n,
  });
});
