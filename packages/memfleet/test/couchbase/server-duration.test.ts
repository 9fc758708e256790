/** How long Couchbase nodes worked on requests, in the messages of `memfleet:command` and in spans. */
import { expect, onTestFinished, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { commandChannel, type CommandMessage } from '../../src/observe/command-trace.ts';
import { feature, parseFeatures } from '../../src/protocol/binary/hello.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { startSdk } from '../otel/support.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { DataClient } from '../testing/support/data-client.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

function clientOf(cluster: SimulatedCluster): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ nodes, couchbase: cluster.credentials });
}

/** Subscribes until the test ends; the messages of the calls that have settled. */
function subscribed(): CommandMessage[] {
  const messages: CommandMessage[] = [];
  const nothing = (): void => {};
  const asyncEnd = (message: CommandMessage): void => void messages.push(message);
  const subscribers = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd, error: nothing };
  commandChannel.subscribe(subscribers);
  onTestFinished(() => {
    commandChannel.unsubscribe(subscribers);
  });
  return messages;
}

/** A cluster with a clock of its own, on which requests for these keys take as long as their name says. */
async function timedCluster(): Promise<SimulatedCluster> {
  const clock = new FakeClock();
  const cluster = await startCluster({ nodes: 1, replicas: 0, clock });
  cluster.fault = ({ key }) => {
    const ms = Number(/^(\d+) ms$/.exec(key)?.[1] ?? 0);
    if (ms > 0) queueMicrotask(() => clock.advance(ms));
    return ms > 0 ? { kind: 'delay', ms } : undefined;
  };
  return cluster;
}

test('a node that was granted tracing puts the time into each reply', async () => {
  const cluster = await startCluster({ nodes: 1 });
  const client = await DataClient.ready(cluster, cluster.nodes[0], 'default', [feature.tracing]);
  const chunk = new Promise<Buffer>((resolve) => void client.socket.once('data', resolve));
  await client.get('missing');
  expect([...(await chunk).subarray(0, 4)]).toEqual([0x18, opcode.get, 3, 0]);
  expect(parseFeatures((await client.hello([feature.tracing])).value)).toEqual([feature.tracing]);
});

test('a message has the milliseconds that the node worked on the request', async () => {
  const messages = subscribed();
  const client = clientOf(await timedCluster());
  await client.set('40 ms', 'a value');
  await client.get('900 ms');
  await client.get('0 ms');
  const [set, get, fast] = messages.map(({ serverDuration }) => serverDuration!);
  expect(set! / 40).toBeCloseTo(1, 1);
  expect(get! / 900).toBeCloseTo(1, 1);
  expect(fast).toBe(0);
  expect(messages.map(({ responseSize }) => responseSize)).toEqual([0, 0, 0]);
});

test('the time of a refusal counts as well, and that of a batch is its longest', async () => {
  const messages = subscribed();
  const cluster = await timedCluster();
  const client = clientOf(cluster);
  await client.set('text', 'no number');
  await client.incr('text').catch(() => undefined);
  await client.set('200 ms', 1);
  await client.getMany(['200 ms', 'text']);
  await client.setMany({ '300 ms': 1, text: 2 });
  const times = messages.map(({ serverDuration }) => serverDuration!);
  expect(times.slice(0, 2)).toEqual([0, 0]);
  expect(times[3]! / 200).toBeCloseTo(1, 1);
  expect(times[4]! / 300).toBeCloseTo(1, 1);
});

test('values are the same with the time in front of them', async () => {
  subscribed();
  const client = clientOf(await startCluster({ nodes: 2 }));
  const values = [1, 'text', { a: [true, null] }, Buffer.alloc(200_000, 7), 'é'.repeat(1000)];
  for (const [index, value] of values.entries()) await client.set(`key${index}`, value);
  const read = await Promise.all(values.map((_, index) => client.get(`key${index}`)));
  expect(read).toEqual(values);
  const many = await client.getMany(values.map((_, index) => `key${index}`));
  expect([...many.values()]).toHaveLength(values.length);
});

test('nodes are not asked for it while nobody listens, and the message then has none', async () => {
  const cluster = await startCluster({ nodes: 1, replicas: 0 });
  const client = clientOf(cluster);
  await client.set('key', 1);
  const messages = subscribed();
  expect(await client.get('key')).toBe(1);
  expect(messages.map(({ serverDuration }) => serverDuration)).toEqual([undefined]);
});

test('a span has it in microseconds, under the name that the SDKs of Couchbase use', async () => {
  const { spans } = startSdk();
  const client = clientOf(await timedCluster());
  await client.get('50 ms');
  const found = spans().map(({ attributes }) => attributes['couchbase.server_duration']);
  expect(found).toEqual([expect.any(Number)]);
  expect(Number(found[0]) / 50_000).toBeCloseTo(1, 1);
});
