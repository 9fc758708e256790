/** vBuckets that move back and forth while several clients, each with a map of its own age, read and write. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { FakeCluster, keysOf } from './support/fake-cluster.ts';

const keys = keysOf.flat();
const rounds = 150;

/** A small generator of numbers below 1, the same in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Moves one vBucket, with its items, to another node: at once the old node refuses and the new one serves. */
function moveOne(cluster: FakeCluster, roll: () => number): void {
  const vbucket = Math.floor(roll() * keysOf.length);
  const from = cluster.rows[vbucket]![0]!;
  const to = (from + 1 + Math.floor(roll() * (cluster.nodes.length - 1))) % cluster.nodes.length;
  for (const key of keysOf[vbucket]!) {
    const item = cluster.nodes[from]!.items.get(key);
    cluster.nodes[from]!.items.delete(key);
    if (item !== undefined) cluster.nodes[to]!.items.set(key, item);
  }
  cluster.move(cluster.rows.map((row, index) => (index === vbucket ? [to] : row)));
}

/** One writer a key: counts up; what was acknowledged is kept. Readers of other clients must never see less. */
async function work(clients: readonly Client[], cluster: FakeCluster, moves: number): Promise<Map<string, number>> {
  const roll = dice(7);
  const acknowledged = new Map<string, number>(keys.map((key) => [key, 0]));
  const one = async (key: string, index: number): Promise<void> => {
    for (let round = 1; round <= rounds; round++) {
      const writer = clients[index % clients.length]!;
      const reader = clients[(index + round) % clients.length]!;
      await writer.set(key, round);
      acknowledged.set(key, round);
      if (roll() < moves) moveOne(cluster, roll);
      expect(await reader.get(key)).toBe(round);
    }
  };
  await Promise.all(keys.map(one));
  return acknowledged;
}

describe('while vBuckets move back and forth', () => {
  test.each([
    ['with the new map in the refusal', true, 0.1],
    ['and refusals say nothing', false, 0.02],
  ])('no acknowledged write is lost and nothing stale is read, %s', async (_, hasBody, moves) => {
    const cluster = await FakeCluster.start(3, [[0], [1], [2], [0]]);
    for (const node of cluster.nodes) node.settings.refusalBody = hasBody ? () => cluster.document() : undefined;
    const options = { timeout: 5000, couchbase: { pollInterval: hasBody ? 60_000 : 100 } };
    const clients = [0, 1, 2].map(() => cluster.client(options));
    const acknowledged = await work(clients, cluster, moves);
    for (const [key, version] of acknowledged) {
      const holders = cluster.nodes.filter((node) => node.items.has(key));
      expect(holders).toHaveLength(1);
      expect(holders[0]!.items.get(key)!.value).toBe(String(version));
    }
    expect(cluster.rev).toBeGreaterThan(20);
  });
});
