/** What a client tells of itself: events, diagnostics channels, snapshots. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { channels } from '../../src/index.ts';
import { connect, deadAddress, failure, startNode, within } from '../support/harness.ts';

/** Collects what a channel tells about these nodes until the test ends. */
function listen(name: string, ...nodes: readonly string[]): Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = [];
  const onMessage = (message: unknown): void => {
    const told = message as Record<string, unknown>;
    const about = told['nodes'] ?? [String(told['node'])];
    if (Array.isArray(about) && about.some((node) => nodes.includes(node as string))) messages.push(told);
  };
  subscribe(name, onMessage);
  onTestFinished(() => void unsubscribe(name, onMessage));
  return messages;
}

describe('events', () => {
  test('connect, disconnect, topology, eject, readmit: each with its node, in order', async () => {
    const node = await startNode();
    const other = await startNode();
    const { client } = connect([node, other], {
      ejectAfter: 1,
      ejectTime: 10,
      pool: { backoff: { initial: 1, max: 1 } },
    });
    const told: string[] = [];
    for (const name of ['connect', 'disconnect', 'eject', 'readmit', 'topology'] as const) {
      client.on(name, (event) => {
        if ('nodes' in event) told.push(`${name} ${event.nodes.length}`);
        else if (event.node === node.address) told.push(name);
      });
    }
    const names = Array.from({ length: 200 }, (_, at) => `k${at}`);
    const key = names.find((name) => client.nodeOf(name) === node.address) as string;
    await client.set(key, 1);
    const ejected = new Promise<{ node: string; error: Error; duration: number }>((resolve) => {
      client.on('eject', resolve);
    });
    const readmitted = new Promise<{ node: string; duration: number }>((resolve) => {
      client.on('readmit', resolve);
    });
    await node.down();
    while (client.stats().nodes[0]?.ejections === 0) await client.get(key).catch(() => {});
    expect(await ejected).toMatchObject({ node: node.address, duration: 10 });
    expect((await ejected).error).toBeInstanceOf(Error);
    await node.listen();
    expect((await within(2000, readmitted)).duration).toBeGreaterThanOrEqual(9);
    client.setNodes([node.address]);
    // On a busy machine more than one probe may fail.
    const once = told.filter((name, at) => name !== told[at - 1]);
    expect(once).toEqual(['connect', 'disconnect', 'eject', 'connect', 'readmit', 'topology 1']);
  });

  test('a listener that was taken back hears no more', async () => {
    const node = await startNode();
    const { client } = connect(node);
    let heard = 0;
    const off = client.on('connect', () => heard++);
    off();
    off();
    await client.set('k', 1);
    expect(heard).toBe(0);
  });
});

describe('diagnostics channels', () => {
  test('connections, waits, ejections and node lists have theirs', async () => {
    const node = await startNode();
    const dead = await deadAddress();
    const about = [node.address, dead];
    const { command: _command, ...events } = channels;
    const told = Object.fromEntries(
      Object.values(events).map(({ name }) => [name.replace('memfleet:', ''), listen(name, ...about)]),
    );
    const { client } = connect([node, dead], { ejectAfter: 1, retry: false });
    await Promise.all(Array.from({ length: 20 }, (_, i) => client.get(`k${i}`).catch(() => {})));
    client.setNodes([node.address]);
    await client.close();
    expect(told['connect']).toMatchObject([{ node: node.address, protocol: 'meta' }]);
    expect(told['connect-failed']?.[0]).toMatchObject({ node: dead });
    const waits = (error: unknown): unknown => expect.objectContaining({ duration: expect.any(Number), error });
    expect(told['pool-wait']).toContainEqual(waits(undefined));
    expect(told['pool-wait']).toContainEqual(waits(expect.any(Error)));
    expect(told['pool-wait']?.length).toBe(20);
    expect(told['eject']?.[0]).toMatchObject({ node: dead });
    expect(told['topology']?.at(-1)).toMatchObject({ nodes: [node.address], added: [], removed: [dead], revision: 2 });
    expect(told['disconnect']).toMatchObject([{ node: node.address, error: undefined }]);
  });

  test('nobody has subscribed: nothing is made', () => {
    for (const channel of Object.values(channels)) expect(channel.hasSubscribers).toBe(false);
  });
});

describe('stats()', () => {
  test('counts connections, callers, timeouts and failures of every node', async () => {
    const node = await startNode();
    const { client } = connect(node, { retry: false, pool: { exclusive: true, max: 2 } });
    expect(client.stats()).toMatchObject({
      revision: 1,
      nodes: [{ node: node.address, state: 'alive', open: 0, connects: 0 }],
    });
    const calls = Array.from({ length: 10 }, (_, i) => client.get(`k${i}`));
    expect(client.stats().nodes[0]).toMatchObject({ connecting: 2, waiting: 10, inFlight: 0, waits: 10 });
    await Promise.all(calls);
    expect(client.stats().nodes[0]).toMatchObject({
      open: 2,
      connecting: 0,
      waiting: 0,
      inFlight: 0,
      peak: 2,
      protocol: 'meta',
    });
    node.script = { onCommand: () => true };
    await failure(client.get('k', { timeout: 30 }));
    expect(client.stats().nodes[0]).toMatchObject({ timeouts: 1, failures: 1, state: 'suspect', disconnects: 1 });
  });

  test('an error names its node, its command, and whether bytes were sent', async () => {
    const node = await startNode({
      onCommand: (command, connection) => command.verb === 'get' && connection.reset() === undefined,
    });
    const { client } = connect(node, { retry: false });
    const error = await failure(client.get('k'));
    expect(error).toMatchObject({
      code: 'ERR_CONNECTION_CLOSED',
      node: node.address,
      sent: true,
      name: 'ConnectionClosedError',
    });
    expect(error.message).toContain('get "k"');
    expect(error.message).toContain(node.address);
    expect(error.cause).toBeInstanceOf(Error);
  });
});
