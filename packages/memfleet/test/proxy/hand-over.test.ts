/** Clients that one proxy accepts and another serves, as worker processes pass them on. */
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/net/transport.ts';
import type { ListenerSpec, ProxyOptions } from '../../src/proxy/index.ts';
import { socketPath, startNode } from '../support/harness.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { selfSigned } from '../support/self-signed.ts';
import { TcpClient } from '../support/tcp-client.ts';

/** A proxy that passes every client to another, which serves it. */
async function pair(specs: { readonly giver: Partial<ListenerSpec>; readonly taker: Partial<ListenerSpec> }): Promise<{
  giver: ProxyRig;
  taker: ProxyRig;
  seen: string[];
}> {
  const node = await startNode();
  const taker = await startProxy(simpleOptions({ nodes: node.address }, specs.taker));
  const seen: string[] = [];
  const giver = await startProxy({
    ...simpleOptions({ nodes: node.address }, specs.giver),
    handOver: (socket, listener) => {
      seen.push(listener);
      return taker.proxy.adopt(socket, formatAddress(taker.address));
    },
  });
  // First: in one process, the server of the other waits for its sockets.
  onTestFinished(() => taker.proxy.destroy());
  return { giver, taker, seen };
}

function counts({ proxy }: ProxyRig): unknown {
  const [listener] = proxy.stats().listeners;
  return { accepted: listener?.accepted, sessions: listener?.sessions, rejected: listener?.rejected };
}

describe.each([
  ['a port', () => ({ port: 0 })],
  ['a port with TLS', () => ({ port: 0, tls: selfSigned })],
  ['a Unix socket', () => ({ path: socketPath(), port: undefined })],
] as const)('a client of %s', (_, spec) => {
  const connect = ({ address }: ProxyRig): Promise<TcpClient> =>
    TcpClient.connect(address, 'tls' in spec() ? { ca: selfSigned.cert } : undefined);

  it('that is handed over is served and counted by the proxy that adopts it, and by no other', async () => {
    const { giver, taker, seen } = await pair({ giver: spec(), taker: spec() });
    const client = await connect(giver);
    expect(await client.ask('set a 0 0 1\r\nx\r\nget a\r\n', 'END\r\n')).toBe('STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n');
    expect(seen).toEqual([formatAddress(giver.address)]);
    expect(counts(giver)).toEqual({ accepted: 0, sessions: 0, rejected: 0 });
    expect(counts(taker)).toEqual({ accepted: 1, sessions: 1, rejected: 0 });
  });

  it('that nobody else takes is served where it was accepted', async () => {
    const { giver, taker } = await pair({ giver: spec(), taker: spec() });
    await taker.proxy.close();
    const client = await connect(giver);
    expect(await client.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
    expect(counts(giver)).toEqual({ accepted: 1, sessions: 1, rejected: 0 });
  });
});

it('an adopted client that has sent its end receives its reply', async () => {
  const { giver, taker } = await pair({ giver: {}, taker: {} });
  const client = await TcpClient.connect(giver.address);
  client.send('get a\r\n');
  client.socket.end();
  expect(await client.rest()).toBe('END\r\n');
  expect(counts(taker)).toMatchObject({ accepted: 1 });
});

it('an adopted client counts for the limits of the proxy that serves it', async () => {
  const { giver, taker } = await pair({ giver: {}, taker: { maxSessions: 1 } });
  const client = await TcpClient.connect(giver.address);
  expect(await client.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
  const next = await TcpClient.connect(giver.address);
  expect(await next.rest()).toBe('ERROR Too many open connections\r\n');
  expect(counts(taker)).toEqual({ accepted: 1, sessions: 1, rejected: 1 });
});

it('a proxy adopts only for addresses on which it listens', async () => {
  const node = await startNode();
  const taker = await startProxy(simpleOptions({ nodes: node.address }));
  const taken: boolean[] = [];
  const handOver = (socket: Socket): boolean => {
    taken.push(taker.proxy.adopt(socket, '127.0.0.1:1'));
    return false;
  };
  const options: ProxyOptions = { ...simpleOptions({ nodes: node.address }), handOver };
  const client = await (await startProxy(options)).connect();
  expect(await client.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
  expect(taken).toEqual([false]);
});

it('a configuration that is applied later hands over in its own way', async () => {
  const { giver, taker } = await pair({ giver: { name: 'one' }, taker: {} });
  const options = simpleOptions({ nodes: '127.0.0.1:1' });
  const handOver = (socket: Socket): boolean => taker.proxy.adopt(socket, formatAddress(taker.address));
  await giver.proxy.reload({
    ...options,
    listeners: [...options.listeners, { name: 'late', port: 0, route: 'main' }],
    handOver,
  });
  const [, late] = giver.proxy.stats().listeners;
  const client = await TcpClient.connect(late?.address ?? giver.address);
  expect(await client.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
});
