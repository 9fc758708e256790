/** Durable writes of a bucket, and writes that keep the expiry of an item, against the simulated cluster. */
import { describe, expect, test } from 'vitest';
import type { Client, ClientOptions, StoreOptions } from '../../src/client/index.ts';
import {
  AmbiguousWriteError,
  ConnectionClosedError,
  DurabilityImpossibleError,
  InvalidArgumentError,
  InvalidOptionError,
  type MemcacheError,
  ServerError,
  TimeoutError,
  UnsupportedError,
} from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { FakeClock, type ClusterOptions, type NodeFault, type SimulatedCluster } from '../../src/testing/index.ts';
import { startNode, connect } from '../support/harness.ts';
import { turnsFor, turnsUntil } from '../support/turns.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { FakeCluster, testClient } from './support/fake-cluster.ts';

interface Started {
  readonly clock: FakeClock;
  readonly cluster: SimulatedCluster;
  readonly client: Client;
}

/** A client of a cluster on one clock. */
async function started(options: ClientOptions = {}, given: ClusterOptions = {}): Promise<Started> {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 3, replicas: 1, clock, ...given });
  const nodes = cluster.nodes.map((node) => node.name);
  const { couchbase, ...rest } = options;
  const credentials = { ...cluster.credentials, ...couchbase };
  const client = testClient({ nodes, couchbase: credentials, timeout: 5000, retry: { attempts: 3 }, clock, ...rest });
  await turnsFor(clock, client.get('k'));
  return { clock, cluster, client };
}

/** How the promise ends, while time passes. It stands still while `isBusy`. */
async function outcomeOf(clock: FakeClock, promise: Promise<unknown>, isBusy = () => false): Promise<unknown> {
  const progress = { isOver: false };
  const outcome = promise.catch((error: unknown) => error).finally(() => (progress.isOver = true));
  for (let step = 0; !progress.isOver; step++) {
    expect(step).toBeLessThan(20_000);
    await clock.settle();
    if (!isBusy()) clock.advance(5);
  }
  return outcome;
}

/** The framing extras of the writes of `k` that the nodes receive. */
function watchFrames({ cluster }: Started): string[] {
  const frames: string[] = [];
  cluster.fault = ({ framing, key, name }) => {
    if (key === 'k' && name !== 'get') frames.push(Buffer.from(framing ?? []).toString('hex'));
    return undefined;
  };
  return frames;
}

const majority = { durability: 'majority' } as const;

