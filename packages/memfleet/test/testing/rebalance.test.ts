import { describe, expect, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import type { SimulatedCluster, SimulatedNode } from '../../src/testing/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { DataClient } from './support/data-client.ts';
import { keyOn, startCluster } from './support/start-cluster.ts';

function activeCounts(cluster: SimulatedCluster): number[] {
  return cluster.nodes.map((node) => node.stats().vbuckets.active);
}

/** Every vBucket has exactly one active copy, where the map says, and its replicas have the same items. */
function expectSound(cluster: SimulatedCluster, keys: readonly string[]): void {
  const { nodes } = cluster.stats();
  const rows = cluster.map();
  expect(nodes.reduce((sum, node) => sum + node.vbuckets.active, 0)).toBe(rows.length);
  expect(nodes.reduce((sum, node) => sum + node.vbuckets.pending + node.vbuckets.dead, 0)).toBe(0);
  for (const key of keys) {
    const held = cluster.inspect(key);
    const row = rows[cluster.vbucketOf(key)]!.filter((node) => node >= 0);
    expect(new Set(held.map(({ node }) => node.id))).toEqual(new Set(row));
    expect(held.find(({ state }) => state === 'active')?.node.id).toBe(row[0]);
    expect(new Set(held.map(({ value }) => value?.toString())).size).toBe(1);
    expect(new Set(held.map(({ cas }) => cas)).size).toBe(1);
  }
}

/**
 * Clients that know no map: each command goes to any node, and again, until one takes it. Whatever map a real client
 * has, it does nothing that these do not do.
 */
class BlindLoad {
  readonly #cluster: SimulatedCluster;
  readonly #clients = new Map<SimulatedNode, DataClient>();
  readonly #acknowledged = new Map<string, number>();
  #seed = 1;
  #isOver = false;
  writes = 0;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  get keys(): string[] {
    return [...this.#acknowledged.keys()];
  }

  async connect(node: SimulatedNode): Promise<void> {
    this.#clients.set(node, await DataClient.ready(this.#cluster, node, 'default', []));
  }

  /** Writes and reads one key in turn. A read must not be older than the last write that was acknowledged. */
  async run(key: string): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      await this.#some(async (client) => (await client.set(key, String(n))).code);
      this.#acknowledged.set(key, n);
      this.writes++;
      await this.#some(async (client) => {
        const { code, value } = await client.get(key);
        if (code !== status.notMyVbucket) expect(value).toBe(String(n));
        return code;
      });
    }
  }

  end(): void {
    this.#isOver = true;
  }

  expectKept(): void {
    for (const [key, n] of this.#acknowledged)
      for (const { value } of this.#cluster.inspect(key)) expect(value?.toString()).toBe(String(n));
  }

  async #some(attempt: (client: DataClient) => Promise<number>): Promise<void> {
    const clients = [...this.#clients.values()];
    for (;;) {
      this.#seed = (this.#seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      if ((await attempt(clients[(this.#seed >>> 8) % clients.length]!)) === status.success) return;
    }
  }
}

describe('a rebalance', () => {
  test('takes nodes in and out, with every node holding its share in the end', async () => {
    const cluster = await startCluster();
    expect(activeCounts(cluster)).toEqual([22, 21, 21]);
    expect(await cluster.rebalance({ add: 1 })).toMatchObject({ moves: 16 });
    expect(activeCounts(cluster)).toEqual([16, 16, 16, 16]);
    const [first, second] = cluster.nodes as [SimulatedNode, SimulatedNode];
    await cluster.rebalance({ remove: [first, second] });
    expect(activeCounts(cluster)).toEqual([32, 32]);
    expect(cluster.nodes).not.toContain(first);
    expect(first.isUp).toBe(true);
    await cluster.addNode(first);
    await cluster.rebalance();
    expect(cluster.nodes).toContain(first);
    expectSound(cluster, []);
  });

  test('moves one vBucket after the other, each with a map of its own, and a forward map meanwhile', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 0, vbuckets: 16 });
    const seen: { owners: number[]; forward: unknown }[] = [];
    cluster.onMapChange(() => {
      const { vBucketServerMap: map } = cluster.document() as {
        vBucketServerMap: { vBucketMap: number[][]; vBucketMapForward?: number[][] };
      };
      seen.push({ owners: map.vBucketMap.map((row) => row[0]!), forward: map.vBucketMapForward });
    });
    const before = cluster.rev;
    const { moves, rev } = await cluster.rebalance({ add: 1 });
    expect(rev - before).toBe(seen.length);
    expect(moves).toBe(5);
    const changed = seen.slice(1).map(({ owners }, at) => owners.filter((owner, vb) => owner !== seen[at]!.owners[vb]));
    expect(changed.filter((list) => list.length === 1)).toHaveLength(moves);
    expect(Math.max(...changed.map((list) => list.length))).toBe(1);
    expect(seen.filter(({ forward }) => forward !== undefined).length).toBe(moves);
    expect(seen.at(-1)?.forward).toBeUndefined();
  });

  test('loses no acknowledged write and shows no stale value, whatever the clients know of the map', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 1 });
    const load = new BlindLoad(cluster);
    for (const node of cluster.nodes) await load.connect(node);
    await load.connect(await cluster.addNode());
    const runs = Array.from({ length: 24 }, (_, n) => load.run(`key${n}`));
    await cluster.rebalance();
    const vbucket = cluster.vbucketOf('key0');
    for (let n = 0; n < 30; n++) await cluster.moveVbucket(vbucket, cluster.nodes[n % 3]!);
    await cluster.rebalance({ remove: [cluster.nodes[0]!] });
    load.end();
    await Promise.all(runs);
    expect(load.writes).toBeGreaterThan(100);
    load.expectKept();
    expectSound(cluster, load.keys);
  });

  test('of 1024 vBuckets takes moments', async () => {
    const cluster = await startCluster({ nodes: 3, vbuckets: 1024, replicas: 2 });
    expect(await cluster.rebalance({ add: 1 })).toMatchObject({ moves: 256 });
    expectSound(cluster, []);
  });

  test('refuses to begin while another runs or a node is down, and is not stuck afterwards', async () => {
    const cluster = await startCluster();
    const running = cluster.rebalance({ add: 1 });
    await expect(cluster.rebalance()).rejects.toThrow(/rebalance is in progress/);
    await expect(cluster.moveVbucket(0, cluster.nodes[0]!)).rejects.toThrow(/rebalance is in progress/);
    await running;
    const lost = cluster.nodes[3]!;
    await cluster.killNode(lost);
    await expect(cluster.rebalance({ remove: [lost] })).rejects.toThrow(/is down/);
    await cluster.startNode(lost);
    await cluster.rebalance({ remove: [lost] });
    expectSound(cluster, []);
  });

  test('ends with an error when a node dies in the middle; moved vBuckets stay, and the next one continues', async () => {
    const clock = new FakeClock();
    const cluster = await startCluster({ nodes: 2, replicas: 1, moveDelay: 100, clock });
    const added = await cluster.addNode();
    const outcome = cluster.rebalance().then(
      () => 'done',
      (error: unknown) => String(error),
    );
    await clock.advanceAsync(100);
    const waiting = added.stats();
    expect(waiting.vbuckets.active).toBe(1);
    await cluster.killNode(added);
    await clock.advanceAsync(200);
    expect(await outcome).toMatch(/is down/);
    expect(cluster.stats().isRebalancing).toBe(false);
    cluster.failover(added);
    expectSound(cluster, []);
    expect(cluster.map().flat()).not.toContain(added.id);
  });

  test('does not empty a cluster, nor move what is not there', async () => {
    const cluster = await startCluster({ nodes: 1 });
    await expect(cluster.rebalance({ remove: cluster.nodes })).rejects.toThrow(/needs a node/);
    await expect(cluster.moveVbucket(64, cluster.nodes[0]!)).rejects.toThrow(/no vBucket 64/);
    await expect(cluster.moveVbucket(0, cluster.nodes[0]!, 'nothing')).rejects.toThrow(/no bucket "nothing"/);
    const stranger = await cluster.addNode();
    await expect(cluster.moveVbucket(0, stranger)).rejects.toThrow(/not in the map/);
    expect(() => cluster.failover(cluster.nodes[0]!)).toThrow(/last node/);
  });
});

