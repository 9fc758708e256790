/** Durable writes while the cluster changes: what was acknowledged is kept, what is not known is said. */
import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../../src/client/index.ts';
import { AmbiguousWriteError, MemcacheError, ServerError } from '../../src/core/errors.ts';
import { FakeClock, type ClusterOptions, type SimulatedCluster, type SimulatedNode } from '../../src/testing/index.ts';
import { keyOn, startCluster, startPacedCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

const patient = { timeout: 30_000 };
const majority = { durability: 'majority' } as const;

function clientOf(cluster: SimulatedCluster, options: ClientOptions = {}): Client {
  const nodes = cluster.nodes.map(({ name }) => name);
  return testClient({ nodes, couchbase: cluster.credentials, timeout: 8000, connectTimeout: 5000, ...options });
}

/** The value of the active copy of a key. */
const heldBy = (cluster: SimulatedCluster, key: string): string | undefined =>
  cluster
    .inspect(key)
    .find(({ state }) => state === 'active')
    ?.value?.toString();

/** What is known of the writes of one key: values count up. */
interface Key {
  readonly name: string;
  /** The last value that was acknowledged; −1 = none. */
  acknowledged: number;
  /** Later values whose outcome is not known. */
  readonly unknown: Set<number>;
}

/** Writes values that count up, one write of a key at a time, until `isOver`. Returns how the writes ended. */
async function writeUntil(client: Client, keys: readonly Key[], isOver: () => boolean) {
  const ends = { acknowledged: 0, ambiguous: 0, refused: 0 };
  const work = async (key: Key): Promise<void> => {
    for (let value = 0; !isOver() || value < 3; value++) {
      try {
        await client.set(key.name, value, majority);
        key.acknowledged = value;
        key.unknown.clear();
        ends.acknowledged++;
      } catch (error) {
        expect(error).toBeInstanceOf(MemcacheError);
        const { ambiguous, sent } = error as MemcacheError;
        if (ambiguous) {
          key.unknown.add(value);
          ends.ambiguous++;
        } else {
          // Nothing was written.
          expect([error, sent && !(error instanceof ServerError)]).toEqual([error, false]);
          ends.refused++;
        }
        await new Promise((resolve) => void setImmediate(resolve));
      }
    }
  };
  await Promise.all(keys.map(work));
  return ends;
}

const newKeys = (count: number): Key[] =>
  Array.from({ length: count }, (_, n) => ({ name: `key:${n}`, acknowledged: -1, unknown: new Set<number>() }));

/** Every key has its last acknowledged value, or a later one of which its writer was told that it may be in effect. */
function expectKept(cluster: SimulatedCluster, keys: readonly Key[]): void {
  const lost = keys.filter(({ name, acknowledged, unknown }) => {
    const held = Number(heldBy(cluster, name) ?? -1);
    return held !== acknowledged && !unknown.has(held);
  });
  expect(lost.map((key) => [key, heldBy(cluster, key.name)])).toEqual([]);
}

test('a rebalance loses no acknowledged write, and makes none fail', patient, async () => {
  const cluster = await startPacedCluster({ nodes: 2, replicas: 1, vbuckets: 32 });
  const keys = newKeys(40);
  let isOver = false;
  const writing = writeUntil(clientOf(cluster), keys, () => isOver);
  const [leaving] = cluster.nodes;
  await cluster.rebalance({ add: 1 });
  await cluster.rebalance({ remove: [leaving!] });
  isOver = true;
  expect(await writing).toMatchObject({ ambiguous: 0, refused: 0 });
  expectKept(cluster, keys);
});

test('kills, restarts and a failover lose no acknowledged write, and what is not known is said', patient, async () => {
  const cluster = await startCluster({ nodes: 4, replicas: 2, vbuckets: 32 });
  const keys = newKeys(40);
  let isOver = false;
  const writing = writeUntil(clientOf(cluster, { timeout: 1500 }), keys, () => isOver);
  const served = async (count: number): Promise<void> => {
    const sum = (): number => cluster.stats().nodes.reduce((total, { commands }) => total + commands, 0);
    const until = sum() + count;
    while (sum() < until) await new Promise((resolve) => void setImmediate(resolve));
  };
  const [first, second] = cluster.nodes;
  for (let round = 0; round < 3; round++) {
    await served(100);
    await cluster.killNode(first!);
    await served(20);
    await cluster.startNode(first!);
  }
  await served(100);
  await cluster.killNode(second!);
  cluster.failover(second!);
  await served(100);
  isOver = true;
  const ends = await writing;
  expect(ends.acknowledged).toBeGreaterThan(100);
  expectKept(cluster, keys);
});

describe('a failover to a replica that was away', () => {
  /** A replica misses what is written while it is stopped, then becomes the active copy. */
  async function failOver(write: (client: Client, key: string, clock: FakeClock) => Promise<unknown>) {
    const clock = new FakeClock();
    const options: ClusterOptions = { nodes: 2, replicas: 1, clock };
    const cluster = await startCluster(options);
    const client = clientOf(cluster);
    const [active, replica] = cluster.nodes as readonly [SimulatedNode, SimulatedNode];
    const key = keyOn(cluster, active);
    await client.set(key, 'before');
    await cluster.stopNode(replica);
    const outcome = await write(client, key, clock);
    await cluster.killNode(active);
    await cluster.startNode(replica);
    cluster.failover(active);
    return { outcome, held: heldBy(cluster, key) };
  }

  test('loses a plain write that was acknowledged', async () => {
    expect(await failOver((client, key) => client.set(key, 'after'))).toEqual({ outcome: true, held: 'before' });
  });

  test('loses no durable write: it was not acknowledged', async () => {
    const { outcome, held } = await failOver(async (client, key, clock) => {
      const writing = client.set(key, 'after', { ...majority, timeout: 2000 }).catch((error: unknown) => error);
      const progress = { isOver: false };
      void writing.then(() => (progress.isOver = true));
      // The time of the cluster is the test's, that of the client is not: the node gives up first.
      while (!progress.isOver) {
        await clock.settle();
        clock.advance(100);
      }
      return writing;
    });
    expect(outcome).toBeInstanceOf(AmbiguousWriteError);
    expect(held).toBe('before');
  });
});
