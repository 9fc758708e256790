/** What the testing kit starts, beside its faults: addresses, clients, items, recorded commands. */
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { ConnectError, InvalidArgumentError } from '../../src/core/errors.ts';
import {
  FakeClock,
  frozen,
  garbage,
  refuse,
  reset,
  startCluster,
  startFleet,
  startServer,
  type TestNode,
  when,
} from '../../src/testing/index.ts';
import { selfSigned } from '../support/self-signed.ts';

async function open<T extends TestNode>(starting: Promise<T>): Promise<T> {
  const node = await starting;
  onTestFinished(() => node.stop());
  return node;
}

const kinds: readonly (readonly [name: string, start: () => Promise<TestNode>])[] = [
  ['a server', () => startServer()],
  ['a fleet', () => startFleet(2)],
  ['a cluster', () => startCluster({ nodes: 2 })],
];

describe.each(kinds)('%s', (_name, start) => {
  test('has a URL that a client of its own takes', async () => {
    const node = await open(start());
    const client = createClient(node.url);
    onTestFinished(() => client.destroy());
    await client.set('a', 1);
    expect(await client.get('a')).toBe(1);
    expect(await node.client().get('a')).toBe(1);
  });

  test('frees its ports and closes its clients when its block ends', async () => {
    let url = '';
    let get: () => Promise<unknown> = () => Promise.resolve();
    {
      await using node = await start();
      ({ url } = node);
      const client = node.client();
      get = () => client.get('a');
      await client.set('a', 1);
      expect(node.connections).toBeGreaterThan(0);
    }
    await expect(get()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    const late = createClient(url.replace(/^.*@|^.*:\/\/|\/.*$/g, ''));
    onTestFinished(() => late.destroy());
    await expect(late.get('a')).rejects.toThrow(ConnectError);
  });

  test('can be stopped twice', async () => {
    const node = await start();
    await Promise.all([node.stop(), node.stop()]);
    await node.stop();
  });
});

/** The number of sockets of this process that listen. */
async function listening(): Promise<number> {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate); // in which closed handles go
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
}

describe('the items of a server', () => {
  test('are put in, read and listed without a client', async () => {
    const server = await open(startServer({ clock: new FakeClock() }));
    const client = server.client();
    server.items.put('product:1', { price: 7 }, { ttl: 60 });
    expect(await client.get('product:1')).toEqual({ price: 7 });
    await client.set('größe', 'XL');
    expect(server.items.get('größe')).toMatchObject({ key: 'größe', value: 'XL', flags: 0, ttl: undefined });
    expect(server.items.get('product:1')).toMatchObject({ value: { price: 7 }, ttl: 60 });
    expect(server.items.keys()).toEqual(['größe', 'product:1']);
    expect([...server.items]).toHaveLength(2);
    expect(server.items.delete('größe')).toBe(true);
    expect(server.items.delete('größe')).toBe(false);
    expect(await client.get('größe')).toBeUndefined();
    server.items.clear();
    expect(server.items.size).toBe(0);
  });

  test('may have bytes and flags of their own, which another client wrote', async () => {
    const server = await open(startServer());
    server.items.put('raw', '{"a":1}', { flags: 2 });
    expect(await server.client().get('raw')).toEqual({ a: 1 });
    server.items.put('raw', Buffer.from([1, 2]), { flags: 4 });
    expect(server.items.get('raw')?.bytes).toEqual(Buffer.from([1, 2]));
    expect(() => server.items.put('raw', 1, { flags: 4 })).toThrow(InvalidArgumentError);
  });

  test.each([
    ['', 1],
    ['x'.repeat(251), 1],
    ['big', 'x'.repeat(2_000_000)],
    ['none', undefined],
  ])('are refused where no client could store them: %.10j', async (key, value) => {
    const server = await open(startServer());
    expect(() => server.items.put(key, value)).toThrow(InvalidArgumentError);
  });

  test('expire by the clock of the test', async () => {
    const clock = new FakeClock();
    const server = await open(startServer({ clock }));
    server.items.put('a', 1, { ttl: 30 });
    clock.advance(31_000);
    expect(server.items.get('a')).toBeUndefined();
    expect(await server.client().get('a')).toBeUndefined();
  });
});

