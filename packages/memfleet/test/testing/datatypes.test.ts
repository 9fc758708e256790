/** Datatypes of the simulated cluster's items: JSON, as the node finds it, and Snappy, as clients send it. */
import { describe, expect, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { datatype } from '../../src/protocol/binary/header.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import { compress } from '../../src/protocol/snappy/compress.ts';
import { uncompress } from '../../src/protocol/snappy/uncompress.ts';
import type { CompressionMode } from '../../src/testing/cluster/value-types.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { type Answer, DataClient } from './support/data-client.ts';
import { startCluster } from './support/start-cluster.ts';

const features = [feature.xerror, feature.json, feature.snappy];
const text = 'a text that repeats, a text that repeats, a text that repeats';
const document = `{"text":"${text}"}`;

function packed(value: string): string {
  const output = Buffer.alloc(value.length + 100);
  return output.toString('latin1', 0, compress(Buffer.from(value, 'latin1'), output, output.length));
}

function unpacked(value: string): string {
  return uncompress(Buffer.from(value, 'latin1'), 1_000_000).toString('latin1');
}

async function ready(
  cluster: SimulatedCluster,
  key: string,
  granted: readonly number[] = features,
): Promise<DataClient> {
  return DataClient.ready(cluster, cluster.nodeOf(key), 'default', granted);
}

function store(
  client: DataClient,
  key: string,
  value: string,
  type: number,
  code: number = opcode.set,
): Promise<Answer> {
  return client.ask(code, { key, value, datatype: type, extras: '\0'.repeat(8) });
}

describe('JSON', () => {
  test('is what the value is, whatever its flags and the client say', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await ready(cluster, 'k');
    for (const [value, isJson] of [
      ['{"a":1}', true],
      [' [1]\n', true],
      ['17', true],
      ['"text"', true],
      ['true', true],
      ['text', false],
      ['', false],
      ['{"a":', false],
      ['"\xff"', false],
      ['truth', false],
    ] as const) {
      for (const said of [datatype.raw, datatype.json]) {
        expect(await store(client, 'k', value, said)).toMatchObject({ code: status.success });
        expect(await client.get('k')).toMatchObject({ value, datatype: isJson ? datatype.json : datatype.raw });
      }
    }
  });

  test('is neither said by nor said to a client without the feature', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await ready(cluster, 'k', [feature.xerror]);
    expect(await store(client, 'k', '{}', datatype.json)).toMatchObject({ code: status.invalidArguments });
    expect(await store(client, 'k', '{}', datatype.raw)).toMatchObject({ code: status.success });
    expect(await client.get('k')).toMatchObject({ datatype: datatype.raw });
  });

  test('changes with the value: joined texts, counters', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await ready(cluster, 'k');
    await store(client, 'k', '[1', datatype.raw);
    expect(await client.get('k')).toMatchObject({ datatype: datatype.raw });
    await client.ask(opcode.append, { key: 'k', value: ']' });
    expect(await client.get('k')).toMatchObject({ value: '[1]', datatype: datatype.json });
    const counting = '\0'.repeat(7) + '\x01' + '\0'.repeat(12);
    await client.ask(opcode.increment, { key: 'n', extras: counting });
    expect(await client.get('n')).toMatchObject({ value: '0', datatype: datatype.json });
  });
});

