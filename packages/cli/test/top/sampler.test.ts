/** Looking at real fleets: nodes that reply, refuse, stall, and go away. */
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createClient } from 'memfleet';
import { createServer, type Server, type ServerOptions } from 'memfleet/server';
import { expect, onTestFinished, test } from 'vitest';
import { selfSigned } from '../../../memfleet/test/support/self-signed.ts';
import { Fleet } from '../../src/fleet/fleet.ts';
import { Details } from '../../src/top/details.ts';
import { HotKeys, type HotKeysView } from '../../src/top/keys/hot-keys.ts';
import { KeyBrowser } from '../../src/top/keys/key-browser.ts';
import { plainOptions } from '../../src/top/keys/node-fleet.ts';
import { Sampler } from '../../src/top/sampler.ts';
import { captureOutput, runWords } from '../support/captured.ts';

captureOutput();

const timeout = 9000;

async function serve(options: ServerOptions = {}): Promise<{ readonly node: string; readonly server: Server }> {
  const server = createServer({ port: 0, ...options });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  return { node: 'port' in address ? `127.0.0.1:${address.port}` : '', server };
}

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

function samplerOf(nodes: readonly string[], patience: number = timeout): { sampler: Sampler; fleet: Fleet } {
  const fleet = new Fleet(plainOptions({ nodes: [...nodes], timeout, connectTimeout: timeout }), true);
  onTestFinished(() => fleet.client.destroy());
  return { fleet, sampler: new Sampler(fleet, { interval: 1000, timeout, patience }) };
}

test('a look has the figures of every node; the second has rates and the probes their times', async () => {
  const { node } = await serve();
  const client = createClient(node);
  const { sampler } = samplerOf([node]);
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
  const { node } = await serve();
  const { sampler } = samplerOf([node, '127.0.0.1:1']);
  const { nodes } = await sampler.look();
  expect(nodes).toMatchObject([
    { node, state: 'up' },
    { node: '127.0.0.1:1', state: 'down', problem: expect.stringContaining('ECONNREFUSED') },
  ]);
});

test('a node that stalls holds up no look, and is slow after a second', async () => {
  const { node } = await serve();
  const stalled = await stalledNode();
  const { sampler } = samplerOf([node, stalled], 50);
  let { nodes } = await sampler.look();
  expect(nodes[1]?.state).toBe('new');
  while (nodes[1]?.state === 'new') ({ nodes } = await sampler.look());
  expect(nodes).toMatchObject([{ state: 'up' }, { state: 'slow', problem: expect.stringMatching(/^no reply for \d/) }]);
});

test('a node that comes back is up again', async () => {
  const { node, server } = await serve();
  const { sampler } = samplerOf([node]);
  await sampler.look();
  await server.destroy();
  expect((await sampler.look()).nodes[0]?.state).toBe('down');
  const port = Number(node.split(':')[1]);
  const again = createServer({ port, host: '127.0.0.1' });
  await again.listen();
  onTestFinished(() => again.destroy());
  const state = async (): Promise<string | undefined> => (await sampler.look()).nodes[0]?.state;
  while ((await state()) !== 'up') await new Promise((resolve) => setImmediate(resolve));
});

test('details are those of every node that tells them', async () => {
  const { node } = await serve();
  const client = createClient(node);
  await client.set('k', 'v');
  await client.close();
  const { fleet } = samplerOf([node, '127.0.0.1:1']);
  const details = new Details(fleet, timeout);
  await details.refresh();
  expect(details.known.settings.get(node)?.get('maxconns')).toBe('1024');
  expect(details.known.slabs.get(node)?.get('active_slabs')).toBe('1');
  expect(details.known.slabs.get('127.0.0.1:1')?.size).toBe(0);
});

