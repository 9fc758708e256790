/**
 * The judge of the simulated cluster: the official Couchbase SDK must find nothing missing, before, during and after a
 * rebalance.
 */
import {
  type Bucket,
  type Cluster,
  type Collection,
  connect,
  DocumentExistsError,
  DocumentNotFoundError,
  DurabilityImpossibleError,
  DurabilityLevel,
  PingState,
} from 'couchbase';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createCluster, FakeClock, type SimulatedCluster, type SimulatedNode } from '../../src/testing/index.ts';
import { round, type RoundPlace } from './support/sdk-round.ts';
import { startCluster, startPacedCluster } from './support/start-cluster.ts';

function dial(cluster: SimulatedCluster): Promise<Cluster> {
  // Longer than the SDK's own: machines that run tests are busy.
  return connect(cluster.connectionString, { ...cluster.credentials, timeouts: { kvTimeout: 8000 } });
}

async function openBucket(cluster: SimulatedCluster): Promise<Bucket> {
  const sdk = await dial(cluster);
  onTestFinished(() => sdk.close());
  return sdk.bucket('default');
}

describe('the official SDK', () => {
  const cluster = createCluster({ nodes: 3, replicas: 1 });
  let sdk: Cluster;
  let items: Collection;
  beforeAll(async () => {
    await cluster.listen();
    sdk = await dial(cluster);
    items = sdk.bucket('default').defaultCollection();
  });
  afterAll(async () => {
    await sdk.close();
    await cluster.destroy();
  });

  test('stores and reads documents, texts and bytes', async () => {
    for (const value of [{ a: [1, null, 'é'] }, 'text é', 17, Buffer.from([0, 1, 255])]) {
      const { cas } = await items.upsert('value', value);
      const read = await items.get('value');
      expect(read.content).toEqual(value);
      expect(read.cas.toString()).toBe(cas.toString());
    }
  });

  test('inserts missing items, replaces existing ones, removes once', async () => {
    await items.insert('one', 1);
    await expect(items.insert('one', 2)).rejects.toThrow(DocumentExistsError);
    const { cas } = await items.replace('one', 3);
    await items.replace('one', 4, { cas });
    await expect(items.replace('one', 5, { cas })).rejects.toThrow(/cas mismatch/);
    await items.remove('one');
    await expect(items.remove('one')).rejects.toThrow(DocumentNotFoundError);
    await expect(items.replace('one', 6)).rejects.toThrow(DocumentNotFoundError);
    await expect(items.get('one')).rejects.toThrow(DocumentNotFoundError);
  });

  test('touches, reads and touches, checks existence', async () => {
    await items.upsert('brief', 'here', { expiry: 1000 });
    await items.touch('brief', 2000);
    expect((await items.getAndTouch('brief', 3000)).content).toBe('here');
    expect((await items.exists('brief')).exists).toBe(true);
    expect((await items.exists('nothing')).exists).toBe(false);
    await expect(items.touch('nothing', 1)).rejects.toThrow(DocumentNotFoundError);
  });

  test('counts, appends and prepends', async () => {
    const counters = items.binary();
    expect((await counters.increment('count', 5, { initial: 10 })).value).toBe(10);
    expect((await counters.increment('count', 5)).value).toBe(15);
    expect((await counters.decrement('count', 3)).value).toBe(12);
    await expect(counters.increment('no count', 1)).rejects.toThrow(DocumentNotFoundError);
    await items.upsert('joined', Buffer.from('b'));
    await counters.append('joined', 'c');
    await counters.prepend('joined', 'a');
    expect((await items.get('joined')).content).toEqual(Buffer.from('abc'));
  });

  test('reads replicas, and waits for old-style durability', async () => {
    const value = { n: 1 };
    await items.upsert('copied', value, { durabilityPersistTo: 1, durabilityReplicateTo: 1 });
    expect((await items.getAnyReplica('copied')).content).toEqual(value);
    const all = await items.getAllReplicas('copied');
    expect(all.filter(({ isReplica }) => isReplica)).toHaveLength(all.length - 1);
    expect(all).toHaveLength(2);
    for (const { content } of all) expect(content).toEqual(value);
  });

  test('locks an item, and unlocks it by its cas', async () => {
    await items.upsert('locked', 1);
    const { cas, content } = await items.getAndLock('locked', 15);
    expect(content).toBe(1);
    await expect(items.upsert('locked', 2, { timeout: 300 })).rejects.toThrow(/document locked|timeout/);
    await expect(items.getAndLock('locked', 15, { timeout: 300 })).rejects.toThrow(/document locked|timeout/);
    await items.unlock('locked', cas);
    await items.upsert('locked', 3);
    const held = await items.getAndLock('locked', 15);
    await items.replace('locked', 4, { cas: held.cas });
    expect((await items.get('locked')).content).toBe(4);
  });

  test('writes with durability, and learns where it is impossible', async () => {
    await items.upsert('durable', 1, { durabilityLevel: DurabilityLevel.Majority });
    await items.replace('durable', 2, { durabilityLevel: DurabilityLevel.MajorityAndPersistOnMaster });
    await items.remove('durable', { durabilityLevel: DurabilityLevel.PersistToMajority });
    const small = await startCluster({ nodes: 1, replicas: 1 });
    const alone = (await openBucket(small)).defaultCollection();
    await expect(alone.upsert('durable', 1, { durabilityLevel: DurabilityLevel.Majority })).rejects.toThrow(
      DurabilityImpossibleError,
    );
  });

  test('keeps the expiry of an item that it writes again', async () => {
    const clock = new FakeClock();
    const timed = await startCluster({ nodes: 1, replicas: 0, clock });
    const bucket = (await openBucket(timed)).defaultCollection();
    await bucket.upsert('brief', 1, { expiry: 2 });
    await bucket.upsert('brief', 2, { preserveExpiry: true });
    clock.advance(3000);
    await expect(bucket.get('brief')).rejects.toThrow(DocumentNotFoundError);
  });

  test('lists the buckets', async () => {
    const [bucket, ...more] = await sdk.buckets().getAllBuckets();
    expect(bucket).toMatchObject({ name: 'default', bucketType: 'membase', numReplicas: 1, flushEnabled: false });
    expect(more).toEqual([]);
  });

  test('pings every node', async () => {
    const { services } = (await sdk.bucket('default').ping()) as unknown as {
      services: { kv: { remote: string; state: PingState }[] };
    };
    expect(new Set(services.kv.map(({ remote }) => remote))).toEqual(new Set(cluster.nodes.map(({ name }) => name)));
    expect(services.kv.every(({ state }) => state === PingState.Ok)).toBe(true);
  });

  test('sends every key to the node that has it', () => {
    for (const { refused, misplaced } of cluster.stats().nodes)
      expect({ refused, misplaced }).toEqual({ refused: 0, misplaced: 0 });
  });
});

