/** Looking at real fleets: nodes that reply, refuse, stall, and go away. */
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createClient } from 'memfleet';
import { startServer } from 'memfleet/testing';
import { expect, onTestFinished, test } from 'vitest';
import { Fleet } from '../../src/fleet/fleet.ts';
import { Sampler } from '../../src/fleet/sampler.ts';
import { embedded } from '../proxy/embedded.ts';

const timeout = 9000;

/** A node that accepts connections and never replies. */
async function stalledNode(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

function samplerOf(nodes: readonly string[], patience: number = timeout): Sampler {
  const fleet = new Fleet({ nodes: [...nodes], timeout, connectTimeout: timeout, pool: { min: 0, max: 1 } }, true);
  onTestFinished(() => fleet.client.destroy());
  return new Sampler(fleet, { interval: 1000, timeout, patience });
}

test('a look has the figures of every node; the second has rates and the probes their times', async () => {
  const node = await embedded();
  const client = createClient(node);
  const sampler = samplerOf([node]);
  const first = await sampler.look();
  expect(first.nodes).toMatchObject([{ node, state: 'up', figures: { items: 0, requests: undefined } }]);
  await client.set('k', 'v');
  await client.get('k');
  await client.close();
  for (let probe = 0; probe < 4; probe++) await sampler.probe();
  const [row] = (await sampler.look()).nodes;
  expect(row?.figures).toMatchObject({ items: 1, hitRatio: 1, maxConnections: 1024 });
  expect(row?.figures?.rates.set).toBeGreaterThan(0);
  expect(row?.p50).toBeGreaterThan(0);
});

test('a node that refuses is down with its reason, and the others have their figures', async () => {
  const node = await embedded();
  const sampler = samplerOf([node, '127.0.0.1:1']);
  const { nodes } = await sampler.look();
  expect(nodes).toMatchObject([
    { node, state: 'up' },
    { node: '127.0.0.1:1', state: 'down', problem: expect.stringContaining('ECONNREFUSED') },
  ]);
});

test('a node that stalls holds up no look, and is slow after a second', async () => {
  const node = await embedded();
  const stalled = await stalledNode();
  const sampler = samplerOf([node, stalled], 50);
  let { nodes } = await sampler.look();
  expect(nodes[1]?.state).toBe('new');
  while (nodes[1]?.state === 'new') ({ nodes } = await sampler.look());
  expect(nodes).toMatchObject([{ state: 'up' }, { state: 'slow', problem: expect.stringMatching(/^no reply for \d/) }]);
});

test('a node that comes back is up again', async () => {
  const server = await startServer();
  onTestFinished(() => server.stop());
  const sampler = samplerOf([`${server.host}:${server.port}`]);
  const state = async (): Promise<string | undefined> => (await sampler.look()).nodes[0]?.state;
  await sampler.look();
  await server.down();
  expect(await state()).toBe('down');
  await server.up();
  while ((await state()) !== 'up') await new Promise((resolve) => setImmediate(resolve));
});
