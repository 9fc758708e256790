/**
 * `stats` and the requests of administrators through the proxy: many nodes as one, whatever becomes of some of them.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServer } from '../../src/server/index.ts';
import { deadAddress, startNode } from '../support/harness.ts';
import { answers, noopAnswer, packet } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe, type ScriptedNode } from '../support/scripted-node.ts';
import type { TcpClient } from '../support/tcp-client.ts';

async function linesOf(client: TcpClient, request: string): Promise<string[]> {
  return (await client.ask(`${request}\r\n`, 'END\r\n')).split(/\r?\n/).slice(0, -2);
}

async function statsOf(client: TcpClient, group = ''): Promise<Record<string, string>> {
  const lines = await linesOf(client, `stats ${group}`.trim());
  return Object.fromEntries(lines.map((line) => /^STAT (\S+) (.*)$/.exec(line)?.slice(1) ?? [line, 'no stat']));
}

interface Fleet {
  readonly nodes: readonly ScriptedNode[];
  readonly rig: ProxyRig;
  readonly client: TcpClient;
}

/** Three nodes, with thirty items of one size and one larger one. */
async function fleet(more: { dead?: boolean; speaks?: 'binary' } = {}): Promise<Fleet> {
  const script = more.speaks === undefined ? {} : { speaks: [more.speaks] };
  const nodes = await Promise.all([startNode(script), startNode(script), startNode(script)]);
  const addresses = nodes.map(({ address }) => address);
  // Taken last: a node that starts later could get its port.
  if (more.dead === true) addresses.push(await deadAddress());
  const rig = await startProxy(simpleOptions({ nodes: addresses, timeout: 5000, connectTimeout: 5000 }));
  const client = await rig.connect();
  onTestFinished(() => client.close());
  if (more.dead !== true) {
    const sets = Array.from({ length: 30 }, (_, i) => `set key${i} 0 0 1\r\nx\r\n`).join('');
    await client.ask(`${sets}set large 0 0 1000\r\n${'x'.repeat(1000)}\r\nmn\r\n`, 'MN\r\n');
    await client.ask('get key0 key1 none\r\n', 'END\r\n');
  }
  return { nodes, rig, client };
}

describe('stats of several nodes', () => {
  it('are their sums, with the names of memcached', async () => {
    const { client, nodes } = await fleet();
    const stats = await statsOf(client);
    expect(stats).toMatchObject({ curr_items: '31', cmd_set: '31', cmd_get: '3', get_hits: '2', get_misses: '1' });
    expect(stats).toMatchObject({ limit_maxbytes: String(3 * 64 * 1024 * 1024), pid: String(process.pid) });
    expect(stats).toMatchObject({ nodes: '3', nodes_failed: '0', curr_connections: '1' });
    const each = nodes.map(({ store }) => store.store.count);
    expect(each.filter((count) => count > 0).length).toBeGreaterThan(1);
    expect(Number(stats['bytes'])).toBe(nodes.reduce((sum, { store }) => sum + store.store.bytes, 0));
    const byNode = await statsOf(client, 'nodes');
    expect(nodes.map(({ address }) => byNode[`${address}:curr_items`])).toEqual(each.map(String));
  });

  it('go class by class in items and slabs', async () => {
    const { client } = await fleet();
    const items = await statsOf(client, 'items');
    expect(items).toMatchObject({ 'items:1:number': '30', 'items:12:number': '1', 'items:1:outofmemory': '0' });
    expect(Object.keys(items).map((name) => Number(name.split(':')[1]))).toEqual(
      Object.keys(items)
        .map((name) => Number(name.split(':')[1]))
        .toSorted((a, b) => a - b),
    );
    const slabs = await statsOf(client, 'slabs');
    expect(slabs).toMatchObject({ '1:chunk_size': '96', '1:used_chunks': '30', '12:used_chunks': '1' });
    expect(slabs).toMatchObject({ active_slabs: '2' });
    // The names only: an age changes with the clock.
    expect(Object.keys(await statsOf(client, 'items and more'))).toEqual(Object.keys(items));
  });

  it('are returned to binary clients', async () => {
    const { client, rig } = await fleet();
    const binary = await rig.connect();
    onTestFinished(() => binary.close());
    const said = answers(await binary.ask(packet(0x10, { key: 'slabs' }) + packet(0x0a, { opaque: 9 }), noopAnswer(9)));
    const stats = Object.fromEntries(said.slice(0, -2).map(({ key, value }) => [key, value]));
    expect(stats).toEqual(await statsOf(client, 'slabs'));
  });

  it('are returned for binary nodes, which have no dumps', async () => {
    const { client } = await fleet({ speaks: 'binary' });
    expect(await statsOf(client)).toMatchObject({ curr_items: '31', nodes: '3', nodes_failed: '0' });
    expect(await statsOf(client, 'items')).toMatchObject({ 'items:1:number': '30' });
    expect(await linesOf(client, 'stats cachedump 1 0')).toEqual([]);
    expect(await linesOf(client, 'lru_crawler metadump all')).toEqual([]);
    await client.ask('stats detail on\r\n', 'OK\r\n');
    await client.ask('get a:1\r\n', 'END\r\n');
    expect(await linesOf(client, 'stats detail dump')).toEqual(['PREFIX a get 1 hit 0 set 0 del 0']);
  });

  it('count from 0 after a reset, which goes to the nodes as well', async () => {
    const { client, nodes } = await fleet();
    expect(await client.ask('stats reset\r\n', '\r\n')).toBe('RESET\r\n');
    expect(await statsOf(client)).toMatchObject({ cmd_set: '0', get_hits: '0', curr_items: '31' });
    for (const { store } of nodes) expect(store.store.counters.cmd_set).toBe(0);
  });

  it('are those of the clusters that the listener leads to, and of a node in two of them once', async () => {
    const [one, other, foreign] = await Promise.all([startNode(), startNode(), startNode()]);
    const rig = await startProxy({
      listeners: [{ port: 0, route: 'both', allowFlush: true }],
      clusters: {
        first: { nodes: [one.address, other.address] },
        second: { nodes: [other.address] },
        third: { nodes: [foreign.address] },
      },
      routes: { both: { type: 'failover', routes: ['first', { type: 'read-only', route: 'second' }] } },
    });
    const client = await rig.connect();
    onTestFinished(() => client.close());
    expect(await statsOf(client)).toMatchObject({ nodes: '2', nodes_failed: '0' });
    expect(foreign.commands.filter(({ verb }) => verb === 'stats')).toEqual([]);
  });
});

