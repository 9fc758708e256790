/** Large values of binary and meta clients, and what is asked behind them. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/net/transport.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer } from '../../src/server/index.ts';
import { ItemStore } from '../../src/store/item-store.ts';
import { StoreDispatcher } from '../../src/store/store-dispatcher.ts';
import { startNode } from '../support/harness.ts';
import { answers, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import type { TcpClient } from '../support/tcp-client.ts';

const pattern = 'abcdefghijklmnopqrstuvwxyz\r\nEN \r\n\x80\x81\0\xff';

async function rigOver(behind: Protocol): Promise<ProxyRig> {
  const protocols: readonly Protocol[] = behind === 'meta' ? ['meta', 'text'] : [behind];
  const server = createServer({ port: 0, protocols, maxBytes: 256 * 1024 * 1024, maxItemSize: 64 * 1024 * 1024 });
  onTestFinished(() => server.destroy());
  return startProxy(
    simpleOptions({ nodes: formatAddress(await server.listen()), timeout: 10_000, connectTimeout: 5000 }),
  );
}

/** Stores and fetches a large value, in one pipeline with a small one. */
type Exchange = (client: TcpClient, body: string) => Promise<void>;

const binary: Exchange = async (client, body) => {
  const set = packet(0x01, { key: 'big', value: body, extras: storeExtras(5), opaque: 1 });
  const small = packet(0x11, { key: 'small', value: 'x', extras: storeExtras(), opaque: 2 });
  const stored = answers(await client.ask(set + small + packet(0x0a, { opaque: 3 }), noopAnswer(3)));
  expect(stored.map(({ opaque, status }) => [opaque, status])).toEqual([
    [1, 0],
    [3, 0],
  ]);
  const gets = packet(0x0d, { key: 'big', opaque: 4 }) + packet(0x0d, { key: 'small', opaque: 5 });
  const said = answers(await client.ask(gets + packet(0x0a, { opaque: 6 }), noopAnswer(6)));
  expect(said.map(({ opaque, status, key, value }) => [opaque, status, key, value.length])).toEqual([
    [4, 0, 'big', body.length],
    [5, 0, 'small', 1],
    [6, 0, '', 0],
  ]);
  expect(said[0]?.value === body).toBe(true);
};

const meta: Exchange = async (client, body) => {
  const asked = `ms big ${body.length} F5 O1\r\n${body}\r\nms small 1 q\r\nx\r\nmn\r\n`;
  expect(await client.ask(asked, 'MN\r\n')).toBe('HD O1\r\nMN\r\n');
  const got = await client.ask('mg big v f s k O2\r\nmg small v\r\nmn\r\n', 'MN\r\n');
  expect(got === `VA ${body.length} f5 s${body.length} kbig O2\r\n${body}\r\nVA 1\r\nx\r\nMN\r\n`).toBe(true);
};

describe.each<Protocol>(['meta', 'text', 'binary'])('over nodes that speak %s', (behind) => {
  it.each([1_000_000, 20_000_000])('%d bytes pass unchanged for binary and meta clients', async (size) => {
    const rig = await rigOver(behind);
    const body = Buffer.alloc(size, pattern, 'latin1').toString('latin1');
    for (const exchange of [binary, meta]) await exchange(await rig.connect(), body);
    const light = await rig.connect();
    expect(await light.ask('delete big\r\nget big\r\n', 'END\r\n')).toBe('DELETED\r\nEND\r\n');
    expect(rig.proxy.stats().receiving).toBe(0);
  });

  it('a get of a key behind its large set, in one pipeline, finds the new value', async () => {
    const rig = await rigOver(behind);
    const client = await rig.connect();
    const body = Buffer.alloc(8_000_000, pattern, 'latin1').toString('latin1');
    expect(await client.ask('set big 0 0 3\r\nold\r\n', 'STORED\r\n')).toBe('STORED\r\n');
    for (let round = 0; round < 3; round++) {
      const own = `${round}${body}`;
      const set = `set big 0 0 ${own.length}\r\n${own}\r\n`;
      const said = await client.ask(`${set}get big\r\ndelete big\r\nget big\r\n${set}mn\r\n`, 'MN\r\n');
      expect(said.length).toBe(
        `STORED\r\nVALUE big 0 ${own.length}\r\n\r\nEND\r\nDELETED\r\nEND\r\nSTORED\r\nMN\r\n`.length + own.length,
      );
      expect(said.startsWith(`STORED\r\nVALUE big 0 ${own.length}\r\n${round}`)).toBe(true);
    }
  });
});

it('a get that comes while a large set of its key is still on its way to the node reads what was set', async () => {
  const node = await startNode();
  node.store = new StoreDispatcher({ store: new ItemStore({ maxBytes: 2 ** 28, maxItemSize: 2 ** 26 }) });
  const rig = await startProxy(
    simpleOptions({ nodes: node.address, timeout: 5000, connectTimeout: 5000, pool: { min: 2, warmUp: true } }),
  );
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const client = await rig.connect();
  while (rig.proxy.stats().clusters['main']?.nodes[0]?.open !== 2) await turn();
  await client.ask('set k 0 0 3\r\nold\r\n', '\r\n');
  const used = node.connections.find(({ commands }) => commands.some(({ verb }) => verb === 'store'));
  const read = (): number => rig.proxy.stats().listeners[0]?.bytesRead ?? 0;
  // The node does not take the set; a second connection to it is free.
  used?.socket.pause();
  const before = read();
  const set = `set k 0 0 20000000\r\n${'x'.repeat(20_000_000)}\r\n`;
  client.send(set);
  while (read() - before < set.length) await turn();
  for (let i = 0; i < 50; i++) await turn();
  client.send('get k\r\n');
  for (let i = 0; i < 50; i++) await turn();
  used?.socket.resume();
  expect((await client.until('END\r\n')).slice(0, 29)).toBe('STORED\r\nVALUE k 0 20000000\r\nx');
});
