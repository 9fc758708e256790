/** Locks of items of a bucket: `client.bucket.getAndLock` and `unlock`. */
import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../../src/client/index.ts';
import { InvalidArgumentError, ServerError, UndecodableError, UnsupportedError } from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import { FakeClock, type SimulatedCluster } from '../../src/testing/index.ts';
import { turnsFor } from '../support/turns.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

/** A client of a cluster on one clock, and an item. */
async function started(
  options: ClientOptions = {},
): Promise<{ clock: FakeClock; cluster: SimulatedCluster; client: Client }> {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 2, replicas: 1, clock });
  const nodes = cluster.nodes.map((node) => node.name);
  const client = testClient({ nodes, couchbase: cluster.credentials, timeout: 1000, clock, ...options });
  await turnsFor(clock, client.set('k', 'v'));
  return { clock, cluster, client };
}

/** How the promise ends, while time passes. It stands still while a request is in flight. */
async function outcomeOf(clock: FakeClock, client: Client, promise: Promise<unknown>): Promise<unknown> {
  const progress = { isOver: false };
  const outcome = promise.catch((error: unknown) => error).finally(() => (progress.isOver = true));
  while (!progress.isOver) {
    await clock.settle();
    if (client.stats().nodes.every(({ inFlight }) => inFlight === 0)) clock.advance(5);
  }
  return outcome;
}

describe('a lock', () => {
  test('gives its holder the value and the only cas that writes; the write ends it', async () => {
    const { client, cluster } = await started();
    const held = await client.bucket.getAndLock('k', 10);
    expect(held).toEqual({ value: 'v', cas: expect.any(BigInt) });
    expect(await client.get('k')).toBe('v');
    expect(await client.cas('k', 'w', held!.cas)).toBe('stored');
    expect(await client.set('k', 'x')).toBe(true);
    expect(cluster.inspect('k').map(({ value }) => value?.toString())).toEqual(['x', 'x']);
  });

  test('ends by unlock, which says what it found', async () => {
    const { client } = await started();
    const { cas } = (await client.bucket.getAndLock('k', 10))!;
    expect(await client.bucket.unlock('k', cas + 1n)).toBe('locked');
    expect(await client.bucket.unlock('k', cas)).toBe('unlocked');
    expect(await client.bucket.unlock('k', cas)).toBe('notLocked');
    expect(await client.bucket.unlock('none', cas)).toBe('notFound');
    expect(await client.bucket.getAndLock('none', 10)).toBeUndefined();
  });

  test.each<[string, (client: Client) => Promise<unknown>]>([
    ['set', (client) => client.set('k', 'w')],
    ['cas', (client) => client.cas('k', 'w', 1n)],
    ['append', (client) => client.append('k', 'w')],
    ['delete', (client) => client.delete('k')],
    ['touch', (client) => client.touch('k', 60)],
    ['getAndLock', (client) => client.bucket.getAndLock('k', 5)],
  ])('is waited for by %s until the deadline, and the error says that the item is locked', async (verb, call) => {
    const { clock, client } = await started({ errors: 'miss' });
    await client.bucket.getAndLock('k', 10);
    const begun = clock.now();
    const error = await outcomeOf(clock, client, call(client));
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ status: status.locked, message: expect.stringContaining('The item is locked') });
    expect((error as ServerError).message).toContain(`${verb} "k"`);
    expect(clock.now() - begun).toBeGreaterThan(800);
  });

  test('that ends in time lets the writes through that waited, in their order', async () => {
    const { clock, client } = await started({ timeout: 5000 });
    await client.bucket.getAndLock('k', 1);
    const writes = Promise.all([client.set('k', 'w'), client.bucket.getAndLock('k', 10)]);
    expect(await outcomeOf(clock, client, writes)).toEqual([true, { value: 'w', cas: expect.any(BigInt) }]);
  });

  test('whose reply makes no sense is an error, not a miss', async () => {
    const { client, cluster } = await started();
    for (const code of [status.keyExists, status.notStored]) {
      cluster.fault = ({ name }) => (name === 'getLocked' ? { kind: 'status', status: code } : undefined);
      await expect(client.bucket.getAndLock('k', 5)).rejects.toBeInstanceOf(UndecodableError);
    }
  });

  test('is ended with a token of getAndLock only', async () => {
    const { client } = await started();
    await expect(client.bucket.unlock('k', 0n)).rejects.toThrow('cas must be a token of getAndLock (a bigint), not 0n');
  });

  test('is for 1 to 30 whole seconds', async () => {
    const { client } = await started();
    for (const seconds of [0, 31, 1.5, -1, NaN, '5' as unknown as number])
      await expect(client.bucket.getAndLock('k', seconds)).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  test('is put on the key with the prefix of the view', async () => {
    const { client } = await started();
    const view = client.withPrefix('p:');
    await view.set('k', 'mine');
    expect(await view.bucket.getAndLock('k', 5)).toMatchObject({ value: 'mine' });
    expect(await client.bucket.getAndLock('k', 5)).toMatchObject({ value: 'v' });
  });

  test('is refused where the fleet is no bucket, before anything is sent', async () => {
    const client = testClient({ nodes: '127.0.0.1:1' });
    const calls = [client.bucket.getAndLock('k', 5), client.bucket.unlock('k', 1n)];
    for (const call of calls) {
      await expect(call).rejects.toBeInstanceOf(UnsupportedError);
      await expect(call).rejects.toThrow('only Couchbase buckets have locks: set the option "couchbase"');
    }
  });
});
