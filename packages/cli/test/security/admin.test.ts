/** The endpoints for operators: a web page that reads them by DNS rebinding, and connections that only take up room. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { type AdminBounds, AdminServer } from '../../src/proxy/admin/admin-server.ts';
import { type Endpoints, jsonAnswer, textAnswer } from '../../src/proxy/admin/answer.ts';

/** Endpoints, one with a long answer. */
const endpoints: Endpoints = new Map([
  ['/', () => textAnswer('the page')],
  ['/healthz', () => textAnswer('ok')],
  ['/readyz', () => textAnswer('ready')],
  ['/metrics', () => textAnswer('x'.repeat(10_000_000))],
  ['/config', () => jsonAnswer({})],
  ['/topology', () => jsonAnswer({})],
]);

async function start(hosts: readonly string[] = [], bounds?: AdminBounds): Promise<() => Promise<Socket>> {
  const server = new AdminServer(endpoints, () => {}, { hosts, users: {}, isInsecure: false }, bounds);
  onTestFinished(() => server.close());
  const address = await server.listen({ port: 0 });
  return async () => {
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
}

/** The status of an answer. */
async function statusOf(open: () => Promise<Socket>, path: string, host: string | undefined): Promise<number> {
  const socket = await open();
  const version = host === undefined ? 'HTTP/1.0' : 'HTTP/1.1';
  socket.write(`GET ${path} ${version}\r\n${host === undefined ? '' : `Host: ${host}\r\n`}\r\n`);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(chunk.toString().split(' ')[1]);
}

test.each([
  'evil.example',
  'evil.example:9311',
  '127.0.0.1.evil.example',
  'localhost.evil.example:80',
  'a b',
  '[::1].evil.example',
])('Host: %s reads nothing', async (host) => {
  const open = await start(['proxy.internal']);
  for (const path of ['/config', '/topology', '/metrics', '/', '/nothing'])
    expect(await statusOf(open, path, host)).toBe(421);
  for (const path of ['/healthz', '/readyz']) expect(await statusOf(open, path, host)).toBe(200);
});

test.each([
  '127.0.0.1',
  '127.0.0.1:9311',
  '[::1]:9311',
  'localhost:9311',
  'LOCALHOST',
  'memfleet-proxy:9311',
  'proxy.internal:9311',
  'Proxy.Internal.',
  hostname(),
  undefined,
])('Host: %s may be used', async (host) => {
  const open = await start(['proxy.internal']);
  expect(await statusOf(open, '/config', host)).toBe(200);
});

test.each([
  ['nothing', ''],
  ['half a request line', 'GET /conf'],
  ['headers without an end', 'GET /config HTTP/1.1\r\nHost: localhost\r\nX: y\r\n'],
  ['a body without an end', 'POST /config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab'],
])('a connection that sends %s is closed when its time is over', async (_, sent) => {
  const open = await start([], { requestTimeout: 100, idleTimeout: 300, maxConnections: 10 });
  const socket = await open();
  socket.resume();
  socket.write(sent);
  await once(socket, 'close');
});

test('a client that does not read its response is closed when its time is over', async () => {
  const open = await start([], { requestTimeout: 10_000, idleTimeout: 100, maxConnections: 1 });
  const silent = await open();
  silent.pause();
  silent.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  // There is room for the next one as soon as it is gone.
  let isServed = false;
  while (!isServed) {
    const next = await open();
    next.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const data = once(next, 'data').then(() => true);
    isServed = await Promise.race([data, once(next, 'close').then(() => false)]);
    data.catch(() => {});
  }
});

test('connections are bounded: one more is closed, the others are served', async () => {
  const open = await start([], { requestTimeout: 10_000, idleTimeout: 10_000, maxConnections: 2 });
  const first = await open();
  await open();
  const third = await open();
  third.resume();
  await once(third, 'close');
  first.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [chunk] = (await once(first, 'data')) as [Buffer];
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 200 /);
});
