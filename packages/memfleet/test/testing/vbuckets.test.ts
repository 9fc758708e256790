import { describe, expect, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { u32Text } from '../../src/protocol/binary/integers.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import type { SimulatedCluster, SimulatedNode } from '../../src/testing/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { DataClient } from './support/data-client.ts';
import { keyOn, startCluster } from './support/start-cluster.ts';

const json = 1;

function ownerOf(cluster: SimulatedCluster, key: string): SimulatedNode {
  return cluster.nodeOf(key)!;
}

function otherThan(cluster: SimulatedCluster, node: SimulatedNode): SimulatedNode {
  return cluster.nodes.find((other) => other !== node)!;
}

/** A clock that holds a move at each of its pauses. */
async function heldCluster(): Promise<{ cluster: SimulatedCluster; clock: FakeClock; step: () => Promise<void> }> {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 2, replicas: 0, moveDelay: 1000, clock });
  return { cluster, clock, step: () => clock.advanceAsync(1000) };
}

describe('a vBucket', () => {
  test('is served where it is active, and refused with the map as JSON everywhere else', async () => {
    const cluster = await startCluster();
    const owner = ownerOf(cluster, 'foo');
    const right = await DataClient.ready(cluster, owner);
    const wrong = await DataClient.ready(cluster, otherThan(cluster, owner));
    expect(await right.set('foo', 'bar')).toMatchObject({ code: status.success });
    expect(await right.get('foo')).toMatchObject({ code: status.success, value: 'bar' });
    const refusal = await wrong.get('foo');
    expect(refusal).toMatchObject({ code: status.notMyVbucket, datatype: json });
    const document = JSON.parse(refusal.value);
    expect(document).toMatchObject({ name: 'default', rev: cluster.rev, revEpoch: 1 });
    const { vBucketServerMap: map, nodesExt } = document;
    expect(map.vBucketMap).toHaveLength(64);
    expect(map.serverList[map.vBucketMap[cluster.vbucketOf('foo')][0]]).toBe(owner.name);
    expect(nodesExt.map((node: { services: { kv: number } }) => node.services.kv)).toEqual(
      cluster.nodes.map((node) => node.port),
    );
    expect(cluster.stats().nodes.reduce((sum, node) => sum + node.refused, 0)).toBe(1);
  });

  test('beyond the number of vBuckets has no node', async () => {
    const cluster = await startCluster();
    const client = await DataClient.ready(cluster);
    expect(await client.get('foo', 64)).toMatchObject({ code: status.notMyVbucket });
  });

  test('as a replica is read by GET_REPLICA only, the active copy is not', async () => {
    const cluster = await startCluster();
    const owner = ownerOf(cluster, 'foo');
    const right = await DataClient.ready(cluster, owner);
    await right.ask(opcode.set, { key: 'foo', value: 'bar', extras: u32Text(0x04000004) + u32Text(0) });
    const row = cluster.map()[cluster.vbucketOf('foo')]!;
    const holder = cluster.allNodes[row[1]!]!;
    const replica = await DataClient.ready(cluster, holder);
    expect(await replica.get('foo')).toMatchObject({ code: status.notMyVbucket });
    const read = await replica.ask(couchbaseOpcode.getReplica, { key: 'foo' });
    expect(read).toMatchObject({ code: status.success, value: 'bar', flags: 0x04000004, key: '' });
    expect(read.cas).toBe((await right.get('foo')).cas);
    expect(await right.ask(couchbaseOpcode.getReplica, { key: 'foo' })).toMatchObject({ code: status.notMyVbucket });
    expect(
      await replica.ask(couchbaseOpcode.getReplica, { key: 'nothing', vbucket: cluster.vbucketOf('foo') }),
    ).toMatchObject({
      code: status.keyNotFound,
    });
  });

  test('has every change in its replicas before the change gets its reply', async () => {
    const cluster = await startCluster({ replicas: 2 });
    const client = await DataClient.ready(cluster, ownerOf(cluster, 'foo'));
    const values = (): (string | undefined)[] => cluster.inspect('foo').map((held) => held.value?.toString());
    const cas = (): bigint[] => cluster.inspect('foo').map((held) => held.cas);
    await client.set('foo', '1');
    expect(values()).toEqual(['1', '1', '1']);
    await client.ask(opcode.append, { key: 'foo', value: '2' });
    expect(values()).toEqual(['12', '12', '12']);
    await client.ask(opcode.increment, { key: 'foo', extras: '\0\0\0\0\0\0\0\x01'.padEnd(20, '\0') });
    expect(values()).toEqual(['13', '13', '13']);
    await client.ask(opcode.touch, { key: 'foo', extras: u32Text(100) });
    expect(new Set(cas()).size).toBe(1);
    await client.ask(opcode.delete, { key: 'foo' });
    expect(values()).toEqual([undefined, undefined, undefined]);
  });

  test('while it is pending lets requests wait, in order, until it is active', async () => {
    const { cluster, step } = await heldCluster();
    const from = cluster.nodes[0]!;
    const to = cluster.nodes[1]!;
    const key = keyOn(cluster, from);
    const vbucket = cluster.vbucketOf(key);
    const old = await DataClient.ready(cluster, from);
    await old.set(key, 'before');
    const early = await DataClient.ready(cluster, to);
    const others = early.answers.length;

    const moved = cluster.moveVbucket(vbucket, to);
    const waiting = early.get(key);
    early.send(opcode.noop);
    await old.set(key, 'meanwhile');
    expect(early.answers).toHaveLength(others);
    expect(to.stats().vbuckets.pending).toBe(1);

    await step();
    expect(await waiting).toMatchObject({ code: status.success, value: 'meanwhile' });
    await early.until(() => early.answers.length === others + 2);
    expect(early.answers.slice(-2).map((answer) => answer.opcode)).toEqual([opcode.get, opcode.noop]);
    expect(await old.get(key)).toMatchObject({ code: status.notMyVbucket });
    expect(from.stats().vbuckets.dead).toBe(1);
    await step();
    await moved;
    expect(from.stats().vbuckets).toEqual({ active: 31, replica: 0, pending: 0, dead: 0 });
    expect(await old.get(key)).toMatchObject({ code: status.notMyVbucket });
  });

  test('while it is pending holds up only barriers for a client that takes replies out of order', async () => {
    const { cluster, step } = await heldCluster();
    const [from, to] = cluster.nodes as [SimulatedNode, SimulatedNode];
    const key = keyOn(cluster, from);
    const early = await DataClient.ready(cluster, to, 'default', [feature.unorderedExecution]);
    const moved = cluster.moveVbucket(cluster.vbucketOf(key), to);
    const waiting = early.get(key);
    const served = keyOn(cluster, to);
    expect(await early.get(served)).toMatchObject({ code: status.keyNotFound });
    early.send(opcode.noop);
    early.send(opcode.get, { key: served });
    await step();
    expect(await waiting).toMatchObject({ code: status.keyNotFound });
    await early.until(() => early.answers.at(-2)?.opcode === opcode.noop);
    expect(early.answers.slice(-3).map((answer) => answer.opcode)).toEqual([opcode.get, opcode.noop, opcode.get]);
    await step();
    await moved;
  });
});

