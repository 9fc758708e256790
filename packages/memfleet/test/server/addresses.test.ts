/** A server on several addresses, and on datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { createServer, InvalidOptionError, type Server, type ServerOptions } from '../../src/server/index.ts';
import { selfSigned } from '../support/self-signed.ts';
import { TcpClient } from '../support/tcp-client.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function start(options: ServerOptions): Promise<Server> {
  const server = createServer({ port: 0, closeTimeout: 0, ...options });
  opened.push(server);
  await server.listen();
  return server;
}

test('all addresses lead to the same items, and count against the same limit', async () => {
  const server = await start({ alsoListen: ['127.0.0.1:0', '127.0.0.1:0'], maxConnections: 3 });
  const { tcp } = server.addresses;
  expect(tcp.length).toBe(3);
  const clients = await Promise.all(tcp.map((address) => TcpClient.connect(address)));
  for (const client of clients) opened.push(client);
  await clients[0]?.ask('set a 0 0 1\r\nx\r\n', '\r\n');
  for (const client of clients) expect(await client.ask('get a\r\n', 'END\r\n')).toContain('x');
  const another = await TcpClient.connect(tcp[1] ?? { path: '' });
  expect(await another.rest()).toBe('ERROR Too many open connections\r\n');
  await server.close();
  await expect(TcpClient.connect(tcp[2] ?? { path: '' })).rejects.toThrow('ECONNREFUSED');
});

test('a further address speaks TLS where the first one does', async () => {
  const { key, cert } = selfSigned;
  const server = await start({ tls: { key, cert }, alsoListen: ['127.0.0.1:0'] });
  for (const address of server.addresses.tcp) {
    const client = await TcpClient.connect(address, { rejectUnauthorized: false });
    expect(await client.ask('mn\r\n', '\r\n')).toBe('MN\r\n');
    client.close();
  }
});

test('an address that is no host:port is refused', () => {
  expect(() => createServer({ alsoListen: ['nowhere'] })).toThrow(InvalidOptionError);
  expect(() => createServer({ udp: ['127.0.0.1:70000'] })).toThrow(InvalidOptionError);
});

/** Sends one datagram, and gives the datagrams of the reply. */
async function askUdp(socket: Socket, port: number, header: readonly number[], request: string): Promise<Buffer[]> {
  const front = Buffer.alloc(8);
  for (const [index, number] of header.entries()) front.writeUInt16BE(number, index * 2);
  const datagrams: Buffer[] = [];
  socket.send(Buffer.concat([front, Buffer.from(request, 'latin1')]), port, '127.0.0.1');
  do {
    const [datagram] = (await once(socket, 'message')) as [Buffer];
    datagrams.push(datagram);
  } while (datagrams.length < (datagrams[0]?.readUInt16BE(4) ?? 0));
  return datagrams;
}

test('udp: a reply has the id of its request, and as many datagrams as it needs', async () => {
  const server = await start({ udp: ['127.0.0.1:0'] });
  const [address] = server.addresses.udp;
  const port = address !== undefined && 'port' in address ? address.port : 0;
  const value = 'v'.repeat(20_000);
  const client = await TcpClient.connect(server.address ?? { path: '' });
  opened.push(client);
  await client.ask(`set big 0 0 20000\r\n${value}\r\n`, '\r\n');
  const socket = createSocket('udp4');
  opened.push(socket);
  const small = await askUdp(socket, port, [7, 0, 1, 0], 'set a 0 0 1\r\nx\r\n');
  expect(small.map((datagram) => datagram.toString('latin1'))).toEqual(['\0\x07\0\0\0\x01\0\0STORED\r\n']);
  const large = await askUdp(socket, port, [8, 0, 1, 0], 'get big\r\n');
  expect(large.length).toBe(15);
  expect(large.every((datagram) => datagram.length <= 1400 && datagram.readUInt16BE(0) === 8)).toBe(true);
  const pieces = large
    .toSorted((a, b) => a.readUInt16BE(2) - b.readUInt16BE(2))
    .map((datagram) => datagram.subarray(8));
  expect(Buffer.concat(pieces).toString('latin1')).toBe(`VALUE big 0 20000\r\n${value}\r\nEND\r\n`);
  const [refused] = await askUdp(socket, port, [9, 0, 2, 0], 'get a\r\n');
  expect(refused?.toString('latin1', 8)).toBe('SERVER_ERROR multi-packet request not supported\r\n');
  expect(await client.ask('stats conns\r\n', 'END\r\n')).toContain(`addr udp:127.0.0.1:${port}\r\n`);
});

test('tcp false: only datagrams', async () => {
  const server = await start({ tcp: false, udp: ['127.0.0.1:0'] });
  expect(server.addresses).toMatchObject({ tcp: [], udp: [{ host: '127.0.0.1' }] });
});
