/**
 * A proxy in front of a bucket with `couchbase.durability`: the writes of clients that know nothing of it are durable.
 */
import { expect, onTestFinished, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import { type ClusterOptions, startServer } from '../../src/testing/index.ts';
import { answers, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { startCluster } from '../testing/support/start-cluster.ts';

async function started(options: ClusterOptions = {}) {
  const cluster = await startCluster({ nodes: 3, replicas: 1, ...options });
  const couchbase = { ...cluster.credentials, durability: 'majority' } as const;
  const nodes = cluster.nodes.map(({ name }) => name);
  const rig = await startProxy(simpleOptions({ nodes, couchbase, timeout: 8000, connectTimeout: 5000 }));
  return { cluster, client: await rig.connect() };
}

test('the writes of text, meta and binary clients have it, reads do not', async () => {
  const { client, cluster } = await started();
  const levels: unknown[] = [];
  cluster.fault = ({ framing, key, name }) => {
    if (key === 'k') levels.push([name, framing?.[1]]);
    return undefined;
  };
  const requests = 'set k 0 0 1\r\n1\r\nincr k 1\r\nget k\r\ntouch k 60\r\nms k 1\r\n2\r\nmd k\r\nmn\r\n';
  expect(await client.ask(requests, 'MN\r\n')).toBe(
    'STORED\r\n2\r\nVALUE k 0 1\r\n2\r\nEND\r\nTOUCHED\r\nHD\r\nHD\r\nMN\r\n',
  );
  expect(levels).toEqual([
    ['set', 1],
    ['increment', 1],
    ['get', undefined],
    ['touch', undefined],
    ['set', 1],
    ['delete', 1],
  ]);
});

test('a binary client has its own opcode and opaque in the reply, and no extras', async () => {
  const { client } = await started();
  const set = packet(0x01, { key: 'k', value: 'v', extras: storeExtras(0, 0), opaque: 7 });
  const said = await client.ask(set + packet(0x0a, { opaque: 8 }), noopAnswer(8));
  expect(answers(said)[0]).toMatchObject({ opcode: 0x01, opaque: 7, status: 0 });
  // The node's mutation token is not what a client of memcached expects.
  expect(said.charCodeAt(4)).toBe(0);
});

test('a write of which nobody knows whether it is in effect is an error that says so', async () => {
  const { client, cluster } = await started();
  cluster.fault = ({ name }) => (name === 'set' ? { kind: 'status', status: status.syncWriteAmbiguous } : undefined);
  expect(await client.ask('set k 0 0 1\r\n1\r\n', '\r\n')).toMatch(
    /^SERVER_ERROR .*whether the durable write is in effect is not known\r\n$/,
  );
});

test('where there are too few copies, every write is refused', async () => {
  const { client } = await started({ nodes: 1 });
  expect(await client.ask('set k 0 0 1\r\n1\r\n', '\r\n')).toMatch(/^SERVER_ERROR .*Durability impossible.*\r\n$/);
  expect(await client.ask('get k\r\n', '\r\n')).toBe('END\r\n');
});

test('a write that a dead bucket did not receive goes to the next route as it came', async () => {
  const cluster = await startCluster({ nodes: 1 });
  const server = await startServer();
  onTestFinished(() => server.stop());
  const couchbase = { ...cluster.credentials, durability: 'majority' } as const;
  const rig = await startProxy({
    listeners: [{ port: 0, route: 'both' }],
    clusters: {
      bucket: { nodes: cluster.nodes.map(({ name }) => name), couchbase, retry: false },
      plain: { nodes: server.url.replace('memcached://', '') },
    },
    routes: { both: { type: 'failover', routes: ['bucket', 'plain'] } },
  });
  const client = await rig.connect();
  expect(await client.ask('get k\r\n', 'END\r\n')).toBe('END\r\n');
  await cluster.killNode(cluster.nodes[0]!);
  expect(await client.ask('set k 0 0 1\r\n1\r\n', '\r\n')).toBe('STORED\r\n');
});
