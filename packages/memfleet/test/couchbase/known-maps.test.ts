/**
 * What a client of a bucket does not have to receive again: maps that it knows. Bytes are those of maps on data ports.
 */
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { encodeRevision } from '../../src/couchbase/revision.ts';
import { serverOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { keyOn, startCluster } from '../testing/support/start-cluster.ts';
import { FakeCluster, testClient } from './support/fake-cluster.ts';

function clientOf(cluster: SimulatedCluster, clock?: FakeClock): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ nodes, couchbase: { ...cluster.credentials, bootstrap: 'data' }, ...(clock && { clock }) });
}

function sumOf(cluster: SimulatedCluster, name: 'mapBytes' | 'pushes' | 'refused'): number {
  return cluster.stats().nodes.reduce((sum, node) => sum + node[name], 0);
}

function mapSize(cluster: SimulatedCluster): number {
  return JSON.stringify(cluster.document()).length;
}

test('polls of a map that has not changed carry none', async () => {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 3, vbuckets: 1024 });
  const client = clientOf(cluster, clock);
  for (const node of cluster.nodes) await client.set(keyOn(cluster, node), 1);
  const first = sumOf(cluster, 'mapBytes');
  expect(first).toBeGreaterThan(0.9 * mapSize(cluster));
  let polls = 0;
  cluster.fault = ({ name }) => {
    if (name === 'getClusterConfig') polls++;
    return undefined;
  };
  for (let step = 0; step < 150; step++) {
    clock.advance(100);
    // The reply to a poll comes before those to later gets.
    for (const node of cluster.nodes) await client.get(keyOn(cluster, node));
  }
  expect(polls).toBeGreaterThanOrEqual(5);
  expect(sumOf(cluster, 'mapBytes')).toBe(first);
});

test('a change is announced by every connection, and its map is sent once', async () => {
  const cluster = await startCluster({ nodes: 4, vbuckets: 1024, replicas: 1 });
  const client = clientOf(cluster);
  for (const node of cluster.nodes) await client.set(keyOn(cluster, node), 1);
  const before = sumOf(cluster, 'mapBytes');
  const changed = new Promise<void>((resolve) => void client.on('topology', () => resolve()));
  const [from, to] = cluster.nodes as [SimulatedCluster['nodes'][0], SimulatedCluster['nodes'][0]];
  await cluster.moveVbucket(cluster.vbucketOf(keyOn(cluster, from)), to);
  await changed;
  expect(sumOf(cluster, 'pushes')).toBe(4);
  const sent = sumOf(cluster, 'mapBytes') - before;
  expect(sent).toBeLessThan(1.1 * mapSize(cluster));
  expect(sent).toBeLessThan(0.3 * sumOf(cluster, 'pushes') * mapSize(cluster));
});

test('many refusals carry the map once for each connection', async () => {
  const cluster = await startCluster({ nodes: 2, vbuckets: 1024, replicas: 0, traits: { pushes: false } });
  const client = clientOf(cluster);
  const [from, to] = cluster.nodes as [SimulatedCluster['nodes'][0], SimulatedCluster['nodes'][0]];
  const key = keyOn(cluster, from);
  await Promise.all([client.set(key, 1), client.set(keyOn(cluster, to), 1)]);
  const before = sumOf(cluster, 'mapBytes');
  await cluster.moveVbucket(cluster.vbucketOf(key), to);
  expect(await Promise.all(Array.from({ length: 50 }, () => client.get(key)))).toEqual(Array(50).fill(1));
  expect(sumOf(cluster, 'refused')).toBe(50);
  expect(sumOf(cluster, 'mapBytes') - before).toBeLessThan(2.1 * mapSize(cluster));
});

const features = [feature.duplex, feature.clustermapNotification, feature.clusterConfigKnownVersion];
const rows = [[0], [1], [2], [0]];

test('the node that announces a map is asked for it, because others may not have it yet', async () => {
  const cluster = await FakeCluster.start(3, rows, { features });
  const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
  await client.get('hello');
  const old = cluster.document();
  for (const node of cluster.nodes.slice(0, 2)) node.settings.config = () => old;
  cluster.move([[2], [1], [2], [0]]);
  for (const node of cluster.nodes) node.log.length = 0;
  await client.get('another key');
  const changed = new Promise<void>((resolve) => void client.on('topology', () => resolve()));
  const revision = encodeRevision({ epoch: -1, rev: cluster.rev });
  cluster.nodes[2]!.push(serverOpcode.clustermapChange, 'default', Buffer.from(revision), '');
  await changed;
  expect(cluster.nodes.map((node) => node.log.filter((name) => name === 'getClusterConfig').length)).toEqual([0, 0, 1]);
});

test('an announcement of the map that is known causes no request', async () => {
  const cluster = await FakeCluster.start(1, [[0]], { features });
  const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
  await client.get('hello');
  const node = cluster.nodes[0]!;
  node.log.length = 0;
  node.push(serverOpcode.clustermapChange, 'default', Buffer.from(encodeRevision({ epoch: -1, rev: 1 })), '');
  await client.get('hello');
  await client.get('hello');
  expect(node.log).toEqual(['get', 'get']);
});

test('a node that was not granted it is not told which map is known', async () => {
  const cluster = await FakeCluster.start(1, [[0]], { features: features.slice(0, 2) });
  const known: (Uint8Array | undefined)[] = [];
  const node = cluster.nodes[0]!;
  node.settings.script = ({ packet }) => {
    if (packet?.opcode === 0xb5) known.push(packet.extras);
    return undefined;
  };
  const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
  await client.get('hello');
  const polled = (): Promise<void> => new Promise((resolve) => void client.on('topology', () => resolve()));
  const changed = polled();
  cluster.move([[0]]);
  node.push(serverOpcode.clustermapChange, 'default', Buffer.alloc(16), '');
  await changed;
  expect(known).toEqual([undefined, undefined]);
});
