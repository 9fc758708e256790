/**
 * Nodes that fail in every way while vBuckets move: calls may fail, but what was acknowledged is there, and nothing
 * older is read.
 */
import { expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { MemcacheError } from '../../src/core/errors.ts';
import { createCluster, FakeClock, type NodeFault, type SimulatedCluster } from '../../src/testing/index.ts';

const keys = Array.from({ length: 40 }, (_, n) => `key:${n}`);

/** Numbers below 1, the same in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Each with its chance. A lost answer leaves open whether the command was executed. */
const faults: readonly (readonly [number, NodeFault])[] = [
  [0.03, { kind: 'status', status: 0x86 }],
  [0.03, { kind: 'refuse', map: false }],
  [0.03, { kind: 'refuse', map: true }],
  [0.005, { kind: 'drop' }],
  [0.005, { kind: 'lose' }],
];

/** Every 25 requests are one step of a move. */
async function hostileCluster(): Promise<SimulatedCluster> {
  const clock = new FakeClock();
  const cluster = createCluster({ nodes: 3, vbuckets: 16, clock, moveDelay: 10, shuffle: 11 });
  onTestFinished(() => cluster.destroy());
  await cluster.listen();
  const roll = dice(11);
  let requests = 0;
  cluster.fault = ({ name }) => {
    if (++requests % 25 === 0) clock.advance(10);
    if (name !== 'get' && name !== 'set') return undefined;
    let chance = roll();
    return faults.find(([share]) => (chance -= share) < 0)?.[1];
  };
  return cluster;
}

interface Tally {
  readonly acknowledged: Map<string, number>;
  readonly tried: Map<string, number>;
  failures: number;
}

/** One writer of a key; any client reads it. */
async function work(clients: readonly Client[], isOver: () => boolean): Promise<Tally> {
  const tally: Tally = { acknowledged: new Map(), tried: new Map(), failures: 0 };
  const forgive = (error: unknown): undefined => {
    expect(error).toBeInstanceOf(MemcacheError);
    tally.failures++;
    return undefined;
  };
  const one = async (key: string, index: number): Promise<void> => {
    for (let version = 1; !isOver(); version++) {
      const writer = clients[(index + version) % clients.length]!;
      const reader = clients[(index + version + 1) % clients.length]!;
      tally.tried.set(key, version);
      const stored = await writer.set(key, version).then(() => true, forgive);
      if (stored === true) tally.acknowledged.set(key, version);
      const read = await reader.get(key).catch(forgive);
      if (read === undefined) continue;
      expect(read).toBeGreaterThanOrEqual(tally.acknowledged.get(key) ?? 1);
      expect(read).toBeLessThanOrEqual(version);
    }
  };
  await Promise.all(keys.map(one));
  return tally;
}

test('acknowledged writes survive refusals, "later", resets and lost replies in the middle of rebalances', async () => {
  const cluster = await hostileCluster();
  const clients = [0, 1, 2].map(() => {
    const nodes = cluster.nodes.map(({ name }) => name);
    const client = createClient({ nodes, couchbase: cluster.credentials, timeout: 4000, ejectAfter: 1000 });
    onTestFinished(() => client.destroy());
    return client;
  });
  let isOver = false;
  const working = work(clients, () => isOver);
  for (let round = 0; round < 2; round++) {
    await cluster.rebalance({ add: 1 });
    await cluster.rebalance({ remove: [cluster.nodes[0]!] });
  }
  isOver = true;
  const { acknowledged, tried, failures } = await working;
  cluster.fault = undefined;
  for (const [key, version] of acknowledged) {
    const value = Number(await clients[0]!.get(key));
    expect(value).toBeGreaterThanOrEqual(version);
    expect(value).toBeLessThanOrEqual(tried.get(key)!);
    const held = cluster.inspect(key);
    expect(held.filter(({ state }) => state === 'active')).toHaveLength(1);
    expect(new Set(held.map(({ value: bytes }) => bytes?.toString()))).toEqual(new Set([String(value)]));
  }
  const calls = [...tried.values()].reduce((sum, count) => sum + count, 0);
  expect(acknowledged.size).toBe(keys.length);
  // Only what was on a connection that broke may fail.
  expect(failures / calls).toBeLessThan(0.5);
  expect(cluster.stats().nodes.reduce((sum, node) => sum + node.misplaced, 0)).toBe(0);
});