describe('a node that does not reply', () => {
  it('is left out of the sums, and counted', async () => {
    const { client } = await fleet({ dead: true });
    expect(await statsOf(client)).toMatchObject({ nodes: '4', nodes_failed: '1', limit_maxbytes: '201326592' });
    expect(await statsOf(client, 'items')).toEqual({});
    expect(Object.keys(await statsOf(client, 'nodes')).filter((name) => name.endsWith(':error'))).toHaveLength(1);
  });

  it('delays no client for longer than its timeout', async () => {
    const silent = await startNode(
      afterProbe((command, connection) => command.verb === 'stats' || connection.answer(command)),
    );
    const well = await startNode();
    const rig = await startProxy(simpleOptions({ nodes: [silent.address, well.address], timeout: 200 }));
    const client = await rig.connect();
    onTestFinished(() => client.close());
    expect(await statsOf(client)).toMatchObject({ nodes: '2' });
    expect(Number((await statsOf(client))['nodes_failed'])).toBeGreaterThan(0);
    for (const group of ['items', 'slabs', 'settings', 'cachedump 1 0']) await linesOf(client, `stats ${group}`);
  });

  it('leaves no name out: with all nodes away every name is present', async () => {
    const rig = await startProxy(simpleOptions({ nodes: [await deadAddress()] }));
    const client = await rig.connect();
    onTestFinished(() => client.close());
    expect(await statsOf(client)).toMatchObject({ nodes: '1', nodes_failed: '1', cmd_get: '0', curr_items: '0' });
    for (const group of ['items', 'slabs', 'conns', 'extstore']) await linesOf(client, `stats ${group}`);
    expect(await linesOf(client, 'lru_crawler metadump all')).toEqual([]);
    expect(await client.ask('cache_memlimit 64\r\n', '\r\n')).toMatch(/^SERVER_ERROR /);
  });
});

it('a flood of stats sends requests to the nodes as often as their replies arrive, not as often as clients request', async () => {
  const { client, nodes } = await fleet();
  const asked = (): number =>
    nodes.reduce((sum, { commands }) => sum + commands.filter(({ verb }) => verb === 'stats').length, 0);
  const count = 500;
  const end = 'STAT memfleet';
  const said = await client.ask(`${'stats\r\n'.repeat(count)}mn\r\n`, 'MN\r\n');
  expect(said.split(end)).toHaveLength(count + 1);
  expect(asked()).toBeLessThan(count);
});

it('a flood of different requests gets its replies, a few of them at a time', async () => {
  let asked = 0;
  let most = 0;
  const node = await startNode(
    afterProbe((command, connection) => {
      if (command.verb !== 'stats') return connection.answer(command);
      most = Math.max(most, ++asked);
      setImmediate(() => {
        asked--;
        connection.answer(command);
      });
      return true;
    }),
  );
  const rig = await startProxy(simpleOptions({ nodes: node.address, timeout: 5000 }));
  const client = await rig.connect();
  onTestFinished(() => client.close());
  const requests = Array.from({ length: 200 }, (_, i) => `stats cachedump 1 ${i + 1}\r\n`).join('');
  expect(await client.ask(`${requests}mn\r\n`, 'MN\r\n')).toBe(`${'END\r\n'.repeat(200)}MN\r\n`);
  expect(most).toBeLessThanOrEqual(8);
});

