// Jest in its default mode: CommonJS, nothing configured; and with fake timers everywhere.
const { createServer: createNetServer } = require('node:net');
const { createClient, isNodeFailure, MemcacheError, TimeoutError } = require('memfleet');
const core = require('memfleet/core');
const { createLocator } = require('memfleet/locator');
const { createProxy } = require('memfleet/proxy');
const { createServer } = require('memfleet/server');
const { createCluster, FakeClock } = require('memfleet/testing');

let server;
let cache;
beforeEach(async () => {
  server = createServer({ port: 0 });
  const { port } = await server.listen();
  cache = createClient({ nodes: `127.0.0.1:${port}`, retry: false });
});
afterEach(async () => {
  jest.useRealTimers();
  await cache.close();
  await server.destroy();
});

test('the values of all kinds come back', async () => {
  await cache.set('object', { name: 'Ada' });
  await cache.set('bytes', Buffer.from([0, 255]));
  expect(await cache.get('object')).toEqual({ name: 'Ada' });
  expect(await cache.get('bytes')).toEqual(Buffer.from([0, 255]));
  expect(await cache.incr('visits', 1, { initial: 1 })).toBe(1);
});

test('errors are of the classes that any entry point exports', async () => {
  expect(core.MemcacheError).toBe(MemcacheError);
  await server.destroy();
  const error = await cache.get('key').catch((reason) => reason);
  expect(error).toBeInstanceOf(MemcacheError);
  expect(isNodeFailure(error)).toBe(true);
});

test('fake timers stop no call, and no timeout', async () => {
  jest.useFakeTimers();
  await cache.set('key', 'value');
  expect(await cache.get('key')).toBe('value');
  const silent = createNetServer((socket) => socket.resume());
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const late = createClient({ nodes: `127.0.0.1:${silent.address().port}`, timeout: 20, retry: false });
  await expect(late.get('key')).rejects.toBeInstanceOf(TimeoutError);
  await late.close();
  await new Promise((resolve) => silent.close(resolve));
});

test('time to live on the fake clock', async () => {
  const clock = new FakeClock();
  const timed = createServer({ port: 0, clock });
  const { port } = await timed.listen();
  const client = createClient(`127.0.0.1:${port}`);
  await client.set('key', 1, 60);
  clock.advance(61_000);
  expect(await client.get('key')).toBeUndefined();
  await client.close();
  await timed.close();
});

test('a mocked module is mocked', () => {
  jest.isolateModules(() => {
    jest.doMock('memfleet', () => ({ createClient: jest.fn() }));
    expect(require('memfleet').createClient()).toBeUndefined();
  });
});

test('the other entry points load', () => {
  expect([createLocator, createProxy, createCluster].map((value) => typeof value)).toEqual(Array(3).fill('function'));
});
