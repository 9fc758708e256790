/** Reads of replicas where the client is in one of the cluster's server groups. */
import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../../src/client/index.ts';
import type { SimulatedCluster, SimulatedNode } from '../../src/testing/index.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

const keys = Array.from({ length: 60 }, (_, index) => `key:${index}`);

interface Read {
  readonly key: string;
  readonly node: SimulatedNode;
  readonly isOfReplica: boolean;
}

/** Four nodes in two groups by turns, with the items, and the reads that arrive from now on. */
async function grouped(options: Parameters<typeof startCluster>[0] = {}): Promise<[SimulatedCluster, Read[]]> {
  const cluster = await startCluster({ nodes: 4, replicas: 2, groups: ['east', 'west'], ...options });
  const writer = clientOf(cluster);
  await Promise.all(keys.map((key) => writer.set(key, key)));
  const reads: Read[] = [];
  for (const node of cluster.nodes) {
    node.fault = ({ key, name }) => {
      if (name === 'get' || name === 'getReplica') reads.push({ key, node, isOfReplica: name === 'getReplica' });
      return undefined;
    };
  }
  return [cluster, reads];
}

function clientOf(cluster: SimulatedCluster, serverGroup?: string, options: ClientOptions = {}): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ nodes, ...options, couchbase: { ...cluster.credentials, serverGroup } });
}

/** The groups of the nodes that have copies of a key: active first. */
function groupsOf(cluster: SimulatedCluster, key: string): readonly (string | undefined)[] {
  return cluster.map()[cluster.vbucketOf(key)]!.map((server) => cluster.nodes[server]?.group);
}

test('documents name the groups of the nodes', async () => {
  const [cluster] = await grouped();
  expect(cluster.nodes.map((node) => node.group)).toEqual(['east', 'west', 'east', 'west']);
  expect(cluster.document()).toMatchObject({
    nodesExt: [{ serverGroup: 'east' }, { serverGroup: 'west' }, { serverGroup: 'east' }, { serverGroup: 'west' }],
  });
});

describe('getFromReplica', () => {
  test('reads a replica in the own group where there is one', async () => {
    const [cluster, reads] = await grouped();
    const client = clientOf(cluster, 'west');
    await client.get('any');
    reads.length = 0;
    for (const key of keys) expect(await client.getFromReplica(key)).toBe(key);
    expect(reads.map(({ key }) => key)).toEqual(keys);
    for (const { key, node } of reads) {
      const [, ...replicas] = groupsOf(cluster, key);
      expect(node.group).toBe(replicas.includes('west') ? 'west' : 'east');
    }
    expect(new Set(reads.map(({ node }) => node.group))).toEqual(new Set(['east', 'west']));
  });

  test('reads another replica when that of the own group is lost', async () => {
    const [cluster] = await grouped();
    const client = clientOf(cluster, 'west');
    await client.get('any');
    for (const node of cluster.nodes.filter(({ group }) => group === 'west')) await cluster.killNode(node);
    const kept = keys.filter((key) => groupsOf(cluster, key).slice(1).includes('east'));
    expect(kept.length).toBeGreaterThan(0);
    for (const key of kept) expect(await client.getFromReplica(key)).toBe(key);
  });
});

describe('getAnyReplica', () => {
  test('reads copies in the own group only, the active one among them', async () => {
    const [cluster, reads] = await grouped();
    const client = clientOf(cluster, 'west');
    await client.get('any');
    reads.length = 0;
    const served = keys.filter((key) => groupsOf(cluster, key).includes('west'));
    for (const key of served) expect(await client.getAnyReplica(key)).toBe(key);
    expect(new Set(reads.map(({ node }) => node.group))).toEqual(new Set(['west']));
    expect(reads.some(({ isOfReplica }) => isOfReplica)).toBe(true);
    expect(reads.some(({ isOfReplica }) => !isOfReplica)).toBe(true);
  });

  test('reads all copies where the own group has none', async () => {
    const [cluster, reads] = await grouped();
    const client = clientOf(cluster, 'north');
    await client.get('any');
    reads.length = 0;
    for (const key of keys) expect(await client.getAnyReplica(key)).toBe(key);
    expect(new Set(reads.map(({ node }) => node.group))).toEqual(new Set(['east', 'west']));
  });

  test('reads the other copies when the own group fails', async () => {
    const [cluster] = await grouped();
    const client = clientOf(cluster, 'west');
    await client.get('any');
    for (const node of cluster.nodes.filter(({ group }) => group === 'west')) await cluster.killNode(node);
    const kept = keys.filter((key) => groupsOf(cluster, key).includes('east'));
    for (const key of kept) expect(await client.getAnyReplica(key)).toBe(key);
  });
});

test('with "on-error" a get whose active node is lost reads a replica of the own group', async () => {
  const [cluster, reads] = await grouped();
  const client = clientOf(cluster, 'east', { replica: 'on-error' });
  await client.get('any');
  const lost = cluster.nodes[1]!;
  await cluster.killNode(lost);
  reads.length = 0;
  const affected = keys.filter((key) => cluster.nodeOf(key) === lost);
  for (const key of affected) expect(await client.get(key)).toBe(key);
  for (const { key, node, isOfReplica } of reads.filter(({ key: read }) => affected.includes(read))) {
    expect(isOfReplica).toBe(true);
    const hasEast = groupsOf(cluster, key).slice(1).includes('east');
    expect(node.group).toBe(hasEast ? 'east' : 'west');
  }
});
