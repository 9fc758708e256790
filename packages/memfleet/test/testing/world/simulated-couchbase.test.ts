import { describe, expect, it } from 'vitest';
import type { FleetSettings } from '../../../src/fleet/options.ts';
import { type Client, createClient } from '../../../src/index.ts';
import { createCluster, play, type SimulatedCluster, type World } from '../../../src/testing/index.ts';

const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);

/** How a client finds the bucket. */
type Way = (cluster: SimulatedCluster) => FleetSettings;

const byData: Way = ({ nodes: [first] }) => ({
  nodes: `${first?.host}:${first?.port}`,
  couchbase: { bucket: 'default', username: 'Administrator', password: 'password' },
});
const byRest: Way = ({ nodes: [first] }) => ({
  couchbase: { bucket: 'default', username: 'Administrator', password: 'password', urls: first?.restUrl ?? '' },
});

/** A cluster whose nodes are hosts of a world, and a client on another host. */
async function open(world: World, way: Way): Promise<readonly [SimulatedCluster, Client]> {
  const networkOf = (node: number) => world.host(`node${node}`).options.network;
  const cluster = createCluster({ vbuckets: 16, networkOf, ...world.host('cluster').options });
  await cluster.listen();
  return [cluster, createClient({ timeout: 2000, ...way(cluster), ...world.host('app').options })];
}

/** Writes, moves vBuckets to a new node, reads; returns what was read, and the digest of all that happened. */
function rebalanced(way: Way, seed: number): Promise<readonly [found: unknown, digest: string]> {
  return play({ seed }, async (world) => {
    const [cluster, client] = await open(world, way);
    await Promise.all(keys.map((key, index) => client.set(key, index)));
    await cluster.rebalance({ add: 1 });
    const read = await client.getMany<number>(keys);
    const found = keys.map((key) => read.get(key));
    await client.close();
    await cluster.close();
    expect(world.leaks()).toEqual([]);
    return [found, world.digest];
  });
}

describe('a bucket in a simulated world', () => {
  it.each([
    ['the data port', byData],
    ['REST', byRest],
  ])('is found by %s, and the same seed gives the same run', async (_name, way) => {
    const [found, digest] = await rebalanced(way, 5);
    expect(found).toEqual(keys.map((_key, index) => index));
    expect(await rebalanced(way, 5)).toEqual([found, digest]);
    expect((await rebalanced(way, 6))[1]).not.toBe(digest);
  });

  it('is left by REST when the node of the stream is partitioned, and found again', () =>
    play({ seed: 7 }, async (world) => {
      const [cluster, client] = await open(world, byRest);
      await client.set('key', 'value');
      world.partition(world.host('app'), world.host('node0'), { ms: 3000 });
      await world.sleep(10_000);
      expect(await client.get('key')).toBe('value');
      await client.close();
      await cluster.close();
      expect(world.leaks()).toEqual([]);
    }));
});