describe('a failover', () => {
  test('makes the replicas active: with one replica nothing that was acknowledged is lost', async () => {
    const cluster = await startCluster();
    const lost = cluster.nodes[1]!;
    const key = keyOn(cluster, lost);
    const client = await DataClient.ready(cluster, lost);
    await client.set(key, 'kept');
    await cluster.killNode(lost);
    await client.closed;
    cluster.failover(lost);
    expect(cluster.nodes).toHaveLength(2);
    const heir = cluster.nodeOf(key)!;
    expect(heir).not.toBe(lost);
    expect(await (await DataClient.ready(cluster, heir)).get(key)).toMatchObject({ value: 'kept' });
    expectSound(cluster, [key]);
    await cluster.rebalance();
    expect(cluster.inspect(key)).toHaveLength(2);
    expectSound(cluster, [key]);
  });

  test('without a replica leaves the vBuckets without a node', async () => {
    const cluster = await startCluster({ nodes: 2, replicas: 0 });
    const lost = cluster.nodes[0]!;
    const key = keyOn(cluster, lost);
    cluster.failover(lost);
    expect(cluster.nodeOf(key)).toBeUndefined();
    expect(await (await DataClient.ready(cluster)).get(key)).toMatchObject({ code: status.notMyVbucket });
    await cluster.rebalance();
    expect(await (await DataClient.ready(cluster)).get(key)).toMatchObject({ code: status.keyNotFound });
  });

  test('of a node that runs makes it refuse; it can come back, empty, and take its share', async () => {
    const cluster = await startCluster();
    const node = cluster.nodes[2]!;
    const key = keyOn(cluster, node);
    const client = await DataClient.ready(cluster, node);
    await client.set(key, 'old');
    cluster.failover(node);
    expect(await client.get(key)).toMatchObject({ code: status.notMyVbucket, datatype: 1 });
    await (await DataClient.ready(cluster, cluster.nodeOf(key))).set(key, 'new');
    await cluster.rebalance({ add: [node] });
    expect(activeCounts(cluster).sort((one, other) => one - other)).toEqual([21, 21, 22]);
    expect(cluster.inspect(key).map(({ value }) => value?.toString())).toEqual(['new', 'new']);
    expectSound(cluster, [key]);
  });
});

