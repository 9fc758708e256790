/** Attack: connections to a TLS port that never finish, or never begin, their handshake. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Address } from '../../src/net/transport.ts';
import { createProxy } from '../../src/proxy/index.ts';
import { createServer } from '../../src/server/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { selfSigned } from '../support/self-signed.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface Port {
  readonly port: number;
  readonly clock: FakeClock;
  readonly sessions: () => number;
}

async function listen(listening: Promise<Address>, clock: FakeClock, sessions: () => number): Promise<Port> {
  const address = await listening;
  if (!('port' in address)) throw new Error('no port');
  return { port: address.port, clock, sessions };
}

const kinds: readonly (readonly [string, (max: number) => Promise<Port>])[] = [
  [
    'server',
    (max) => {
      const clock = new FakeClock();
      const server = createServer({ port: 0, tls: selfSigned, maxConnections: max, handshakeTimeout: 5000, clock });
      opened.push(() => server.destroy());
      return listen(server.listen(), clock, () => server.stats().connections);
    },
  ],
  [
    'proxy',
    (max) => {
      const clock = new FakeClock();
      const proxy = createProxy({
        listeners: [{ port: 0, route: 'main', tls: selfSigned, maxSessions: max, handshakeTimeout: 5000 }],
        clusters: { main: { nodes: '127.0.0.1:1' } },
        clock,
      });
      opened.push(() => proxy.destroy());
      const listening = proxy.listen().then(([address]) => address as Address);
      return listen(listening, clock, () => proxy.stats().sessions);
    },
  ],
];

/** A TCP connection; `closed` settles when the other side has closed it. */
function dial(port: number): Promise<{ socket: Socket; closed: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1');
    opened.push(() => socket.destroy());
    const closed = new Promise<void>((done) => {
      socket.once('close', () => done());
    });
    socket.on('error', reject);
    socket.resume();
    socket.once('connect', () => resolve({ socket, closed }));
  });
}

function greet(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    opened.push(() => socket.destroy());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    socket.write('mn\r\n');
  });
}

describe.each(kinds)('a TLS listener (%s)', (_kind, open) => {
  it('counts connections in their handshake: those over the limit are closed, and others get in when these are gone', async () => {
    const { port } = await open(10);
    const held = [];
    for (let i = 0; i < 10; i++) held.push(await dial(port));
    const more = await Promise.all(Array.from({ length: 30 }, () => dial(port)));
    await Promise.all(more.map(({ closed }) => closed));
    expect(held.every(({ socket }) => !socket.destroyed)).toBe(true);
    for (const { socket } of held) socket.destroy();
    let said = '';
    while (said === '') said = await greet(port).catch(() => '');
    expect(said).toBe('MN\r\n');
  });

  it('closes a connection whose handshake is not done in time, and leaves the others', async () => {
    const { port, clock, sessions } = await open(100);
    expect(await greet(port)).toBe('MN\r\n');
    const silent = await dial(port);
    const begun = await dial(port);
    begun.socket.write(Buffer.from([0x16, 0x03, 0x01]));
    // Both were accepted before this one.
    expect(await greet(port)).toBe('MN\r\n');
    clock.advance(4900);
    expect(await greet(port)).toBe('MN\r\n');
    expect(silent.socket.destroyed).toBe(false);
    clock.advance(200);
    await Promise.all([silent.closed, begun.closed]);
    expect(sessions()).toBe(3);
  });
});
