/** A socket per call: replies however their bytes come, and what a failure may have done. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { PartialResultError } from 'memfleet';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SocketPerCall } from '../src/socket-per-call.ts';

/** A server of ours, and what it does with each client. */
async function listening(serve: (peer: Socket) => unknown): Promise<string> {
  const server = createServer((peer) => void serve(peer.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** A cache whose node replies to every request. */
async function replying(reply: string): Promise<SocketPerCall> {
  const node = await listening((peer) => peer.on('data', () => peer.write(reply)));
  return new SocketPerCall(() => node, 5000);
}

test.each([1, 2, 7, 1000])('a reply in pieces of %d bytes is put together', async (size) => {
  const bytes = 'VALUE a 0 6\r\nx\r\nEND\r\nVALUE b 0 0 7\r\n\r\nEND\r\n';
  const node = await listening(async (peer) => {
    await once(peer, 'data');
    for (let at = 0; at < bytes.length; at += size) {
      peer.write(bytes.slice(at, at + size));
      await setImmediate();
    }
  });
  const found = await new SocketPerCall(() => node, 5000).getMany(['a', 'b']);
  expect([...found].map(([key, value]) => [key, Buffer.from(value).toString()])).toEqual([
    ['a', 'x\r\nEND'],
    ['b', ''],
  ]);
});

test('an error line rejects, and its command had no effect', async () => {
  const cache = await replying('SERVER_ERROR no\r\n');
  await expect(cache.get('a')).rejects.toMatchObject({ code: 'ERR_SERVER', message: 'SERVER_ERROR no' });
});

test('when the connection ends, the call has failed and may have had its effect', async () => {
  const node = await listening((peer) => peer.on('data', () => peer.destroy()));
  const cache = new SocketPerCall(() => node, 5000);
  await expect(cache.get('a')).rejects.toMatchObject({ code: 'ERR_CONNECTION_CLOSED', sent: true });
});

test('where no node listens, the call fails and had no effect', async () => {
  const cache = new SocketPerCall(() => '127.0.0.1:1', 5000);
  await expect(cache.get('a')).rejects.toMatchObject({ code: 'ERR_CONNECT', sent: false });
});

test('a reply that does not come in time ends the connection', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let accept: (peer: Socket) => void = () => {};
  const accepted = new Promise<Socket>((resolve) => (accept = resolve));
  const node = await listening((peer) => accept(peer));
  const reply = new SocketPerCall(() => node, 5000).get('a');
  const peer = await accepted;
  await once(peer, 'data');
  const closed = once(peer, 'close');
  vi.advanceTimersByTime(5000);
  await expect(reply).rejects.toMatchObject({ code: 'ERR_TIMEOUT', sent: true });
  await closed;
});

test('a socket is opened for each call', async () => {
  const cache = await replying('END\r\n');
  for (const key of ['a', 'b', 'c']) expect(await cache.get(key)).toBeUndefined();
  expect([cache.opened, cache.peak]).toEqual([3, 1]);
});

test('a call for many keys keeps the results of the other nodes when one of them fails', async () => {
  const up = await listening((peer) => {
    peer.on('data', (request) => peer.write(request.includes('get') ? 'VALUE a 0 1\r\nx\r\nEND\r\n' : 'STORED\r\n'));
  });
  const down = await listening((peer) => peer.destroy());
  const cache = new SocketPerCall((key) => (key === 'a' ? up : down), 5000);
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