describe('a durable write', () => {
  const calls: readonly (readonly [string, (client: Client, options: StoreOptions) => Promise<unknown>])[] = [
    ['set', (client, options) => client.set('k', '1', options)],
    ['add', (client, options) => client.add('k', '1', options)],
    ['replace', (client, options) => client.replace('k', '1', options)],
    ['append', (client, options) => client.append('k', '1', options)],
    ['prepend', (client, options) => client.prepend('k', '1', options)],
    ['cas', (client, options) => client.cas('k', '1', 1n, options)],
    ['setMany', (client, options) => client.setMany({ k: '1' }, options)],
    ['delete', (client, options) => client.delete('k', options)],
    ['deleteMany', (client, options) => client.deleteMany(['k'], options)],
    ['incr', (client, options) => client.incr('k', 1, options)],
    ['decr', (client, options) => client.decr('k', 1, options)],
    ['items.set', (client, options) => client.items.set('k', '1', options)],
  ];

  test.each(calls)('%s says its level, and nine tenths of its time', async (_, call) => {
    const all = await started();
    const frames = watchFrames(all);
    await call(all.client, { durability: 'majority' });
    await call(all.client, { durability: 'majorityAndPersistActive', timeout: 2000 });
    await call(all.client, { durability: 'persistToMajority', timeout: 100_000_000 });
    await call(all.client, {});
    // 4500, 1800 and the most that fits.
    expect(frames).toEqual(['13011194', '13020708', '1303fffe', '']);
  });

  test.each(calls)('%s has at least 1500 ms, as of the official SDK', async (_, call) => {
    const all = await started({ timeout: 100 });
    const frames = watchFrames(all);
    await call(all.client, majority);
    expect(frames).toEqual(['13010546']);
  });

  test('is the default of a view, and of all clients by an option; "none" undoes it', async () => {
    const all = await started({ couchbase: { durability: 'majorityAndPersistActive' } });
    const frames = watchFrames(all);
    const view = all.client.with(majority);
    await all.client.set('k', 1);
    await view.set('k', 1);
    await view.withPrefix('').delete('k');
    await view.set('k', 1, { durability: 'none' });
    await all.client.set('k', 1, { durability: 'none' });
    await view.touch('k', 10);
    expect(frames).toEqual(['13021194', '13011194', '13011194', '', '', '']);
  });

  test('is refused where the map has too few copies, and nothing is written', async () => {
    const { client, cluster } = await started({ errors: 'miss' }, { nodes: 1 });
    const writing = client.set('k', 1, majority);
    await expect(writing).rejects.toBeInstanceOf(DurabilityImpossibleError);
    await expect(writing).rejects.toMatchObject({
      code: 'ERR_DURABILITY_IMPOSSIBLE',
      ambiguous: false,
      node: cluster.nodes[0]!.name,
      message: expect.stringContaining('Durability impossible'),
    });
    expect(await client.get('k')).toBeUndefined();
  });

  test.each<[string, NodeFault, new (...args: never[]) => MemcacheError]>([
    ['the node says so', { kind: 'status', status: status.syncWriteAmbiguous }, ServerError],
    ['the connection is lost before it is executed', { kind: 'drop' }, ConnectionClosedError],
    ['the connection is lost after it was executed', { kind: 'lose' }, ConnectionClosedError],
    ['there is no reply in time', { kind: 'silence' }, TimeoutError],
  ])('is ambiguous where %s: the error says it, and it is sent once', async (_, fault, cause) => {
    for (const errors of ['throw', 'miss'] as const) {
      const { client, cluster, clock } = await started({ errors });
      let sent = 0;
      cluster.fault = ({ name }) => (name === 'set' && ++sent > 0 ? fault : undefined);
      const error = await outcomeOf(clock, client.set('k', 1, majority));
      expect(error).toBeInstanceOf(AmbiguousWriteError);
      expect(error).toMatchObject({ code: 'ERR_AMBIGUOUS_WRITE', sent: true, ambiguous: true });
      expect((error as Error).cause).toBeInstanceOf(cause);
      expect((error as Error).message).toContain('set "k"');
      expect(sent).toBe(1);
      // The node is dialled again, which may take more than one attempt.
      await turnsFor(clock, client.ready());
      const many = await outcomeOf(clock, client.setMany({ k: 1 }, majority));
      expect(many).toMatchObject({ failures: new Map([['k', expect.any(AmbiguousWriteError)]]) });
    }
  });

  test('without one, an error that was sent is no more than that', async () => {
    const { client, cluster, clock } = await started();
    cluster.fault = ({ name }) => (name === 'set' ? { kind: 'drop' } : undefined);
    const error = await outcomeOf(clock, client.set('k', 1));
    expect(error).toBeInstanceOf(ConnectionClosedError);
    expect(error).toMatchObject({ sent: true, ambiguous: false });
  });

  test('that was not sent is not ambiguous', async () => {
    const { client, cluster, clock } = await started({ timeout: 2000 });
    const owner = cluster.nodeOf('k')!;
    await cluster.killNode(owner);
    await turnsUntil(clock, () => client.stats().nodes.some(({ node, open }) => node === owner.name && open === 0));
    const error = await outcomeOf(clock, client.set('k', 1, majority));
    expect(error).toMatchObject({ sent: false, ambiguous: false });
  });

  test.each([status.syncWriteInProgress, status.syncWriteRecommit])(
    'waits while another one is in progress (status %i), and says so at its deadline',
    async (code) => {
      const { client, cluster, clock } = await started({ errors: 'miss' });
      let refusals = 3;
      cluster.fault = ({ name }) =>
        (name === 'set' || name === 'add') && refusals-- > 0 ? { kind: 'status', status: code } : undefined;
      expect(await outcomeOf(clock, client.set('k', 1, majority))).toBe(true);
      expect(refusals).toBe(-1);
      refusals = Infinity;
      const isBusy = (): boolean => client.stats().nodes.some(({ inFlight }) => inFlight > 0);
      const error = await outcomeOf(clock, client.add('k', 1, majority), isBusy);
      expect(error).toBeInstanceOf(ServerError);
      expect(error).toMatchObject({ status: code, ambiguous: false });
    },
  );

  test.each<[readonly number[] | undefined, string]>([
    [undefined, 'the node has no framing extras, durability levels'],
    [[], 'the node has no framing extras, durability levels'],
    [[feature.alternativeRequest, feature.preserveExpiry], 'the node has no durability levels'],
  ])('is refused before anything is sent by a node that grants %o', async (features, message) => {
    const cluster = await FakeCluster.start(1, [[0]], { features });
    const client = cluster.client({ errors: 'miss' });
    await expect(client.set('k', 1, majority)).rejects.toBeInstanceOf(UnsupportedError);
    await expect(client.with(majority).delete('k')).rejects.toThrow(message);
    await expect(client.set('k', 1, { preserveExpiry: true, durability: 'majority' })).rejects.toThrow(message);
    expect(cluster.nodes[0]!.commands).toEqual([]);
    expect(await client.set('k', 1)).toBe(true);
  });

  test('is refused where the fleet is no bucket', async () => {
    const node = await startNode();
    const { client } = connect(node);
    await expect(client.set('k', 1, majority)).rejects.toThrow('only Couchbase buckets have durability levels');
    await expect(client.set('k', 1, { preserveExpiry: true })).rejects.toBeInstanceOf(UnsupportedError);
    expect(() => client.with(majority)).toThrow(InvalidOptionError);
    expect(node.commands).toEqual([]);
  });

  test('has a level that exists', async () => {
    const { client } = await started();
    for (const durability of ['most', 1, null, 'constructor'] as unknown as 'majority'[]) {
      await expect(client.set('k', 1, { durability })).rejects.toBeInstanceOf(InvalidArgumentError);
      expect(() => client.with({ durability })).toThrow(InvalidOptionError);
    }
  });

  test('of getOrSet: the value is returned though the store is ambiguous', async () => {
    const { client, cluster, clock } = await started();
    cluster.fault = ({ name }) => (name === 'set' ? { kind: 'drop' } : undefined);
    const value = client.with(majority).getOrSet('k', () => 'loaded');
    expect(await outcomeOf(clock, value)).toBe('loaded');
  });
});

