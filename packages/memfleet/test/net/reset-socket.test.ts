/** Connections that are reset while they end: Node would leave their handles open, and never exit. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { resetSocket } from '../../src/net/reset-socket.ts';

/** A client that keeps its half open, and what was accepted for it. */
async function pair(): Promise<{ client: Socket; accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  const accepting = once(server, 'connection').then(([socket]: Socket[]) => socket as Socket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ ...(server.address() as { port: number }), host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return { client, accepted: await accepting };
}

test.each<[string, (socket: Socket) => void]>([
  ['is in use', () => {}],
  ['is ending', (socket) => socket.end()],
  ['is ending behind data', (socket) => socket.end('x'.repeat(8_000_000))],
])('a connection that %s is closed by a reset, without an error', async (_, prepare) => {
  const { accepted } = await pair();
  const errors: Error[] = [];
  accepted.on('error', (error) => errors.push(error));
  const closed = once(accepted, 'close');
  prepare(accepted);
  resetSocket(accepted);
  await closed;
  expect(errors).toEqual([]);
});

test('a connection whose end has been sent receives an RST', async () => {
  const { client, accepted } = await pair();
  const failed = once(client, 'error');
  accepted.end();
  await once(accepted, 'finish');
  resetSocket(accepted);
  client.write('x');
  expect((await failed)[0]).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) as string });
});
