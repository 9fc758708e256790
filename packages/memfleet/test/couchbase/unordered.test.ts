/** Nodes that execute the requests of a connection in any order, and the calls of one key, which keep theirs. */
import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { DataClient } from '../testing/support/data-client.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

const seeds = Array.from({ length: 8 }, (_, index) => index + 1);

function clientOf(cluster: SimulatedCluster, unordered = true): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ nodes, pool: { max: 1 }, couchbase: { ...cluster.credentials, unordered } });
}

/** One node, whose get of this key ends when the returned function is called. */
async function slowCluster(slow: string): Promise<{ cluster: SimulatedCluster; finish: () => void }> {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 1, replicas: 0, clock });
  cluster.fault = ({ key }) => (key === slow ? { kind: 'delay', ms: 100 } : undefined);
  return { cluster, finish: () => clock.advance(100) };
}

describe('a node that shuffles the requests of a chunk', () => {
  test('executes those between two barriers in another order', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0, shuffle: 5 });
    const values = Array.from({ length: 30 }, (_, index) => String(index));
    const features = [feature.unorderedExecution, feature.alternativeRequest];
    const client = await DataClient.ready(cluster, cluster.nodes[0], 'default', features);
    for (const value of values) await client.set(`key${value}`, value);
    client.socket.cork();
    for (const value of values) client.send(opcode.get, { key: `key${value}`, framing: value === '10' ? '\0' : '' });
    client.socket.uncork();
    await client.until(() => client.answers.at(-1)?.opcode === opcode.get && client.answers.length >= 63);
    const order = client.answers.slice(-30).map(({ value }) => Number(value));
    expect(order[10]).toBe(10);
    const first = order.slice(0, 10);
    const last = order.slice(11);
    expect(first.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(first).not.toEqual(first.toSorted((a, b) => a - b));
    expect(last).not.toEqual(last.toSorted((a, b) => a - b));
  });

  test.each(seeds)('gives each call its own reply (seed %i)', async (shuffle) => {
    const cluster = await startCluster({ nodes: 2, shuffle });
    const client = clientOf(cluster);
    const keys = Array.from({ length: 200 }, (_, index) => `key:${index}`);
    await Promise.all(keys.map((key) => client.set(key, `value of ${key}`)));
    const read = await Promise.all(keys.map((key) => client.get(key)));
    expect(read).toEqual(keys.map((key) => `value of ${key}`));
    const many = keys.slice(0, 50);
    const [values, one] = await Promise.all([client.getMany([...many, 'missing']), client.get('key:199')]);
    expect([...values.keys()].toSorted()).toEqual(many.toSorted());
    expect(one).toBe('value of key:199');
  });

  test.each(seeds)('executes the calls of one key in the order of the calls (seed %i)', async (shuffle) => {
    const cluster = await startCluster({ nodes: 2, shuffle });
    const client = clientOf(cluster);
    const keys = Array.from({ length: 20 }, (_, index) => `key:${index}`);
    const calls = keys.map((key) => [
      client.set(key, 'a'),
      client.append(key, 'b'),
      client.get(key),
      client.get(key),
      client.prepend(key, 'c'),
      client.set(`${key}:count`, '1'),
      client.incr(`${key}:count`),
      client.get(key),
      client.delete(key),
      client.get(key),
      client.add(key, 'd'),
      client.getMany([key]),
      client.replace(key, 'e'),
      client.get(key),
    ]);
    for (const [index, key] of keys.entries()) {
      const results = await Promise.all(calls[index]!);
      const read = [results[2], results[3], results[6], results[7], results[9], results[11], results[13]];
      expect(read).toEqual(['ab', 'ab', 2, 'cab', undefined, new Map([[key, 'd']]), 'e']);
    }
  });
});

describe('a slow item', () => {
  test('holds up no other call', async () => {
    const { cluster, finish } = await slowCluster('slow');
    const client = clientOf(cluster);
    await client.set('fast', 1);
    let isDone = false;
    const slow = client.get('slow').then(() => (isDone = true));
    expect(await client.get('fast')).toBe(1);
    expect(isDone).toBe(false);
    finish();
    await slow;
  });

  test('holds up every later call of its connection without unordered execution', async () => {
    const { cluster, finish } = await slowCluster('slow');
    const client = clientOf(cluster, false);
    await client.set('fast', 1);
    const ended: string[] = [];
    const slow = client.get('slow').then(() => ended.push('slow'));
    const fast = client.get('fast').then(() => ended.push('fast'));
    await clientOf(cluster, false).get('fast');
    expect(ended).toEqual([]);
    finish();
    await Promise.all([slow, fast]);
    expect(ended).toEqual(['slow', 'fast']);
  });

  test('holds up later writes of its own key', async () => {
    const { cluster, finish } = await slowCluster('slow');
    const client = clientOf(cluster);
    await client.get('fast');
    const slow = client.get('slow');
    const write = client.set('slow', 'later');
    await clientOf(cluster).get('fast');
    finish();
    expect(await slow).toBeUndefined();
    finish();
    expect(await write).toBe(true);
  });
});
