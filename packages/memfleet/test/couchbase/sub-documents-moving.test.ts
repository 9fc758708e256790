/**
 * Mutations of sub-documents while vBuckets move, nodes fail over and connections are lost: one that was acknowledged
 * is kept and was applied once; one that failed with `sent` was applied once or not at all; any other not at all.
 */
import { setImmediate as immediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { MemcacheError } from '../../src/core/errors.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { startCluster, startPacedCluster } from '../testing/support/start-cluster.ts';

function clientOf(cluster: SimulatedCluster, timeout: number): Client {
  const nodes = cluster.nodes.map(({ name }) => name);
  const client = createClient({ nodes, couchbase: { bucket: 'default', ...cluster.credentials }, timeout });
  onTestFinished(() => client.destroy());
  return client;
}

/** The only writer of one document: every change has a number, which is counted and noted in the same step. */
class Writer {
  readonly key: string;
  readonly acknowledged: number[] = [];
  readonly ambiguous: number[] = [];
  readonly #client: Client;
  #next = 0;
  #isOver = false;

  constructor(client: Client, key: string) {
    this.#client = client;
    this.key = key;
  }

  async begin(): Promise<void> {
    const specs = [
      { set: 'count', value: 0 },
      { set: 'log', value: [] },
    ] as const;
    expect(await this.#client.bucket.mutateIn(this.key, specs, { mode: 'add' })).toMatchObject({ result: 'stored' });
  }

  end(): void {
    this.#isOver = true;
  }

  async run(): Promise<void> {
    while (!this.#isOver) await this.change();
  }

  async change(): Promise<void> {
    const number = this.#next++;
    try {
      const { values } = await this.#client.bucket.mutateIn(this.key, [
        { incr: 'count' },
        { push: 'log', value: number },
      ]);
      this.acknowledged.push(number);
      const count = values![0];
      expect(count).toBeGreaterThanOrEqual(this.acknowledged.length);
      expect(count).toBeLessThanOrEqual(this.acknowledged.length + this.ambiguous.length);
      const found = await this.#client.bucket.lookupIn(this.key, ['count', 'log[-1]', { count: 'log' }]);
      expect(found!.values).toEqual([count, number, count]);
    } catch (error) {
      if (!(error instanceof MemcacheError)) throw error;
      if (error.sent && !this.acknowledged.includes(number)) this.ambiguous.push(number);
      // A call for a node that is out fails at once.
      await immediate();
    }
  }

  async expectKept(): Promise<void> {
    const { values } = (await this.#client.bucket.lookupIn(this.key, ['count', 'log'], { timeout: 5000 }))!;
    const [count, log] = values as unknown as [number, number[]];
    expect(log).toHaveLength(count);
    expect(new Set(log).size).toBe(count);
    expect(this.acknowledged.filter((number) => !log.includes(number))).toEqual([]);
    expect(log.filter((number) => !this.acknowledged.includes(number) && !this.ambiguous.includes(number))).toEqual([]);
  }
}

async function writersOf(client: Client, count: number): Promise<Writer[]> {
  const writers = Array.from({ length: count }, (_, i) => new Writer(client, `document ${i}`));
  await Promise.all(writers.map((writer) => writer.begin()));
  return writers;
}

test('a rebalance in and out loses no change, repeats none, and fails none', async () => {
  const cluster = await startPacedCluster({ nodes: 3, replicas: 1 });
  const writers = await writersOf(clientOf(cluster, 10_000), 12);
  const running = writers.map((writer) => writer.run());
  await cluster.rebalance({ add: 1 });
  await cluster.rebalance({ remove: [cluster.nodes[0]!] });
  for (const writer of writers) writer.end();
  await Promise.all(running);
  for (const writer of writers) {
    expect(writer.ambiguous).toEqual([]);
    expect(writer.acknowledged.length).toBeGreaterThan(0);
    await writer.expectKept();
  }
  expect(cluster.stats().nodes.some(({ refused }) => refused > 0)).toBe(true);
});

test('a node that is killed and failed over leaves every acknowledged change to its replicas', async () => {
  const cluster = await startCluster({ nodes: 3, replicas: 1 });
  const writers = await writersOf(clientOf(cluster, 400), 12);
  const running = writers.map((writer) => writer.run());
  const victim = cluster.nodes[1]!;
  while (writers.some(({ acknowledged }) => acknowledged.length === 0)) await immediate();
  await cluster.killNode(victim);
  cluster.failover(victim);
  const sofar = writers.map((writer) => writer.acknowledged.length);
  const others = await writersOf(clientOf(cluster, 5000).withPrefix('after '), 4);
  for (const writer of others) for (let round = 0; round < 5; round++) await writer.change();
  for (const writer of writers) writer.end();
  await Promise.all(running);
  for (const writer of [...writers, ...others]) await writer.expectKept();
  expect(writers.some((writer, i) => writer.acknowledged.length > sofar[i]!)).toBe(true);
});

test('connections that end before or after the execution: what failed with "sent" was done once or never', async () => {
  const cluster = await startCluster({ nodes: 2, replicas: 1 });
  const writers = await writersOf(clientOf(cluster, 2000), 4);
  let requests = 0;
  cluster.fault = ({ opcode }) => {
    if (opcode !== couchbaseOpcode.subdocMultiMutation) return undefined;
    requests++;
    if (requests % 7 === 0) return { kind: 'lose' };
    return requests % 11 === 0 ? { kind: 'drop' } : undefined;
  };
  await Promise.all(
    writers.map(async (writer) => {
      for (let round = 0; round < 30; round++) await writer.change();
    }),
  );
  cluster.fault = undefined;
  for (const writer of writers) await writer.expectKept();
  expect(writers.some(({ ambiguous }) => ambiguous.length > 0)).toBe(true);
});

test('a lookup whose connection ends is sent again', async () => {
  const cluster = await startCluster({ nodes: 1, replicas: 0 });
  const client = clientOf(cluster, 5000);
  await client.set('k', { a: 1 });
  let lost = 0;
  cluster.fault = ({ opcode }) =>
    opcode === couchbaseOpcode.subdocMultiLookup && lost++ === 0 ? { kind: 'lose' } : undefined;
  expect(await client.bucket.lookupIn('k', ['a'])).toMatchObject({ values: [1] });
  expect(lost).toBe(2);
});
