/** Reads from replicas: on request, and when the active node fails or is silent. */
import { describe, expect, test } from 'vitest';
import type { ClientOptions } from '../../src/client/index.ts';
import { TimeoutError, UnsupportedError } from '../../src/core/errors.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { turnsFor, turnsUntil } from '../support/turns.ts';
import { FakeCluster, type Rows, testClient } from './support/fake-cluster.ts';

/** Data commands that came to each node. */
function heard(cluster: FakeCluster): number[] {
  return cluster.nodes.map((node) => node.commands.length);
}

describe('replicas', () => {
  const replicated: Rows = [
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
    [0, 1, 2],
  ];

  async function started(options = {}) {
    const cluster = await FakeCluster.start(3, replicated);
    const client = cluster.client(options);
    await client.get('hello');
    for (const node of cluster.nodes) node.items.set('hello', { value: '"copy"', flags: 0x02000000 });
    return { cluster, client };
  }

  test('are read on request, by their own opcode', async () => {
    const { cluster, client } = await started();
    expect(await client.getFromReplica('hello')).toBe('copy');
    const [command] = cluster.nodes[1]!.commands;
    expect(command).toMatchObject({ vbucket: 0, packet: { opcode: couchbaseOpcode.getReplica } });
  });

  test('when the first does not reply, the next is tried', async () => {
    const { cluster, client } = await started();
    cluster.nodes[1]!.settings.owns = () => undefined;
    expect(await client.getFromReplica('hello')).toBe('copy');
    expect(heard(cluster)).toEqual([1, 1, 1]);
  });

  test('a replica without the key replies for it', async () => {
    const { cluster, client } = await started();
    cluster.nodes[1]!.items.clear();
    expect(await client.getFromReplica('hello')).toBeUndefined();
  });

  test('any copy: the first value counts, though the active node and a replica are silent', async () => {
    const { cluster, client } = await started();
    for (const node of [0, 1]) cluster.nodes[node]!.settings.script = () => 'silent';
    expect(await client.getAnyReplica('hello')).toBe('copy');
  });

  test('where there are none the call says so', async () => {
    const cluster = await FakeCluster.start(1, [[0]]);
    await expect(cluster.client().getFromReplica('a')).rejects.toThrow('no node has replica 1 of vBucket 0 now');
    const plain = testClient({ nodes: '127.0.0.1:1' });
    await expect(plain.getFromReplica('a')).rejects.toBeInstanceOf(UnsupportedError);
  });

  test('with replica on-error a get continues with them when the active node is gone', async () => {
    const { cluster, client } = await started({ replica: 'on-error', retry: false });
    await cluster.nodes[0]!.down();
    expect(await client.get('hello')).toBe('copy');
    expect(await client.getMany(['hello'])).toEqual(new Map([['hello', 'copy']]));
    await expect(client.set('hello', 1)).rejects.toThrow();
  });

  /** A client whose time stands still, and whose active node of `hello` is silent from now on. */
  async function silenced(options: ClientOptions) {
    const clock = new FakeClock();
    const cluster = await FakeCluster.start(3, replicated);
    const client = cluster.client({ timeout: 200, clock, ...options });
    await turnsFor(clock, client.get('hello'));
    for (const node of cluster.nodes) node.items.set('hello', { value: '"copy"', flags: 0x02000000 });
    cluster.nodes[0]!.settings.script = () => 'silent';
    const reading = client.get('hello').catch((error: unknown) => error);
    await turnsUntil(clock, () => heard(cluster)[0] === 2);
    return { clock, cluster, reading };
  }

  test('and when the active node is silent for half of the time', async () => {
    const { clock, cluster, reading } = await silenced({ replica: 'on-error' });
    await clock.advanceAsync(99);
    expect(heard(cluster)).toEqual([2, 0, 0]);
    await clock.advanceAsync(1);
    expect(await turnsFor(clock, reading)).toBe('copy');
    expect(heard(cluster)).toEqual([2, 1, 0]);
  });

  test('without it the error is the caller’s', async () => {
    const { clock, cluster, reading } = await silenced({ retry: false });
    await clock.advanceAsync(200);
    expect(await reading).toBeInstanceOf(TimeoutError);
    expect(heard(cluster)).toEqual([2, 0, 0]);
  });

  test('when all copies fail, the error is that of the active one', async () => {
    const { cluster, client } = await started({ replica: 'on-error', retry: false });
    for (const node of cluster.nodes)
      node.settings.script = ({ verb }) => (verb === 'noop' ? undefined : { code: 0x84 });
    await expect(client.get('hello')).rejects.toMatchObject({ status: 0x84, node: cluster.addresses[0] });
  });
});
