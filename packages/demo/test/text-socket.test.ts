/** A plain text client: answers in order, however their bytes come. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type MemcacheError, PartialResultError, ServerError } from 'memfleet';
import { expect, onTestFinished, test, vi } from 'vitest';
import { proxyError } from '../src/proxied.ts';
import { TextCache } from '../src/text-cache.ts';
import { parseAnswer, TextSocket } from '../src/text-socket.ts';

const errorOf = (line: string): MemcacheError => new ServerError(line, 'server', 0);

/** A server of ours, and what it does with each client. */
async function listening(serve: (peer: Socket) => void): Promise<string> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** A connected socket, and the other end of it. */
async function connected(): Promise<{ socket: TextSocket; peer: Socket }> {
  let accept: (peer: Socket) => void = () => {};
  const accepted = new Promise<Socket>((resolve) => (accept = resolve));
  const node = await listening((peer) => accept(peer));
  const socket = new TextSocket({ node, timeout: 5000, errorOf });
  const peer = await accepted;
  onTestFinished(() => {
    socket.close();
    peer.destroy();
  });
  return { socket, peer };
}

test.each([1, 2, 7, 1000])('replies in pieces of %d bytes are put together', async (size) => {
  const { socket, peer } = await connected();
  const answers = Promise.all(
    [['get a b\r\n'], ['set c 0 0 1\r\n', 'x', '\r\n'], ['get d\r\n']].map((request) => socket.ask(request)),
  );
  const bytes = 'VALUE a 0 6\r\nx\r\nEND\r\nVALUE b 0 0 7\r\n\r\nEND\r\nSTORED\r\nEND\r\n';
  for (let at = 0; at < bytes.length; at += size) {
    peer.write(bytes.slice(at, at + size));
    await setImmediate();
  }
  const [first, second, third] = await answers;
  expect([...(first?.items ?? [])].map(([key, { value, cas }]) => [key, Buffer.from(value).toString(), cas])).toEqual([
    ['a', 'x\r\nEND', 0n],
    ['b', '', 7n],
  ]);
  expect([second?.line, third?.line, third?.items.size]).toEqual(['STORED', 'END', 0]);
});

test('an error line is the error of its own request only', async () => {
  const { socket, peer } = await connected();
  const first = socket.ask(['get a\r\n']);
  const second = socket.ask(['get b\r\n']);
  peer.write('SERVER_ERROR no\r\nEND\r\n');
  await expect(first).rejects.toThrow('SERVER_ERROR no');
  expect((await second).line).toBe('END');
});

test('when the connection ends, whatever waits has failed and may have had its effect', async () => {
  const { socket, peer } = await connected();
  const answer = socket.ask(['get a\r\n']);
  await once(peer, 'data');
  peer.destroy();
  await expect(answer).rejects.toMatchObject({ code: 'ERR_CONNECTION_CLOSED', sent: true });
  expect(socket.isLost).toBe(true);
});

test('where nobody listens, the call fails and had no effect', async () => {
  const socket = new TextSocket({ node: '127.0.0.1:1', timeout: 5000, errorOf });
  await expect(socket.ask(['get a\r\n'])).rejects.toMatchObject({ code: 'ERR_CONNECT', sent: false });
});

test('a reply that does not come in time ends the connection', async () => {
  const { socket, peer } = await connected();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const answer = socket.ask(['get a\r\n']);
  await once(peer, 'data');
  vi.advanceTimersByTime(5000);
  await expect(answer).rejects.toMatchObject({ code: 'ERR_TIMEOUT', sent: true });
  expect(socket.isLost).toBe(true);
});

test('how much is missing is told, so that a large value is not looked through again and again', () => {
  expect(parseAnswer(Buffer.from('VALUE a 0 100\r\nabc'))).toBe(15 + 100 + 2);
  expect(parseAnswer(Buffer.from('STOR'))).toBe(5);
});

test('a cache opens a socket per call, or as many as stay, and another one for a socket that was lost', async () => {
  const node = await listening((peer) => {
    peer.on('data', (request) => (request.includes('lost') ? peer.destroy() : peer.write('END\r\n')));
  });
  const call = new TextCache({ nodeOf: () => node, timeout: 5000 });
  for (const key of ['a', 'b', 'c']) expect(await call.get(key)).toBeUndefined();
  expect(call.opened).toBe(3);
  const few = new TextCache({ nodeOf: () => node, timeout: 5000, sockets: 2 });
  onTestFinished(() => few.close());
  for (const key of ['a', 'b', 'c', 'd']) expect(await few.get(key)).toBeUndefined();
  expect(few.opened).toBe(2);
  await expect(few.get('lost')).rejects.toMatchObject({ code: 'ERR_CONNECTION_CLOSED' });
  for (const key of ['e', 'f']) expect(await few.get(key)).toBeUndefined();
  expect(few.opened).toBe(3);
});

test('a request for many keys keeps what came when one of the nodes fails', async () => {
  const up = await listening((peer) => {
    peer.on('data', (request) => peer.write(request.includes('get') ? 'VALUE a 0 1\r\nx\r\nEND\r\n' : 'STORED\r\n'));
  });
  const down = await listening((peer) => peer.destroy());
  const cache = new TextCache({ nodeOf: (key) => (key === 'a' ? up : down), timeout: 5000 });
  const gets = await cache.getMany(['a', 'b', 'c']).catch((error: unknown) => error as PartialResultError);
  expect(gets).toBeInstanceOf(PartialResultError);
  expect([...(gets as PartialResultError).results.keys()]).toEqual(['a']);
  expect([...(gets as PartialResultError).failures.keys()]).toEqual(['b', 'c']);
  const value = Buffer.from('x');
  await expect(cache.setMany(new Map(['a', 'b'].map((key) => [key, value])), 60)).rejects.toMatchObject({
    results: new Map([['a', true]]),
    failures: new Map([['b', expect.objectContaining({ code: 'ERR_CONNECTION_CLOSED' })]]),
  });
});

test('an error line of the proxy that names a node is no reply of that node', () => {
  expect(proxyError('SERVER_ERROR 10.0.0.1:11211: timed out', ['10.0.0.1:11211'])).toMatchObject({
    code: 'ERR_CONNECTION_CLOSED',
    node: '10.0.0.1:11211',
    sent: true,
  });
  expect(proxyError('SERVER_ERROR object too large for cache', ['10.0.0.1:11211'])).toMatchObject({
    code: 'ERR_SERVER',
  });
});
