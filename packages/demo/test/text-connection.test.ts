/** A plain text client: answers in order, however their bytes come. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { type MemcacheError, ServerError } from 'memfleet';
import { expect, onTestFinished, test } from 'vitest';
import { proxyError } from '../src/proxied.ts';
import { parseAnswer } from '../src/text-cache.ts';
import { TextConnection } from '../src/text-connection.ts';

const errorOf = (line: string): MemcacheError => new ServerError(line, 'server', 0);

/** A connection to a server of ours, which gets the socket. */
async function connected(timeout = 5000): Promise<{ connection: TextConnection; peer: Promise<Socket> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer = once(server, 'connection').then(([socket]) => (socket as Socket).resume());
  const { port } = server.address() as { port: number };
  const connection = new TextConnection({ host: '127.0.0.1', port, timeout, errorOf });
  onTestFinished(async () => {
    connection.close();
    server.close();
    (await peer).destroy();
  });
  return { connection, peer };
}

test.each([1, 2, 7, 1000])('answers in pieces of %d bytes are put together', async (size) => {
  const { connection, peer } = await connected();
  const answers = Promise.all(
    [['get a b\r\n'], ['set c 0 0 1\r\n', 'x', '\r\n'], ['get d\r\n']].map((request) => connection.ask(request)),
  );
  const socket = await peer;
  const bytes = 'VALUE a 0 6\r\nx\r\nEND\r\nVALUE b 0 0 7\r\n\r\nEND\r\nSTORED\r\nEND\r\n';
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(bytes.slice(at, at + size));
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
  const { connection, peer } = await connected();
  const first = connection.ask(['get a\r\n']);
  const second = connection.ask(['get b\r\n']);
  (await peer).write('SERVER_ERROR no\r\nEND\r\n');
  await expect(first).rejects.toThrow('SERVER_ERROR no');
  expect((await second).line).toBe('END');
});

test('when the connection ends, whatever waits has failed and may have had its effect', async () => {
  const { connection, peer } = await connected();
  const answer = connection.ask(['get a\r\n']);
  (await peer).destroy();
  await expect(answer).rejects.toMatchObject({ code: 'ERR_CONNECTION_CLOSED', sent: true });
});

test('an answer that does not come in time ends the connection', async () => {
  const { connection } = await connected(1);
  await expect(connection.ask(['get a\r\n'])).rejects.toMatchObject({ code: 'ERR_TIMEOUT', sent: true });
});

test('how much is missing is told, so that a large value is not looked through again and again', () => {
  expect(parseAnswer(Buffer.from('VALUE a 0 100\r\nabc'))).toBe(15 + 100 + 2);
  expect(parseAnswer(Buffer.from('STOR'))).toBe(5);
});

test('an error line of the proxy that names a node is no answer of that node', () => {
  expect(proxyError('SERVER_ERROR 10.0.0.1:11211: timed out', ['10.0.0.1:11211'])).toMatchObject({
    code: 'ERR_CONNECTION_CLOSED',
    node: '10.0.0.1:11211',
    sent: true,
  });
  expect(proxyError('SERVER_ERROR object too large for cache', ['10.0.0.1:11211'])).toMatchObject({
    code: 'ERR_SERVER',
  });
});
