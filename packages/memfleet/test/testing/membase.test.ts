import { expect, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { DataClient } from './support/data-client.ts';
import { startCluster } from './support/start-cluster.ts';

function membase(): Promise<SimulatedCluster> {
  return startCluster({ nodes: 2, era: 'membase', buckets: ['default', { name: 'cache', password: 'secret' }] });
}

test('a node of the Membase era knows no HELLO, no SELECT_BUCKET, no error map, no map on the data port', async () => {
  const cluster = await membase();
  const client = await DataClient.dial(cluster, cluster.nodes[0]!);
  const unknown = { code: status.unknownCommand };
  expect(await client.hello([feature.xerror])).toMatchObject(unknown);
  expect(await client.ask(couchbaseOpcode.selectBucket, { key: 'default' })).toMatchObject(unknown);
  expect(await client.ask(couchbaseOpcode.getErrorMap, { value: '\0\x01' })).toMatchObject(unknown);
  expect(await client.ask(couchbaseOpcode.getClusterConfig)).toMatchObject(unknown);
  expect((await client.ask(opcode.saslListMechs)).value).toBe('PLAIN');
});

test('the bucket default is open to everybody; the login with a bucket’s name selects that bucket', async () => {
  const cluster = await membase();
  const client = await DataClient.dial(cluster, cluster.nodeOf('foo')!);
  expect(await client.set('foo', 'in default')).toMatchObject({ code: status.success });
  expect(await client.plain('cache', 'wrong')).toMatchObject({ code: status.authError });
  expect(await client.plain('cache', 'secret')).toMatchObject({ code: status.success });
  expect(await client.get('foo')).toMatchObject({ code: status.keyNotFound });
  const other = await DataClient.dial(cluster, cluster.nodeOf('foo')!);
  expect(await other.get('foo')).toMatchObject({ value: 'in default' });
});

test('a default bucket with a password is not open', async () => {
  const cluster = await startCluster({ nodes: 1, era: 'membase', buckets: [{ name: 'default', password: 'x' }] });
  const client = await DataClient.dial(cluster, cluster.nodes[0]!);
  expect(await client.get('foo')).toMatchObject({ code: status.noBucket });
  await client.plain('default', 'x');
  expect(await client.get('foo')).toMatchObject({ code: status.keyNotFound });
});

test('NOT_MY_VBUCKET says no more than that', async () => {
  const cluster = await membase();
  const wrong = cluster.nodes.find((node) => node !== cluster.nodeOf('foo'))!;
  const client = await DataClient.dial(cluster, wrong);
  expect(await client.get('foo')).toMatchObject({ code: status.notMyVbucket, value: '', datatype: 0 });
});

test('TOUCH gives the flags, FLUSH empties the node’s vBuckets and their replicas', async () => {
  const cluster = await membase();
  const client = await DataClient.dial(cluster, cluster.nodeOf('foo')!);
  await client.ask(opcode.set, { key: 'foo', value: 'bar', extras: '\0\0\0\x07\0\0\0\0' });
  expect(await client.ask(opcode.touch, { key: 'foo', extras: '\0\0\0\x09' })).toMatchObject({ flags: 7 });
  expect(await client.ask(opcode.flush)).toMatchObject({ code: status.success });
  expect(cluster.inspect('foo').map((held) => held.value)).toEqual([undefined, undefined]);
});
