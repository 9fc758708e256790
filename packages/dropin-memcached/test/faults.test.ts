/** Where npm `memcached` hangs, throws or damages values, and the drop-in does not. */
import { createServer as listen, type Server } from 'node:net';
import { createClient, transcoders } from 'memfleet';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { nextUncaught } from '../../memfleet/test/support/next-uncaught.ts';
import { type RunningNode, startEmbedded } from './support/judges.ts';
import { dropin, open } from './support/open.ts';

let node: RunningNode;
beforeAll(async () => {
  node = await startEmbedded();
});
afterAll(() => node.stop());

/** A client of memfleet that sees bytes. */
function openBytes(): ReturnType<typeof createClient<Uint8Array>> {
  const client = createClient({ nodes: node.address, transcoder: transcoders.bytes });
  onTestFinished(() => client.close());
  return client;
}

/** A node that receives requests and does with their socket what the test says. */
async function listening(onConnection: Parameters<typeof listen>[1]): Promise<string> {
  const server: Server = listen(onConnection as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('text with line ends is stored as it is, without backslashes', async () => {
  const { call } = open(dropin, node.address);
  await call('set', 'k', 'a\r\nb\n', 0);
  expect(Buffer.from((await openBytes().get('k')) ?? []).toString()).toBe('a\r\nb\n');
});

test('with escapeLineEnds, text is stored as the original stores it', async () => {
  const { call } = open(dropin, node.address, { escapeLineEnds: true });
  await call('set', 'k', 'a\r\nb', 0);
  expect(Buffer.from((await openBytes().get('k')) ?? []).toString()).toBe('a\\\r\\\nb');
  expect(await call('get', 'k')).toEqual([undefined, 'a\r\nb']);
});

test('a value that looks like the end of a reply is a value', async () => {
  const { call } = open(dropin, node.address);
  await openBytes().set('k', Buffer.from('a\r\nEND\r\nVALUE x 0 1\r\n'));
  expect(await call('get', 'k')).toEqual([undefined, 'a\r\nEND\r\nVALUE x 0 1\r\n']);
  expect(await call('get', 'k')).toEqual([undefined, 'a\r\nEND\r\nVALUE x 0 1\r\n']);
});

test('a server that closes in the middle of a request is an error of the call', async () => {
  const address = await listening((socket) => socket.once('data', () => socket.destroy()));
  const { call } = open(dropin, address, { timeout: 2000 });
  const [error, result] = await call('set', 'k', 1, 0);
  expect(error).toMatch(/\w/);
  expect(result).toBeUndefined();
});

test('a server that does not reply is an error of the call, when its timeout is over', async () => {
  const address = await listening((socket) => socket.on('error', () => socket.destroy()).resume());
  const { call } = open(dropin, address, { timeout: 50 });
  expect(await call('get', 'k')).toEqual([expect.stringMatching(/[Tt]imed out|timeout|within/) as string, undefined]);
});

test.each([[undefined], [() => 1], [Symbol('s')]])(
  'a value without JSON, %s, is an error of the call',
  async (value) => {
    const { call } = open(dropin, node.address);
    expect(await call('set', 'k', value, 0)).toEqual([expect.stringContaining('cannot be stored') as string, false]);
  },
);

test('a value that does not match its flags is an error of the call', async () => {
  const { call } = open(dropin, node.address);
  const json = createClient({
    nodes: node.address,
    transcoder: { encode: (data: string) => ({ data, flags: 2 }), decode: String },
  });
  onTestFinished(() => json.close());
  await json.set('k', '{"half');
  expect(await call('get', 'k')).toEqual([expect.stringContaining('decoded') as string, undefined]);
});

test('a refusal of the server is an error of the call, and the server stays in use', async () => {
  const { client, call } = open(dropin, node.address, { maxValue: 10_000_000 });
  expect(await call('set', 'k', 'x'.repeat(2_000_000), 0)).toEqual(['object too large for cache', false]);
  expect(client.listenerCount('issue')).toBe(0);
  expect(await call('set', 'k', 1, 0)).toEqual([undefined, true]);
});

test('getMulti of no keys calls back', async () => {
  const { call } = open(dropin, node.address);
  expect(await call('getMulti', [])).toEqual([undefined, {}]);
});

test('more calls in flight than maxQueueSize are refused at once', async () => {
  const { call } = open(dropin, node.address, { maxQueueSize: 1 });
  const calls = [call('set', 'k', 1, 0), call('get', 'k')];
  expect(await Promise.all(calls)).toEqual([
    [undefined, true],
    ['over queue limit', null],
  ]);
  expect(await call('get', 'k')).toEqual([undefined, 1]);
});

test('without a callback, a method is executed and returns a promise', async () => {
  const { client } = open(dropin, node.address);
  expect(await client.set('k', 1, 0)).toBe(true);
  expect(await client.get('k')).toBe(1);
  expect(await client.get(['k'])).toEqual({ k: 1 });
  expect(await client.version()).toHaveLength(1);
  await expect(client.add('k', 2, 0)).rejects.toMatchObject({ notStored: true });
});

test('a callback may be an async function', async () => {
  const { client } = open(dropin, node.address);
  const result = await new Promise((resolve) => {
    const callback = async (_error: unknown, stored: boolean): Promise<void> => resolve(stored);
    client.set('k', 1, 0, callback as unknown as () => void);
  });
  expect(result).toBe(true);
});

test('the client can be made without new, and is an instance all the same', () => {
  const client = dropin(node.address);
  expect(client).toBeInstanceOf(dropin);
  client.end();
});

test('another hash of the ring than md5 is refused: its keys would be elsewhere', () => {
  expect(() => new dropin(node.address, { algorithm: 'crc32' })).toThrow(/md5/);
});

test('what a callback throws is an uncaught exception, as with the original', async () => {
  const { client } = open(dropin, node.address);
  const caught = nextUncaught();
  client.get('k', () => {
    throw new Error('thrown by the callback');
  });
  expect(await caught).toMatchObject({ message: 'thrown by the callback' });
});

test('a value under the key __proto__ is a result, and no prototype of the results', async () => {
  const { call } = open(dropin, node.address);
  await call('set', '__proto__', { isAdmin: true }, 0);
  const [, results] = await call('getMulti', ['__proto__', 'none']);
  expect(Object.keys(results as object)).toEqual(['__proto__']);
  expect((results as { isAdmin?: boolean }).isAdmin).toBeUndefined();
});

test('arguments of cachedump cannot bring commands of their own', async () => {
  const { call } = open(dropin, node.address);
  await call('set', 'kept', 1, 0);
  const [error] = await call('cachedump', node.address, '1 1\r\nflush_all\r\n', 1);
  expect(String(error)).toContain('not valid Numbers');
  expect(await call('get', 'kept')).toEqual([undefined, 1]);
});