/** Makes rounds until `change` is done; gives how many began and ended meanwhile, for each worker. */
async function roundsDuring(workers: readonly RoundPlace[][], change: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  const ended = change.finally(() => (isOver = true));
  const work = async (places: RoundPlace[]): Promise<number> => {
    for (let n = 0; ; n++) {
      if (isOver) return n;
      await round(places[n % places.length]!);
      if (isOver) return n;
    }
  };
  const [done] = await Promise.all([Promise.all(workers.map(work)), ended]);
  return done;
}

describe.each([
  ['the map is pushed', {}],
  ['the map comes with refusals only', { pushes: false }],
])('before, during and after a rebalance, when %s,', (_, traits) => {
  test('the SDK does everything without an error, and loses nothing', async () => {
    const cluster = await startPacedCluster({ nodes: 2, vbuckets: 64, traits });
    const bucket = await openBucket(cluster);
    const workers = Array.from({ length: 4 }, (_ignored, worker) =>
      Array.from({ length: 8 }, (_none, n): RoundPlace => ({ cluster, bucket, name: `${worker} ${n}`, rounds: 0 })),
    );
    const roundEverywhere = async (): Promise<void> => {
      await Promise.all(
        workers.map(async (places) => {
          for (const place of places) await round(place);
        }),
      );
    };
    await roundEverywhere();
    const leaving = cluster.nodes[0]!;
    for (const done of await roundsDuring(workers, cluster.rebalance({ add: 1 }))) expect(done).toBeGreaterThan(0);
    const undecided = (): number => workers.flat().filter(({ isUndecided }) => isUndecided === true).length;
    expect(undecided()).toBe(0);
    const out = cluster.rebalance({ remove: [leaving] });
    for (const done of await roundsDuring(workers, out)) expect(done).toBeGreaterThan(0);
    // One call of each worker at most was on its way to the node that left.
    expect(undecided()).toBeLessThanOrEqual(workers.length);
    await roundEverywhere();
    const stats = cluster.stats();
    expect(stats.moves).toBeGreaterThan(32);
    expect(stats.nodes.reduce((sum, node) => sum + node.misplaced, 0)).toBe(0);
    const sumOf = (name: 'pushes' | 'refused'): number => stats.nodes.reduce((sum, node) => sum + node[name], 0);
    expect(sumOf('pushes') > 0).toBe(cluster.traits.pushes);
    if (!cluster.traits.pushes) expect(sumOf('refused')).toBeGreaterThan(0);
  });
});

test('the SDK keeps working after a node died and was failed over', async () => {
  const cluster = await startCluster();
  const items = (await openBucket(cluster)).defaultCollection();
  const keys = Array.from({ length: 30 }, (_, n) => `key ${n}`);
  await Promise.all(keys.map((key) => items.upsert(key, key)));
  const lost: SimulatedNode = cluster.nodes[1]!;
  const others = cluster.nodes
    .filter((node) => node !== lost)
    .map((node) => keys.find((key) => cluster.nodeOf(key) === node)!);
  await cluster.killNode(lost);
  cluster.failover(lost);
  // An answer of a node comes behind the map that it pushed.
  for (const key of others) await items.get(key);
  const read = await Promise.all(keys.map((key) => items.get(key)));
  expect(read.map(({ content }) => content as unknown)).toEqual(keys);
});

test('the SDK receives an error for a wrong password', async () => {
  const cluster = await startCluster({ nodes: 1 });
  await expect(connect(cluster.connectionString, { username: 'Administrator', password: 'wrong' })).rejects.toThrow(
    /authentication/i,
  );
});