describe('a server', () => {
  test('goes down and comes back on its port with its items', async () => {
    const server = await open(startServer());
    const client = server.client({ retry: false });
    await client.set('a', 1);
    const { port } = server;
    await server.down();
    await expect(client.get('a')).rejects.toThrow();
    await server.up();
    expect(server.port).toBe(port);
    await client.ready();
    expect(await client.get('a')).toBe(1);
  });

  test('records the last commands, and counts all of them', async () => {
    const server = await open(startServer({ maxCommands: 5 }));
    const client = server.client();
    for (let n = 0; n < 20; n++) await client.set(`k${n}`, n);
    expect(server.commands.of('set').map(({ key }) => key)).toEqual(['k15', 'k16', 'k17', 'k18', 'k19']);
    expect(server.commands.total).toBeGreaterThanOrEqual(20);
    server.commands.clear();
    expect([...server.commands]).toEqual([]);
    expect(server.commands.total).toBe(0);
  });

  test('holds no more than 16 MB of recorded values', async () => {
    const server = await open(startServer());
    const client = server.client();
    const value = 'x'.repeat(1_000_000);
    for (let n = 0; n < 25; n++) await client.set('k', value);
    const held = server.commands.all.reduce((sum, command) => sum + command.value.length, 0);
    expect(held).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(server.commands.of('set').length).toBeGreaterThan(10);
  });

  test('with TLS passes bytes, and refuses, but knows no commands', async () => {
    const { key, cert } = selfSigned;
    const server = await open(startServer({ tls: { key, cert } }));
    const client = server.client({ tls: { rejectUnauthorized: false } });
    await client.set('a', 1);
    expect(await client.get('a')).toBe(1);
    expect(server.commands.total).toBe(0);
  });

  test('passes what no protocol knows, and its end, as they are', async () => {
    const server = await open(startServer());
    const socket = connect(server.port, server.host);
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    socket.end('nonsense\r\nget a\r\nset b 0 0 1 noreply\r\nx\r\nget b\r\nset c 0 0 5\r\nhal');
    await new Promise((resolve) => socket.once('end', resolve));
    expect(received).toBe('ERROR\r\nEND\r\nVALUE b 0 1\r\nx\r\nEND\r\n');
  });

  test('that cannot listen where it is told to leaves nothing behind', async () => {
    const before = await listening();
    await expect(startServer({ host: '192.0.2.1' })).rejects.toThrow('cannot listen on 192.0.2.1');
    expect(await listening()).toBe(before);
  });

  test('refuses options that the server does not know', async () => {
    await expect(startServer({ maxByte: 1 } as object)).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' });
    await expect(startServer({ seed: 0.5 })).rejects.toThrow('seed');
  });
});

describe('a fleet', () => {
  test('has nodes with faults of their own, and one log for all', async () => {
    const fleet = await open(startFleet(3));
    const client = fleet.client({ retry: false });
    const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
    for (const key of keys) await client.set(key, 1);
    expect(fleet.commands.of('set')).toHaveLength(30);
    const hit = fleet.node(client.nodeOf('k0') as string);
    hit.inject(when({ command: 'get' }, reset()));
    const failed: string[] = [];
    for (const key of keys) await client.get(key).catch(() => failed.push(key));
    expect(failed.length).toBeGreaterThan(0);
    for (const key of failed) expect(fleet.node(client.nodeOf(key) as string)).toBe(hit);
    expect(() => fleet.node('127.0.0.1:1')).toThrow(InvalidArgumentError);
  });

  test('counts a fault of the fleet over all nodes', async () => {
    const fleet = await open(startFleet(3));
    const client = fleet.client({ retry: false });
    const injection = fleet.inject(when({ command: 'set', times: 2 }, reset()));
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => client.set(`k${n}`, 1)));
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    expect(injection.hits).toBe(2);
  });

  test.each([0, -1, 1.5, Number.NaN])('of %s nodes is refused', async (size) => {
    await expect(startFleet(size)).rejects.toThrow(InvalidArgumentError);
  });
});

describe('a cluster', () => {
  test('that cannot listen where it is told to leaves nothing behind', async () => {
    const taken = createTcpServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const before = await listening();
    // The second node is refused; the first one listens by then.
    await expect(startCluster({ nodes: 2, port: port - 1 })).rejects.toThrow('cannot listen on');
    expect(await listening()).toBe(before);
  });

  test('keeps the faults of all for nodes that are added later', async () => {
    const test = await open(startCluster({ nodes: 1, vbuckets: 16 }));
    const client = test.client();
    await client.set('a', 1);
    const injection = test.inject(when({ command: 'get', node: [] }, reset()));
    await test.cluster.rebalance({ add: 1 });
    expect(await client.get('a')).toBe(1);
    expect(injection.hits).toBe(0);
    const killed = test.nodes[1]!;
    await test.cluster.killNode(killed);
    await test.cluster.startNode(killed);
    expect(await client.get('a')).toBe(1);
  });
});

describe('faults', () => {
  test('with a condition that is unknown or out of range are refused', () => {
    expect(() => when({ commands: 'get' } as object, reset())).toThrow('"commands" is no condition');
    expect(() => when({ chance: 2 }, reset())).toThrow('"chance"');
    expect(() => when({ skip: -1 }, reset())).toThrow('"skip"');
  });

  test('that draw tell their seed once, unless it was given', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const told = await open(startServer());
    const given = await open(startServer({ seed: 3 }));
    for (const server of [told, given]) {
      server.inject(when({ command: 'get' }, garbage()));
      const client = server.client({ retry: false });
      for (let n = 0; n < 2; n++) await client.get('a').catch(() => {});
    }
    expect(write.mock.calls.map(([text]) => text)).toEqual([
      `memfleet/testing: faults are drawn with seed ${told.seed}; MEMFLEET_SEED repeats it\n`,
    ]);
  });

  test('end with their block', async () => {
    const server = await open(startServer());
    {
      await using injection = server.inject(refuse());
      expect(injection.name).toBe('refuse');
      await expect(server.client({ retry: false }).get('a')).rejects.toThrow();
    }
    expect(await server.client().get('a')).toBeUndefined();
  });

  test('that freeze the process hold connections that come meanwhile', async () => {
    const server = await open(startServer());
    const injection = server.inject(frozen());
    const reply = server.client().get('a');
    await server.until(() => server.connections === 1);
    expect(server.commands.total).toBe(0);
    await injection.remove();
    expect(await reply).toBeUndefined();
  });
});