describe('a dump', () => {
  it('has the keys of all nodes', async () => {
    const { client } = await fleet();
    const lines = await linesOf(client, 'lru_crawler metadump all');
    const keys = lines.map(
      (line) => /^key=(\S+) exp=-1 la=\d+ cas=\d+ fetch=(?:yes|no) cls=\d+ size=\d+$/.exec(line)?.[1],
    );
    const wanted = [...Array.from({ length: 30 }, (_, i) => `key${i}`), 'large'];
    expect(new Set(keys)).toEqual(new Set(wanted));
    expect(keys).toHaveLength(wanted.length);
    expect(await linesOf(client, 'lru_crawler metadump 12')).toHaveLength(1);
    const items = await linesOf(client, 'stats cachedump 1 0');
    expect(items).toHaveLength(30);
    for (const line of items) expect(line).toMatch(/^ITEM key\d+ \[1 b; 0 s\]$/);
    expect(await linesOf(client, 'stats cachedump 1 7')).toHaveLength(7);
  });

  it('is one at a time: the next receives BUSY', async () => {
    const { client } = await fleet();
    const dump = 'lru_crawler metadump all\r\n';
    const said = await client.ask(`${dump}${dump}mn\r\n`, 'MN\r\n');
    expect(said.split('key=')).toHaveLength(32);
    expect(said.slice(said.indexOf('END'))).toBe('END\r\nBUSY currently processing crawler request\r\nMN\r\n');
    expect(await linesOf(client, 'lru_crawler metadump all')).toHaveLength(31);
  });

  it('cannot hold lines that are none of a dump', async () => {
    const node = await startNode(
      afterProbe((command, connection) => {
        if (command.verb !== 'admin' && command.verb !== 'stats') return connection.answer(command);
        const lines = 'key=a exp=-1 la=0 cas=1 fetch=no cls=1 size=61\nSTAT x y\r\nITEM b [1 b; 0 s]\r\nEND\r\n';
        connection.socket.write(lines);
        return true;
      }),
    );
    const rig = await startProxy(simpleOptions({ nodes: node.address }));
    const client = await rig.connect();
    onTestFinished(() => client.close());
    expect(await client.ask('lru_crawler metadump all\r\nmn\r\n', 'MN\r\n')).toBe(
      'key=a exp=-1 la=0 cas=1 fetch=no cls=1 size=61\nEND\r\nMN\r\n',
    );
    expect(await client.ask('stats cachedump 1 0\r\nmn\r\n', 'MN\r\n')).toBe('ITEM b [1 b; 0 s]\r\nEND\r\nMN\r\n');
  });

  it('has its own connection, so that no command waits behind it', async () => {
    const { client, nodes } = await fleet();
    const before = nodes.map(({ connections }) => connections.length);
    await linesOf(client, 'lru_crawler metadump all');
    expect(nodes.map(({ connections }) => connections.length)).toEqual(before.map((count) => count + 1));
  });
});

it('a binary node cannot write lines into a session by the names and values of its statistics', async () => {
  const evil = '1\r\nEND\r\nVALUE a 0 1\r\nx\r\nEND\r\n';
  const node = await startNode({
    ...afterProbe((command, connection) => {
      if (command.verb !== 'stats') return connection.answer(command);
      const packets = [
        ['curr_items', evil],
        [`curr\r\nEND\r\n`, '1'],
        ['items:1:number', evil],
      ].map(([key = '', value = '']) => {
        const body = key + value;
        const header = Buffer.alloc(24);
        header.set([0x81, 0x10, 0, key.length]);
        header.writeUInt32BE(body.length, 8);
        header.writeUInt32BE(command.packet?.opaque ?? 0, 12);
        return header.toString('latin1') + body;
      });
      const end = Buffer.alloc(24);
      end.set([0x81, 0x10]);
      end.writeUInt32BE(command.packet?.opaque ?? 0, 12);
      connection.socket.write(packets.join('') + end.toString('latin1'), 'latin1');
      return true;
    }),
    speaks: ['binary'],
  });
  const rig = await startProxy(simpleOptions({ nodes: node.address, timeout: 5000 }));
  const client = await rig.connect();
  onTestFinished(() => client.close());
  for (const group of ['', ' items', ' slabs', ' sizes', ' settings', ' nodes', ' cachedump 1 0', ' detail dump']) {
    const said = await client.ask(`stats${group}\r\nmn\r\n`, 'MN\r\n');
    expect(said).toMatch(/^(?:(?:STAT|PREFIX) [^\r\n]+\r\n)*END\r\nMN\r\n$/);
  }
});

it('cache_memlimit changes the limit of every node', async () => {
  const servers = await Promise.all(
    [1, 2].map(async () => {
      const server = createServer({ port: 0 });
      onTestFinished(() => server.destroy());
      return { server, address: await server.listen() };
    }),
  );
  const rig = await startProxy(simpleOptions({ nodes: servers.map(({ address }) => `127.0.0.1:${address.port}`) }));
  const client = await rig.connect();
  onTestFinished(() => client.close());
  expect(await client.ask('cache_memlimit 100\r\n', '\r\n')).toBe('OK\r\n');
  for (const { server } of servers) expect(server.store.maxBytes).toBe(100 * 1024 * 1024);
  expect(await statsOf(client, 'settings')).toMatchObject({ maxbytes: String(2 * 100 * 1024 * 1024) });
});