describe('a cas', () => {
  test('is never given twice in a cluster, and is beyond what a double holds', async () => {
    const cluster = await startCluster();
    const seen = new Set<bigint>();
    for (const node of cluster.nodes) {
      const client = await DataClient.ready(cluster, node);
      const key = keyOn(cluster, node);
      for (let n = 0; n < 5; n++) seen.add((await client.set(key, String(n))).cas);
      seen.add((await client.ask(opcode.touch, { key, extras: u32Text(0) })).cas);
      seen.add((await client.ask(opcode.delete, { key })).cas);
    }
    expect(seen.size).toBe(21);
    for (const cas of seen) expect(cas).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
  });

  test('that differs refuses the change', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    const { cas } = await client.set('foo', 'bar');
    expect(await client.set('foo', 'other', cas + 1n)).toMatchObject({ code: status.keyExists });
    expect(await client.ask(opcode.delete, { key: 'foo', cas: cas + 1n })).toMatchObject({ code: status.keyExists });
    expect(await client.set('foo', 'other', cas)).toMatchObject({ code: status.success });
    expect(await client.set('nothing', 'x', cas)).toMatchObject({ code: status.keyNotFound });
  });
});

describe('what only Couchbase has', () => {
  test('GET_META describes an item without its value', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    expect(await client.ask(couchbaseOpcode.getMeta, { key: 'foo', extras: '\x02' })).toMatchObject({
      code: status.keyNotFound,
    });
    const { cas } = await client.ask(opcode.set, {
      key: 'foo',
      value: '{}',
      extras: u32Text(0x02000000) + u32Text(2_000_000_000),
    });
    const meta = await client.ask(couchbaseOpcode.getMeta, { key: 'foo', extras: '\x02' });
    expect(meta).toMatchObject({ code: status.success, cas, value: '' });
    expect(meta.extras.readUInt32BE(0)).toBe(0);
    expect(meta.extras.readUInt32BE(4)).toBe(0x02000000);
    expect(meta.extras.readUInt32BE(8)).toBe(2_000_000_000);
    expect(meta.extras[20]).toBe(json);
    expect((await client.ask(couchbaseOpcode.getMeta, { key: 'foo' })).extras).toHaveLength(20);
  });

  test('a mutation token names the vBucket and its sequence number, and OBSERVE_SEQNO returns the latest one', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster, cluster.nodes[0], 'default', [feature.mutationToken]);
    await client.set('foo', '1');
    const { extras: token } = await client.set('foo', '2');
    expect(token).toHaveLength(16);
    expect(token.readBigUInt64BE(8)).toBe(2n);
    const value = token.subarray(0, 8).toString('latin1');
    const vbucket = cluster.vbucketOf('foo');
    const seen = await client.ask(couchbaseOpcode.observeSeqno, { value, vbucket });
    const bytes = Buffer.from(seen.value, 'latin1');
    expect([bytes[0], bytes.readUInt16BE(1), bytes.readBigUInt64BE(11), bytes.readBigUInt64BE(19)]).toEqual([
      0,
      vbucket,
      2n,
      2n,
    ]);
    const stranger = await client.ask(couchbaseOpcode.observeSeqno, { value: 'stranger', vbucket });
    expect(stranger.value.charCodeAt(0)).toBe(1);
  });

  test('what is not modelled is an unknown command', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    for (const code of [couchbaseOpcode.subdocReplaceBodyWithXattr, couchbaseOpcode.getRandomKey])
      expect(await client.ask(code, { key: 'foo' })).toMatchObject({ code: status.unknownCommand });
  });

  test('keys over 250 bytes, compressed values and values over the limit are refused', async () => {
    const cluster = await startCluster({ nodes: 1, maxValue: 1000 });
    const client = await DataClient.ready(cluster);
    expect(await client.get('k'.repeat(250))).toMatchObject({ code: status.keyNotFound });
    expect(await client.get('k'.repeat(251))).toMatchObject({ code: status.invalidArguments });
    const packed = { key: 'foo', value: 'x', extras: '\0'.repeat(8), datatype: 2 };
    expect(await client.ask(opcode.set, packed)).toMatchObject({ code: status.invalidArguments });
    expect(await client.set('foo', 'x'.repeat(1000))).toMatchObject({ code: status.success });
    expect(await client.set('foo', 'x'.repeat(1001))).toMatchObject({ code: status.tooLarge });
  });

  test('a command whose vBucket is not its key’s is counted: a defect of the client', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    await client.get('foo');
    expect(cluster.stats().nodes[0]!.misplaced).toBe(0);
    await client.get('foo', (cluster.vbucketOf('foo') + 1) % 64);
    expect(cluster.stats().nodes[0]!.misplaced).toBe(1);
  });

  test('items expire on replicas, too', async () => {
    const clock = new FakeClock();
    const cluster = await startCluster({ clock });
    const client = await DataClient.ready(cluster, ownerOf(cluster, 'foo'));
    await client.ask(opcode.set, { key: 'foo', value: 'bar', extras: u32Text(0) + u32Text(10) });
    expect(cluster.inspect('foo').map((held) => held.value?.toString())).toEqual(['bar', 'bar']);
    clock.advance(11_000);
    expect(cluster.inspect('foo').map((held) => held.value)).toEqual([undefined, undefined]);
    expect(await client.get('foo')).toMatchObject({ code: status.keyNotFound });
  });

  test('large values come and go whole', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await DataClient.ready(cluster);
    const value = Buffer.alloc(3_000_000, 'abcdefg').toString('latin1');
    expect(await client.set('large', value)).toMatchObject({ code: status.success });
    expect((await client.get('large')).value === value).toBe(true);
  });
});
