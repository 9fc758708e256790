/** Calls of one key keep their order while its vBucket moves, against the simulated cluster. */
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { Command } from '../../src/core/command.ts';
import { TimeoutError } from '../../src/core/errors.ts';
import { MovedKeys } from '../../src/couchbase/moved-keys.ts';
import { FakeClock, type NodeFault, type SimulatedCluster } from '../../src/testing/index.ts';
import { passFor, turnsFor, turnsUntil } from '../support/turns.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

interface Moving {
  readonly clock: FakeClock;
  readonly cluster: SimulatedCluster;
  readonly client: Client;
  /** How its old node mistreats a set of `k`. */
  fault: NodeFault | undefined;
}

const patient = { timeout: 60_000, connectTimeout: 60_000 };
const names = Array.from({ length: 1000 }, (_, n) => `k${n}`);

/** `k` is `'old'`. */
async function started(): Promise<Moving> {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 2, vbuckets: 16, clock, traits: { pushes: false } });
  cluster.collections().createCollection('shop', 'items');
  const nodes = cluster.nodes.map(({ name }) => name);
  // Sockets take real time, in which a fake clock can run far ahead.
  const client = testClient({ nodes, couchbase: cluster.credentials, clock, ...patient });
  const moving: Moving = { clock, cluster, client, fault: undefined };
  const old = cluster.nodeOf('k')!.name;
  cluster.fault = ({ name, node }) => (name === 'set' && node === old ? moving.fault : undefined);
  await turnsFor(clock, client.set('k', 'old'));
  return moving;
}

/** The vBucket of `k` goes to the other node, which tells the client when it refuses another key. */
async function move({ clock, cluster, client }: Moving): Promise<void> {
  const from = cluster.nodeOf('k')!;
  const to = cluster.nodes.find((node) => node !== from)!;
  const refused = names.find((key) => cluster.nodeOf(key) === to)!;
  await turnsFor(clock, cluster.moveVbucket(cluster.vbucketOf('k'), to));
  await turnsFor(clock, cluster.moveVbucket(cluster.vbucketOf(refused), from));
  client.get(refused).catch(() => {});
  await turnsUntil(clock, () => client.nodeOf('k') !== from.name);
}

test.each<[string, (client: Client) => Client]>([
  ['a bucket', (client) => client],
  ['a collection', (client) => client.collection('shop', 'items')],
])('a get waits for the set of its key that went to the old node, in %s', async (_, viewOf) => {
  const moving = await started();
  const { clock, client } = moving;
  const view = viewOf(client);
  await turnsFor(clock, view.set('k', 'old'));
  moving.fault = { kind: 'delay', ms: 50 };
  const setting = view.set('k', 'new');
  await move(moving);
  moving.fault = undefined;
  const calls = [setting, view.get('k'), view.append('k', 'er'), view.get('k')];
  expect(await passFor(clock, Promise.all(calls))).toEqual([true, 'new', true, 'newer']);
});

test('a get waits for the set of its key that went to a node that is not in the map any more', async () => {
  const moving = await started();
  const { clock, client, cluster } = moving;
  moving.fault = { kind: 'delay', ms: 50 };
  const setting = client.set('k', 'new');
  const from = cluster.nodeOf('k')!;
  const refused = names.find((key) => key !== 'k' && cluster.nodeOf(key) === from)!;
  cluster.failover(from);
  client.get(refused).catch(() => {});
  await turnsUntil(clock, () => client.stats().nodes.length === 1);
  moving.fault = undefined;
  const calls = [setting, client.append('k', 'er'), client.get('k')];
  expect(await passFor(clock, Promise.all(calls))).toEqual([true, true, 'newer']);
});

test('a key whose call receives no reply on the old node is free again when that call has timed out', async () => {
  const moving = await started();
  const { clock, client } = moving;
  moving.fault = { kind: 'silence' };
  const setting = client.set('k', 'new', { timeout: 500 }).catch((error: unknown) => error);
  await move(moving);
  const getting = client.get('k');
  expect(await passFor(clock, Promise.all([setting, getting]))).toEqual([expect.any(TimeoutError), 'old']);
});

test('keys of the vBucket that are not in flight wait for nothing', async () => {
  const moving = await started();
  const { clock, cluster, client } = moving;
  const other = names.find((key) => cluster.vbucketOf(key) === cluster.vbucketOf('k'))!;
  moving.fault = { kind: 'delay', ms: 50 };
  const setting = client.set('k', 'new');
  await move(moving);
  expect(await turnsFor(clock, client.set(other, 1))).toBe(true);
  expect(await passFor(clock, setting)).toBe(true);
});

test('what is in flight is walked once in a turn, not for each of thousands of commands that wait or are refused', () => {
  const clock = new FakeClock();
  const flying = new Set(Array.from({ length: 1000 }, (_, n) => new Command('get', `k${n}`)));
  let walks = 0;
  const moved = new MovedKeys(() => {
    walks++;
    return flying;
  }, clock);
  moved.note('old', () => 'new');
  const later = names.map((name) => new Command('get', name));
  expect(later.every((command) => moved.holds(command))).toBe(true);
  clock.advance(5);
  expect(later.every((command) => moved.holds(command))).toBe(true);
  for (const command of flying) {
    flying.delete(command);
    moved.refused(command, 'old');
    expect(moved.holds(command)).toBe(false);
  }
  expect(later.some((command) => moved.holds(command))).toBe(false);
  expect(walks).toBeLessThan(5);
});

test('a key waits while one of two commands is in flight, and no longer when both have any reply', () => {
  const clock = new FakeClock();
  const [one, two, later] = [new Command('get', 'k'), new Command('get', 'k'), new Command('get', 'k')];
  const flying = new Set([one, two]);
  const moved = new MovedKeys(() => flying, clock);
  moved.note('old', () => 'new');
  expect(moved.holds(later)).toBe(true);
  flying.delete(one);
  moved.refused(one, 'old');
  expect(moved.holds(one)).toBe(true);
  flying.delete(two);
  clock.advance(1);
  expect(moved.holds(one)).toBe(false);
});