describe('a node', () => {
  test('that was away comes back on its ports, and its replicas catch up', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const [node, other] = cluster.nodes as [SimulatedNode, SimulatedNode];
    const { port, restPort } = node;
    const key = keyOn(cluster, other);
    const client = await DataClient.ready(cluster, other);
    await client.set(key, '1');
    await cluster.stopNode(node);
    expect(node.isUp).toBe(false);
    expect(cluster.connectionString).toBe(`couchbase://${other.name}`);
    await expect(DataClient.dial(cluster, node)).rejects.toThrow(/ECONNREFUSED/);
    await client.set(key, '2');
    expect(new Set(cluster.inspect(key).map(({ value }) => value?.toString()))).toEqual(new Set(['1', '2']));
    await cluster.startNode(node);
    expect([node.port, node.restPort]).toEqual([port, restPort]);
    expectSound(cluster, [key]);
  });

  test('that ends in order replies first; one that is killed resets', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const [one, other] = [
      await DataClient.ready(cluster, cluster.nodes[0]),
      await DataClient.ready(cluster, cluster.nodes[1]),
    ];
    let error: Error | undefined;
    other.socket.on('error', (cause) => {
      error = cause;
    });
    await cluster.stopNode(cluster.nodes[0]!);
    await one.closed;
    await cluster.killNode(cluster.nodes[1]!);
    await other.closed;
    expect(error?.message).toMatch(/ECONNRESET/);
  });
});

describe('a cluster', () => {
  test('closes idempotently, leaves no port open, and does nothing more', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const client = await DataClient.ready(cluster);
    await using held = cluster;
    await Promise.all([held.close(), held.close()]);
    await client.closed;
    await held.destroy();
    for (const node of cluster.nodes) expect(node.isUp).toBe(false);
    await expect(cluster.rebalance()).rejects.toThrow(/closed/);
  });

  test('says which option is wrong', async () => {
    await expect(startCluster({ nodes: 0 })).rejects.toThrow(/"nodes"/);
    await expect(startCluster({ replicas: 4 })).rejects.toThrow(/"replicas"/);
    await expect(startCluster({ buckets: [] })).rejects.toThrow(/"buckets"/);
    await expect(startCluster({ buckets: ['a', 'a'] })).rejects.toThrow(/twice/);
    await expect(startCluster({ buckets: [{ name: 'a', vbuckets: 0 }] })).rejects.toThrow(/"buckets\[0\].vbuckets"/);
    await expect(startCluster({ traits: { pushes: 1 as never } })).rejects.toThrow(/"traits.pushes"/);
  });

  test('uses the configured ports', async () => {
    const free = await startCluster({ nodes: 1 });
    const { port, restPort } = free.nodes[0]!;
    await free.close();
    const cluster = await startCluster({ nodes: 1, port, restPort });
    expect([cluster.nodes[0]!.port, cluster.nodes[0]!.restPort]).toEqual([port, restPort]);
    await expect(startCluster({ nodes: 1, port })).rejects.toThrow(new RegExp(`cannot listen on 127.0.0.1:${port}`));
  });
});
