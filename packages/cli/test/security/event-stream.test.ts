/** Viewers of the dashboard that do not read, or that are too many. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EventStream } from '../../src/dashboard/event-stream.ts';

interface Rig {
  readonly stream: EventStream;
  readonly open: () => Promise<Socket>;
}

async function start(bounds: { readonly clients: number; readonly held: number }): Promise<Rig> {
  let onChange = (): void => {};
  const stream = new EventStream(
    () => [{ name: 'hello', data: 1 }],
    () => onChange(),
    bounds,
  );
  const server = createServer((_request, response: ServerResponse) => {
    const answer = stream.connect();
    if ('open' in answer) answer.open(response);
    else response.writeHead(answer.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    stream.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { readonly port: number };
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    const changed = new Promise<void>((resolve) => {
      onChange = resolve;
    });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await Promise.race([changed, once(socket, 'data')]);
    return socket;
  };
  return { stream, open };
}

test('a viewer that does not read is closed when its bound is reached; the others go on', async () => {
  const { stream, open } = await start({ clients: 5, held: 100_000 });
  const slow = await open();
  slow.pause();
  const quick = await open();
  let received = 0;
  quick.on('data', (chunk) => (received += chunk.length));
  expect(stream.clients).toBe(2);
  const data = 'x'.repeat(50_000);
  let sent = 0;
  // The system's own buffers come first.
  while (stream.clients === 2) {
    stream.send({ name: 'sample', data });
    sent += data.length;
    await new Promise(setImmediate);
  }
  expect(stream.clients).toBe(1);
  expect(sent).toBeLessThan(64 * 1024 * 1024);
  await expect.poll(() => received, { timeout: 8000 }).toBeGreaterThan(sent);
});

test('one viewer more than the bound is refused, and may come when another has gone', async () => {
  const { stream, open } = await start({ clients: 2, held: 1000 });
  const first = await open();
  await open();
  const third = await open();
  expect(stream.clients).toBe(2);
  third.destroy();
  first.destroy();
  await expect.poll(() => stream.clients, { timeout: 8000 }).toBe(1);
  const fourth = await open();
  expect(stream.clients).toBe(2);
  fourth.destroy();
});

test('line ends in the data do not end an event', async () => {
  const { stream, open } = await start({ clients: 2, held: 100_000 });
  const viewer = await open();
  let text = '';
  viewer.on('data', (chunk: Buffer) => (text += chunk.toString()));
  stream.send({ name: 'sample', data: 'a\n\nevent: evil\r\n\r\n\u2028' });
  await expect.poll(() => text, { timeout: 8000 }).toContain(String.raw`data: "a\n\nevent: evil\r\n\r\n`);
});
