/** Scans of buckets that change meanwhile: every key that existed throughout comes exactly once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions } from '../../src/client/index.ts';
import { status } from '../../src/core/status.ts';
import type { NodeFault, NodeRequest, SimulatedCluster } from '../../src/testing/index.ts';
import { startCluster, startPacedCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

function clientOf(cluster: SimulatedCluster, options: ClientOptions = {}): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ nodes, couchbase: cluster.credentials, timeout: 8000, connectTimeout: 5000, ...options });
}

const keys = Array.from({ length: 300 }, (_, n) => `k${String(n).padStart(3, '0')}`);
const keysOnly = true;

async function fill(client: Client): Promise<void> {
  await client.setMany(keys.map((key) => [key, key] as const));
}

/** Scans, and calls `act` with the number of keys so far before each step. */
async function scanWith(
  client: Client,
  options: Parameters<Client['bucket']['scan']>[0],
  act: (count: number) => Promise<unknown> | undefined,
): Promise<string[]> {
  const found: string[] = [];
  for await (const key of client.bucket.scan({ ...options, keysOnly })) {
    found.push(key);
    await act(found.length);
  }
  return found;
}

describe('every key that existed throughout comes exactly once', () => {
  test('while a rebalance moves vBuckets one by one, and keys come and go', async () => {
    const cluster = await startPacedCluster({ nodes: 2, replicas: 1, vbuckets: 32 });
    const client = clientOf(cluster);
    await fill(client);
    let moving: Promise<unknown> | undefined;
    const found = await scanWith(client, { batchItems: 2, concurrency: 3 }, async (count) => {
      if (count === 5) moving = cluster.rebalance({ add: 2 });
      await client.set(`new:${count}`, 1);
      if (count > 10) await client.delete(`new:${count - 10}`);
    });
    const kept = found.filter((key) => key.startsWith('k'));
    expect(kept.toSorted()).toEqual(keys);
    expect(new Set(found).size).toBe(found.length);
    while (cluster.stats().isRebalancing) await client.get('k000');
    await moving;
  });

  test('at any move of any vBucket, with any batches', async () => {
    const cluster = await startCluster({ nodes: 3, replicas: 1, vbuckets: 8 });
    const client = clientOf(cluster);
    await fill(client);
    const move = fc.record({
      at: fc.integer({ min: 1, max: 300 }),
      vbucket: fc.nat({ max: 7 }),
      to: fc.nat({ max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(move, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        async (moves, batchItems, concurrency) => {
          const found = await scanWith(client, { batchItems, concurrency }, async (count) => {
            for (const { at, vbucket, to } of moves)
              if (at === count) await cluster.moveVbucket(vbucket, cluster.nodes[to]!);
          });
          expect(found.toSorted()).toEqual(keys);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('after a node was killed and failed over', async () => {
    const cluster = await startCluster({ nodes: 3, replicas: 1, vbuckets: 16 });
    const client = clientOf(cluster);
    await fill(client);
    const [, victim] = cluster.nodes;
    const found = await scanWith(client, { batchItems: 3, concurrency: 4 }, async (count) => {
      if (count !== 20) return;
      await cluster.killNode(victim!);
      cluster.failover(victim!);
    });
    expect(found.toSorted()).toEqual(keys);
  });

  test('while a node is away and comes back', async () => {
    const cluster = await startCluster({ nodes: 3, replicas: 1, vbuckets: 16 });
    const client = clientOf(cluster);
    await fill(client);
    const [, victim] = cluster.nodes;
    let back: Promise<unknown> | undefined;
    const found = await scanWith(client, { batchItems: 3, concurrency: 4 }, async (count) => {
      if (count !== 20) return;
      await cluster.killNode(victim!);
      // The scan waits: it goes on when the node does.
      back = new Promise<void>((resolve) => setImmediate(resolve)).then(() => cluster.startNode(victim!));
    });
    await back;
    expect(found.toSorted()).toEqual(keys);
  });

  test('when connections are lost in the middle of a batch', async () => {
    const cluster = await startCluster({ nodes: 2, vbuckets: 8 });
    const client = clientOf(cluster);
    await fill(client);
    let requests = 0;
    cluster.fault = ({ name }) => {
      if (name !== 'rangeScanContinue' || ++requests % 5 !== 0) return undefined;
      return { kind: requests % 2 === 0 ? 'drop' : 'lose' };
    };
    const found = await scanWith(client, { batchItems: 4 }, () => undefined);
    expect(found.toSorted()).toEqual(keys);
    expect(requests).toBeGreaterThan(40);
  });
});

describe('a node', () => {
  /** A fault for every third request of this name. */
  function everyThird(cluster: SimulatedCluster, name: string, fault: NodeFault): () => number {
    let count = 0;
    cluster.fault = (request: NodeRequest) => (request.name === name && ++count % 3 === 1 ? fault : undefined);
    return () => count;
  }

  test.each<[string, string, number]>([
    ['that is busy when a scan begins is asked again', 'rangeScanCreate', status.busy],
    ['that fails for a moment is asked again', 'rangeScanCreate', status.temporaryFailure],
    ['that is busy with a batch is asked again', 'rangeScanContinue', status.busy],
    [
      'that has cancelled the scan receives another behind the last key',
      'rangeScanContinue',
      status.rangeScanCancelled,
    ],
    ['that has forgotten the scan receives another behind the last key', 'rangeScanContinue', status.keyNotFound],
    ['that no longer has the vBucket is asked again', 'rangeScanContinue', status.notMyVbucket],
  ])('%s', async (_, name, code) => {
    const cluster = await startCluster({ nodes: 2, vbuckets: 8 });
    const client = clientOf(cluster);
    await fill(client);
    const count = everyThird(cluster, name, { kind: 'status', status: code });
    expect((await scanWith(client, { batchItems: 50 }, () => undefined)).toSorted()).toEqual(keys);
    expect(count()).toBeGreaterThan(8);
  });

  test.each<[string, number]>([
    ['access is refused', status.noAccess],
    ['the server fails', status.internalError],
    ['the request is invalid', status.invalidArguments],
  ])('where %s ends the scan with an error', async (_, code) => {
    const cluster = await startCluster({ nodes: 2, vbuckets: 8 });
    const client = clientOf(cluster);
    await fill(client);
    for (const name of ['rangeScanCreate', 'rangeScanContinue']) {
      everyThird(cluster, name, { kind: 'status', status: code });
      await expect(scanWith(client, {}, () => undefined)).rejects.toMatchObject({ code: 'ERR_SERVER', status: code });
    }
  });

  test('that is busy for ever ends the scan when the time of a batch is over', async () => {
    const cluster = await startCluster({ nodes: 1, vbuckets: 8 });
    const client = clientOf(cluster);
    cluster.fault = ({ name }) => (name === 'rangeScanCreate' ? { kind: 'status', status: status.busy } : undefined);
    await expect(scanWith(client, { timeout: 100 }, () => undefined)).rejects.toMatchObject({ status: status.busy });
  });
});
