/** Items with the same keys in many collections, while vBuckets move, a node fails, and collections come and go. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { type CollectionAdmin, createCluster, FakeClock, type SimulatedCluster } from '../../src/testing/index.ts';

const step = 10;
const keys = Array.from({ length: 6 }, (_, n) => `key ${n}`);

/** What one writer knows of one item: the last acknowledged value, and one that may have been stored. */
interface Known {
  readonly items: Client;
  readonly key: string;
  readonly place: string;
  kept: string | undefined;
  maybe: string | undefined;
}

const nameOf = fc.stringMatching(/^[A-Za-z0-9-][\w%-]{0,30}$/);
const pathsOf = fc.uniqueArray(fc.tuple(nameOf, nameOf), {
  minLength: 2,
  maxLength: 4,
  selector: ([s, c]) => `${s}.${c}`,
});

/** Writes and reads the item until `isOver`; a value that is read is one that it may have. */
async function work(known: Known, isOver: () => boolean, wrong: string[]): Promise<number> {
  let round = 0;
  while (!isOver()) {
    const value = `${known.place} ${known.key} ${++round}`;
    try {
      known.maybe = value;
      if (round % 7 === 0) {
        await known.items.delete(known.key);
        known.kept = undefined;
      } else {
        await known.items.set(known.key, value);
        known.kept = value;
      }
      known.maybe = undefined;
    } catch {
      // A node that fails may have executed it: the next write decides.
      continue;
    }
    const read = await known.items.get(known.key).catch(() => known.kept);
    if (read !== known.kept) wrong.push(`${known.place} ${known.key}: ${String(read)}, not ${String(known.kept)}`);
  }
  return round;
}

/** Calls that nobody promised anything to: they end, well or with an error that says why. */
async function visit(items: Client, isOver: () => boolean, odd: unknown[]): Promise<void> {
  for (let n = 0; !isOver(); n++) {
    for (const call of [items.set(keys[n % keys.length]!, n), items.get(keys[n % keys.length]!)])
      await call.catch((error: unknown) => {
        const isExpected = ['ERR_UNKNOWN_COLLECTION', 'ERR_TIMEOUT', 'ERR_CONNECTION_CLOSED', 'ERR_CONNECT'].includes(
          (error as { code: string }).code,
        );
        if (!isExpected) odd.push(error);
      });
  }
}

async function change(cluster: SimulatedCluster, admin: CollectionAdmin): Promise<void> {
  const churn = (): void => {
    admin.dropCollection('churn', 'items');
    admin.createCollection('churn', 'items');
  };
  await cluster.rebalance({ add: 1 });
  churn();
  const lost = cluster.nodes[0]!;
  await cluster.killNode(lost);
  churn();
  cluster.failover(lost);
  await cluster.startNode(lost);
  churn();
  await cluster.rebalance({ add: [lost] });
  churn();
  await cluster.rebalance({ remove: [cluster.nodes[0]!] });
}

test('no item is mixed up, no acknowledged write is lost, no call hangs', async () => {
  await fc.assert(
    fc.asyncProperty(pathsOf, async (paths) => {
      const clock = new FakeClock();
      const cluster = createCluster({ nodes: 3, replicas: 1, vbuckets: 16, clock, moveDelay: step });
      await cluster.listen();
      const admin = cluster.collections();
      for (const [scope, name] of paths) admin.createCollection(scope, name);
      admin.createCollection('churn', 'items');
      let requests = 0;
      cluster.fault = () => {
        if (++requests % 20 === 0) clock.advance(step);
        return undefined;
      };
      const client = createClient({
        nodes: cluster.nodes.map(({ name }) => name),
        couchbase: { bucket: 'default', ...cluster.credentials },
        timeout: 15_000,
      });
      try {
        const views: readonly (readonly [string, Client])[] = [
          ['default', client],
          ...paths.map(([scope, name]) => [`${scope}.${name}`, client.collection(scope, name)] as const),
        ];
        const known = views.flatMap(([place, items]) =>
          keys.map((key): Known => ({ items, key, place, kept: undefined, maybe: undefined })),
        );
        let isOver = false;
        const wrong: string[] = [];
        const odd: unknown[] = [];
        const workers = known.map((one) => work(one, () => isOver, wrong));
        const visitor = visit(client.collection('churn', 'items'), () => isOver, odd);
        await change(cluster, admin).finally(() => (isOver = true));
        for (const rounds of await Promise.all(workers)) expect(rounds).toBeGreaterThan(0);
        await visitor;
        expect(wrong).toEqual([]);
        expect(odd).toEqual([]);
        // A node that was away is dialled again after a moment; until then calls for it fail.
        await client.ready();
        for (const { items, key, kept, maybe } of known) {
          const read = await items.get(key);
          if (maybe === undefined) expect(read).toBe(kept);
          else expect([kept, maybe, undefined]).toContain(read);
        }
        const { moves, nodes } = cluster.stats();
        expect(moves).toBeGreaterThan(8);
        expect(nodes.reduce((sum, { misplaced }) => sum + misplaced, 0)).toBe(0);
      } finally {
        client.destroy();
        await cluster.destroy();
      }
    }),
    { numRuns: 4 },
  );
});