describe('Snappy', () => {
  test('is stored as it was sent, and sent so to clients that read it; others receive the value', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await ready(cluster, 'k');
    const plain = await ready(cluster, 'k', [feature.xerror, feature.json]);
    for (const [value, type] of [
      [text, datatype.snappy],
      [document, datatype.snappy | datatype.json],
    ] as const) {
      expect(await store(client, 'k', packed(value), datatype.snappy)).toMatchObject({ code: status.success });
      expect(await client.get('k')).toMatchObject({ value: packed(value), datatype: type });
      expect(await plain.get('k')).toMatchObject({ value, datatype: type & datatype.json });
      expect(cluster.inspect('k')[0]!.value?.toString()).toBe(value);
    }
    expect(await store(plain, 'k', packed(text), datatype.snappy)).toMatchObject({ code: status.invalidArguments });
  });

  test.each<[CompressionMode, { sent: boolean; plain: boolean }]>([
    ['off', { sent: false, plain: false }],
    ['passive', { sent: true, plain: false }],
    ['active', { sent: true, plain: true }],
  ])('is kept as the mode %s says', async (compression, { sent, plain }) => {
    const cluster = await startCluster({ nodes: 1, compression });
    const client = await ready(cluster, 'k');
    const isPacked = async (): Promise<boolean> => {
      const { datatype: type, value } = await client.get('k');
      const is = (type & datatype.snappy) !== 0;
      expect(is ? unpacked(value) : value).toBe(text);
      return is;
    };
    await store(client, 'k', packed(text), datatype.snappy);
    expect(await isPacked()).toBe(sent);
    await store(client, 'k', text, datatype.raw);
    expect(await isPacked()).toBe(plain);
  });

  test('is not kept where it saves less than a sixth', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await ready(cluster, 'k');
    await store(client, 'k', packed('abcdefgh'), datatype.snappy);
    expect(await client.get('k')).toMatchObject({ value: 'abcdefgh', datatype: datatype.raw });
  });

  test('is refused where it is none, or unfolds to more than an item may have', async () => {
    const cluster = await startCluster({ nodes: 1, maxValue: 1000 });
    const client = await ready(cluster, 'k');
    expect(await store(client, 'k', 'none', datatype.snappy)).toMatchObject({ code: status.invalidArguments });
    expect(await store(client, 'k', '', datatype.snappy)).toMatchObject({ code: status.invalidArguments });
    const large = packed('x'.repeat(1001));
    expect(await store(client, 'k', large, datatype.snappy)).toMatchObject({ code: status.tooLarge });
    const bomb = packed('x'.repeat(1_000_000)).slice(0, 900);
    expect(await store(client, 'k', bomb, datatype.snappy)).toMatchObject({ code: status.invalidArguments });
    expect(await client.get('k')).toMatchObject({ code: status.keyNotFound });
  });

  test('is joined to and counted in as the value that it stands for', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const client = await ready(cluster, 'k');
    await store(client, 'k', packed(text), datatype.snappy);
    const { cas } = await client.ask(opcode.append, { key: 'k', value: packed(text), datatype: datatype.snappy });
    expect(await client.get('k')).toMatchObject({ value: text + text, datatype: datatype.raw, cas });
    await client.ask(opcode.prepend, { key: 'k', value: '<' });
    expect(await client.get('k')).toMatchObject({ value: `<${text}${text}` });
    const digits = '1'.repeat(18);
    await store(client, 'k', packed(digits), datatype.snappy);
    expect(await client.get('k')).toMatchObject({ datatype: datatype.snappy | datatype.json });
    await client.ask(opcode.increment, { key: 'k', extras: '\0'.repeat(7) + '\x01' + '\0'.repeat(12) });
    expect(await client.get('k')).toMatchObject({ value: `${'1'.repeat(17)}2`, datatype: datatype.json });
    expect(new Set(cluster.inspect('k').map(({ value }) => String(value))).size).toBe(1);
  });

  test('is read by GAT, GET_LOCKED, GET_REPLICA and GET_META', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const client = await ready(cluster, 'k');
    await store(client, 'k', packed(document), datatype.snappy);
    const both = { value: packed(document), datatype: datatype.snappy | datatype.json };
    expect(await client.ask(opcode.gat, { key: 'k', extras: '\0\0\x10\0' })).toMatchObject(both);
    const meta = await client.ask(couchbaseOpcode.getMeta, { key: 'k', extras: '\x02' });
    expect(meta.extras.at(-1)).toBe(both.datatype);
    const other = cluster.nodes.find((node) => node !== cluster.nodeOf('k'))!;
    const replica = await DataClient.ready(cluster, other, 'default', features);
    expect(await replica.ask(couchbaseOpcode.getReplica, { key: 'k' })).toMatchObject(both);
    const plain = await DataClient.ready(cluster, other);
    expect(await plain.ask(couchbaseOpcode.getReplica, { key: 'k' })).toMatchObject({ value: document, datatype: 1 });
    expect(await client.ask(couchbaseOpcode.getLocked, { key: 'k' })).toMatchObject(both);
  });

  test('stays through rebalance and failover', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const client = await ready(cluster, 'k');
    await store(client, 'k', packed(document), datatype.snappy);
    const both = { value: packed(document), datatype: datatype.snappy | datatype.json };
    await cluster.rebalance({ add: 2 });
    expect(await (await ready(cluster, 'k')).get('k')).toMatchObject(both);
    cluster.failover(cluster.nodeOf('k')!);
    expect(await (await ready(cluster, 'k')).get('k')).toMatchObject(both);
  });

  test('belongs to stores alone: other requests with a datatype are refused', async () => {
    const cluster = await startCluster({ nodes: 1 });
    const client = await ready(cluster, 'k');
    for (const code of [opcode.get, opcode.delete, couchbaseOpcode.getLocked, couchbaseOpcode.getMeta])
      expect(await client.ask(code, { key: 'k', datatype: datatype.snappy })).toMatchObject({
        code: status.invalidArguments,
      });
  });
});
