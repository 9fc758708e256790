/** Mutation tokens: `client.bucket.set` and `delete`. */
import { describe, expect, test } from 'vitest';
import { UnsupportedError } from '../../src/core/errors.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { connect, startNode } from '../support/harness.ts';
import { DataClient } from '../testing/support/data-client.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { FakeCluster, testClient } from './support/fake-cluster.ts';

describe('a mutation token', () => {
  test('names the vBucket, its history and the number of the mutation, which count up', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const nodes = cluster.nodes.map((node) => node.name);
    const client = testClient({ nodes, couchbase: cluster.credentials, timeout: 8000 });
    const vbucket = cluster.vbucketOf('k');
    const first = await client.bucket.set('k', 1);
    expect(first).toEqual({
      result: 'stored',
      cas: expect.any(BigInt),
      token: { vbucket, uuid: expect.any(BigInt), seqno: 1n },
    });
    const second = await client.bucket.set('k', 2, { durability: 'majority' });
    expect(second.token).toEqual({ ...first.token, seqno: 2n });
    const gone = await client.bucket.delete('k', { cas: second.cas });
    expect(gone).toEqual({ result: 'deleted', cas: expect.any(BigInt), token: { ...first.token, seqno: 3n } });
    const data = await DataClient.ready(cluster, cluster.nodeOf('k'));
    const value = Buffer.alloc(8);
    value.writeBigUInt64BE(first.token!.uuid);
    const observed = await data.ask(couchbaseOpcode.observeSeqno, { value: value.toString('latin1'), vbucket });
    expect(Buffer.from(observed.value, 'latin1').readBigUInt64BE(19)).toBe(gone.token!.seqno);
  });

  test('is missing where nothing was written', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const nodes = cluster.nodes.map((node) => node.name);
    const { bucket } = testClient({ nodes, couchbase: cluster.credentials, timeout: 8000 });
    const nothing = { cas: undefined, token: undefined };
    const stored = await bucket.set('k', 1, { mode: 'add' });
    expect(await bucket.set('k', 1, { mode: 'add' })).toEqual({ ...nothing, result: 'notStored' });
    expect(await bucket.set('k', 1, { cas: stored.cas! + 1n })).toEqual({ ...nothing, result: 'exists' });
    expect(await bucket.set('none', 1, { cas: 1n })).toEqual({ ...nothing, result: 'notFound' });
    expect(await bucket.delete('k', { cas: stored.cas! + 1n })).toEqual({ ...nothing, result: 'exists' });
    expect(await bucket.delete('none')).toEqual({ ...nothing, result: 'notFound' });
  });

  test('is missing where the node gives none', async () => {
    const cluster = await FakeCluster.start(1, [[0]]);
    const { bucket } = cluster.client();
    expect(await bucket.set('k', 1)).toEqual({ result: 'stored', cas: expect.any(BigInt), token: undefined });
  });

  test('belongs to buckets', async () => {
    const { client } = connect(await startNode());
    await expect(client.bucket.set('k', 1)).rejects.toBeInstanceOf(UnsupportedError);
    await expect(client.bucket.delete('k')).rejects.toThrow('only Couchbase buckets have mutation tokens');
  });
});