/** Ticks until the view is as wanted. */
async function until(hotKeys: HotKeys, node: string, isWanted: (view: HotKeysView) => boolean): Promise<HotKeysView> {
  for (;;) {
    const view = hotKeys.tick([node]);
    if (isWanted(view)) return view;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([
  ['a node', {}, {}],
  ['a node with a login', { users: { bob: 'secret' } }, { username: 'bob', password: 'secret' }],
  ['a node behind TLS', { tls: selfSigned }, { tls: { ca: selfSigned.cert } }],
] as const)('hot keys come from watch fetchers of %s', async (_, server, login) => {
  const { users, ...rest } = server as { readonly users?: Record<string, string> };
  const authenticate = (user: string, password: string): boolean => users?.[user] === password;
  const { node } = await serve({ ...rest, ...(users === undefined ? {} : { authenticate }) });
  const options = { nodes: [node], ...login };
  const hotKeys = new HotKeys(options, timeout);
  onTestFinished(() => hotKeys.close());
  await until(hotKeys, node, ({ sources }) => sources.get(node)?.source === 'watched');
  const client = createClient(options);
  await client.set('hot key\u001b', 'v');
  for (let n = 0; n < 10; n++) await client.get('hot key\u001b');
  await client.close();
  const { keys } = await until(hotKeys, node, ({ total }) => total >= 10);
  expect(keys[0]).toMatchObject({ key: 'hot%20key%1B', node, size: 1 });
});

test('where watch is refused, the keys that were read of late are sampled', async () => {
  const { node } = await serve({ settings: { watch_enabled: 'no' } });
  const client = createClient(node);
  await client.set('k', 'v');
  await client.close();
  const hotKeys = new HotKeys({ nodes: [node] }, timeout);
  onTestFinished(() => hotKeys.close());
  const { keys, sources } = await until(hotKeys, node, ({ total }) => total > 0);
  expect([keys[0]?.key, sources.get(node)?.source]).toEqual(['k', 'sampled']);
});

test('a node without either says why', async () => {
  const { node } = await serve({ settings: { watch_enabled: 'no', dump_enabled: 'no' } });
  const hotKeys = new HotKeys({ nodes: [node] }, timeout);
  onTestFinished(() => hotKeys.close());
  const { sources } = await until(hotKeys, node, (view) => view.sources.get(node)?.source === 'none');
  expect(sources.get(node)?.problem).toContain('not allowed');
});

test('the key browser lists prefixes and deletes a key on the node that has it', async () => {
  const { node } = await serve();
  const client = createClient(node);
  const raw = Buffer.from([0x75, 0x3a, 0xff]);
  await client.set('u:1', 'v', 50);
  await client.set(raw, 'v');
  const browser = new KeyBrowser({ nodes: [node, '127.0.0.1:1'], prefix: 'ignored:' }, timeout, ':', '');
  await browser.browse('');
  expect(browser.level).toMatchObject({ keys: 2, isDone: true, entries: [{ name: 'u:', keys: 2, isKey: false }] });
  expect(browser.level.problems).toEqual([expect.stringContaining('ECONNREFUSED')]);
  await browser.browse('u:');
  const entry = browser.level.entries.find(({ name }) => name === 'u:\u00ff');
  expect(entry).toMatchObject({ isKey: true, node });
  expect(await browser.remove(entry!)).toBe(true);
  expect(await browser.remove(entry!)).toBe(false);
  expect(await client.get(raw)).toBeUndefined();
  expect(await client.get('u:1')).toBe('v');
  await client.close();
});

test('memfleet top --once prints a table; a node that is down makes the exit code 1', async () => {
  const { node } = await serve();
  const words = ['top', '--once', '--interval', '0.2', '--timeout', '9000', '--nodes'];
  const well = await runWords(...words, node);
  expect([well.code, well.stderr]).toEqual([0, '']);
  expect(well.stdout).toMatch(/^1 node /);
  const ill = await runWords(...words, `${node},127.0.0.1:1`);
  expect([ill.code, ill.stderr]).toEqual([1, '']);
  expect(ill.stdout).toMatch(/127\.0\.0\.1:1 +down +.*ECONNREFUSED/);
});

test('memfleet top --once --json prints one object', async () => {
  const { node } = await serve();
  const { code, stdout } = await runWords(
    'top',
    '--once',
    '--json',
    '--interval',
    '0.2',
    '--timeout',
    '9000',
    '--nodes',
    node,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ nodes: [{ node, state: 'up', rates: { get: 0 } }] });
});

test('without a terminal, top says what prints without one', async () => {
  const { code, stderr } = await runWords('top');
  expect([code, stderr]).toEqual([2, expect.stringContaining('--once')]);
});