describe('preserveExpiry', () => {
  /** A client of a cluster that has a time of its own. */
  async function timed(): Promise<{ clock: FakeClock; client: Client }> {
    const clock = new FakeClock();
    const cluster = await startCluster({ nodes: 3, replicas: 1, clock });
    const nodes = cluster.nodes.map((node) => node.name);
    return { clock, client: testClient({ nodes, couchbase: cluster.credentials, timeout: 8000 }) };
  }

  /** Whether `k` is there after 100 seconds. */
  async function outlives({ clock, client }: Awaited<ReturnType<typeof timed>>): Promise<boolean> {
    clock.advance(101_000);
    return (await client.get('k')) !== undefined;
  }

  test.each<[string, (client: Client) => Promise<unknown>]>([
    ['set', (client) => client.set('k', 2, { preserveExpiry: true, ttl: 1000 })],
    ['set without a ttl', (client) => client.set('k', 2, { preserveExpiry: true })],
    ['setMany', (client) => client.setMany({ k: 2 }, { preserveExpiry: true })],
    ['replace', (client) => client.replace('k', 2, { preserveExpiry: true })],
    ['a durable set', (client) => client.set('k', 2, { preserveExpiry: true, durability: 'majority' })],
    ['items.set', (client) => client.items.set('k', 2, { preserveExpiry: true })],
  ])('%s keeps the expiry of the item', async (_, write) => {
    const all = await timed();
    await all.client.set('k', 1, 100);
    await write(all.client);
    expect(await all.client.get('k')).toBe(2);
    expect(await outlives(all)).toBe(false);
  });

  test('a new item has the ttl of the call', async () => {
    const all = await timed();
    await all.client.set('k', 2, { preserveExpiry: true, ttl: 100 });
    expect(await outlives(all)).toBe(false);
    await all.client.set('k', 2, { preserveExpiry: true, ttl: 1000 });
    expect(await outlives(all)).toBe(true);
  });

  test('conflicts with add, and with a ttl where there must be an item', async () => {
    const { client } = await timed();
    const both = { preserveExpiry: true, ttl: 5 };
    const conflict = 'options "ttl" and "preserveExpiry" conflict: the item has one expiry';
    await expect(client.replace('k', 1, both)).rejects.toThrow(conflict);
    await expect(client.cas('k', 1, 5n, both)).rejects.toThrow(conflict);
    await expect(client.items.set('k', 1, { ...both, cas: 5n })).rejects.toThrow(conflict);
    await expect(client.add('k', 1, { preserveExpiry: true })).rejects.toThrow(
      'option "preserveExpiry" conflicts with add, which stores only new items',
    );
    await expect(client.set('k', 1, { preserveExpiry: 1 as unknown as boolean })).rejects.toBeInstanceOf(
      InvalidArgumentError,
    );
  });
});
