/**
 * Accepted sockets read into one buffer. See also the listener tests, the fault suites and the pile-up: all of them
 * read so.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished, expect, it } from 'vitest';
import { readShared } from '../../src/net/shared-reads.ts';

/** A client, and the socket that was accepted for it. */
async function pair(prepare: (accepted: Socket) => void): Promise<{ client: Socket; accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  const accepting = once(server, 'connection').then(([socket]: Socket[]) => socket as Socket);
  server.on('connection', prepare);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  const client = connect({ port: address.port, host: '127.0.0.1' });
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return { client, accepted: await accepting };
}

it('is what this Node can do', async () => {
  let isShared = false;
  const { accepted } = await pair((socket) => {
    isShared = readShared(socket, { onData() {} });
  });
  expect(isShared).toBe(true);
  accepted.destroy();
});

it('gives every byte once and in order, to several sockets, over pauses, up to the end', async () => {
  const seen = new Map<Socket, Buffer[]>();
  const prepare = (socket: Socket): void => {
    const chunks: Buffer[] = [];
    seen.set(socket, chunks);
    const take = (chunk: Uint8Array): void => {
      chunks.push(Buffer.from(chunk));
      if (chunks.length % 3 > 0) return;
      socket.pause();
      setImmediate(() => socket.resume());
    };
    if (!readShared(socket, { onData: take })) socket.on('data', take);
  };
  const pairs = await Promise.all(Array.from({ length: 5 }, () => pair(prepare)));
  await Promise.all(
    pairs.map(async ({ client, accepted }, index) => {
      const sent = Buffer.alloc(1_000_000 + index);
      for (let i = 0; i < sent.length; i++) sent[i] = (i * 7 + index * 31 + (i >> 8)) & 0xff;
      client.end(sent);
      await once(accepted, 'end');
      expect(Buffer.concat(seen.get(accepted) ?? []).equals(sent)).toBe(true);
      const answer = once(client, 'data');
      accepted.end('and back');
      expect(String(await answer)).toBe('and back');
    }),
  );
});

it('gives chunks of any length, and of the same length again', async () => {
  const { client } = await pair((socket) => {
    readShared(socket, { onData: (chunk) => void socket.write(Buffer.from(chunk)) });
  });
  for (const [number, length] of [1, 33, 1023, 1024, 1025, 33, 1024, 1, 5000].entries()) {
    const bytes = Buffer.alloc(length, number);
    client.write(bytes);
    let received = Buffer.alloc(0);
    while (received.length < length) received = Buffer.concat([received, ...(await once(client, 'data'))]);
    expect(received.equals(bytes)).toBe(true);
  }
});
