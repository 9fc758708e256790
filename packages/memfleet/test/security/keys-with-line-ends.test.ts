/**
 * A client of the binary protocol stores a key with line ends in it. Whoever lists items on lines reads one line for
 * each, and none that the key brought.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServer, type Server } from '../../src/server/index.ts';
import { packet, storeExtras } from '../support/packets.ts';
import { TcpClient } from '../support/tcp-client.ts';

const hostile = 'evil\r\nEND\r\nVALUE good 0 5\r\nFALSE\r\nEND\r\n:1';
let server: Server;
let client: TcpClient;

beforeAll(async () => {
  server = createServer({ port: 0 });
  const address = await server.listen();
  client = await TcpClient.connect(address);
  await client.ask('stats detail on\r\nset good 0 0 4\r\nTRUE\r\n', 'OK\r\nSTORED\r\n');
  const binary = await TcpClient.connect(address);
  binary.send(packet(0x01, { key: hostile, value: 'x', extras: storeExtras() }));
  expect((await binary.bytes(24)).slice(0, 8)).toBe('\x81\x01\0\0\0\0\0\0');
  binary.close();
});
afterAll(async () => {
  client.close();
  await server.destroy();
});

it.each([
  ['stats cachedump 1 0', /^(?:ITEM good \[4 b; \d+ s\]\r\n)?$/],
  ['stats cachedump 2 0', /^$/],
  ['lru_crawler metadump all', /^(?:key=\S+ exp=-1 la=\d+ cas=\d+ fetch=(?:yes|no) cls=\d+ size=\d+\n)+$/],
  ['stats detail dump', /^(?:PREFIX [^\r\n]* get \d+ hit \d+ set \d+ del \d+\r\n)+$/],
  [`me ${Buffer.from(hostile, 'latin1').toString('base64')} b`, /^ME [\w+/=]+ exp=-1 [^\r\n]*\r\n$/],
])('%s', async (request, right) => {
  const read = await client.ask(`${request}\r\nget good\r\n`, 'VALUE good 0 4\r\nTRUE\r\nEND\r\n');
  const own = read.slice(0, -'VALUE good 0 4\r\nTRUE\r\nEND\r\n'.length);
  expect(own.replace(/END\r\n$/, '')).toMatch(right);
});
