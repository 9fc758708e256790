import { describe, expect, it } from 'vitest';
import { redact } from '../../src/base/redact.ts';
import { ownVersion } from '../../src/base/version.ts';
import { createProxy } from '../../src/proxy/index.ts';
import { startNode } from '../support/harness.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe, type ScriptedNode } from '../support/scripted-node.ts';
import type { TcpClient } from '../support/tcp-client.ts';

/** The lines of a group, as an object. */
async function stats(client: TcpClient, group = ''): Promise<Record<string, string>> {
  const answer = await client.ask(group === '' ? 'stats\r\n' : `stats ${group}\r\n`, 'END\r\n');
  const lines = answer.split('\r\n').slice(0, -2);
  return Object.fromEntries(lines.map((line) => /^STAT (\S+) (.*)$/.exec(line)?.slice(1) ?? [line, 'no stat']));
}

async function rig(): Promise<{ node: ScriptedNode; rig: ProxyRig; client: TcpClient }> {
  const node = await startNode();
  const proxy = await startProxy({
    listeners: [{ name: 'door', port: 0, route: 'cached', users: { anna: 'topsecret' } }],
    clusters: { main: { nodes: node.address, username: 'me', password: 'topsecret' } },
    routes: { cached: { type: 'front-cache', route: 'main', prefixes: ['hot:'], lifespan: 60_000 } },
  });
  const client = await proxy.connect();
  await client.ask('set auth 0 0 14\r\nanna topsecret\r\n', 'STORED\r\n');
  await client.ask('set hot:a 0 0 1\r\nx\r\n', 'STORED\r\n');
  await client.ask('get hot:a\r\n', 'END\r\n');
  const asked = [
    'get hot:a',
    'set b 0 0 1 noreply\r\nx',
    'get b none b',
    'get none',
    'gets b',
    'delete none',
    'incr b 1',
    'add b 0 0 1\r\ny',
    'bogus',
    'mn',
  ];
  await client.ask(asked.map((line) => `${line}\r\n`).join(''), 'MN\r\n');
  return { node, rig: proxy, client };
}

describe('stats', () => {
  it('count commands by kind and outcome', async () => {
    const { rig: proxy, node } = await rig();
    const { commands, multigetKeys, multigetDuplicates, latencies, frontCaches, clusters } = proxy.proxy.stats();
    // As in memcached every key counts, however many a get has.
    expect(commands.get).toMatchObject({ seen: 6, ok: 4, misses: 2, errors: 0 });
    expect(commands.gets).toMatchObject({ seen: 1, ok: 1 });
    expect(commands.set).toMatchObject({ seen: 3, ok: 3, quiet: 1 });
    expect(commands.add).toMatchObject({ seen: 1, notStored: 1 });
    expect(commands.delete).toMatchObject({ seen: 1, misses: 1 });
    expect(commands.incr).toMatchObject({ seen: 1, errors: 1 });
    expect(commands.invalid).toMatchObject({ seen: 1, errors: 1 });
    expect([multigetKeys, multigetDuplicates]).toEqual([3, 1]);
    expect(frontCaches['cached']).toMatchObject({ items: 1, hits: 1, misses: 1, adds: 1 });
    expect(clusters['main']?.nodes).toMatchObject([{ node: node.address, open: 1 }]);
    const latency = latencies[node.address];
    expect(latency?.count).toBeGreaterThan(4);
    expect(latency?.counts.reduce((sum, count) => sum + count)).toBe(latency?.count);
  });

  it('have the names of memcached', async () => {
    const {
      client,
      rig: { port },
    } = await rig();
    expect(await stats(client)).toMatchObject({
      version: '1.6.18',
      memfleet: ownVersion,
      curr_connections: '1',
      total_connections: '1',
      // What the nodes count: the front cache has answered the others.
      cmd_get: '5',
      get_hits: '3',
      get_misses: '2',
      cmd_set: '3',
      delete_misses: '1',
      curr_items: '2',
      nodes: '1',
      nodes_failed: '0',
    });
    expect(await stats(client, 'settings')).toMatchObject({
      maxconns: '20000',
      tcpport: String(port),
      item_size_max: '1048576',
      maxbytes: '67108864',
      evictions: 'on',
      cas_enabled: 'yes',
      auth_enabled_ascii: 'yes',
      'door:maxconns': '20000',
      'door:route': 'cached',
      'door:auth_enabled': 'yes',
    });
  });

  it('have the groups of Moxi', async () => {
    const { client, rig: proxy, node } = await rig();
    const door = `${proxy.port}:cached`;
    const all = await stats(client, 'proxy');
    expect(all).toMatchObject({
      'basic:version': '1.6.18',
      [`${door}:info:name`]: 'cached',
      [`${door}:pstd_stats:num_upstream`]: '1',
      [`${door}:pstd_stats:tot_multiget_keys_dedupe`]: '1',
      [`${door}:pstd_stats_cmd:quiet_set:seen`]: '1',
      [`${door}:pstd_stats_cmd:regular_get:seen`]: '6',
      [`main:${node.address}:num_downstream_conn`]: '1',
      'main:behavior:downstream_conn_max': '2',
      'cached:frontcache:tot_get_hits': '1',
    });
    expect(await stats(client, 'proxy all')).toMatchObject({ 'basic:version': '1.6.18' });
    expect(await stats(client, 'proxy timings')).toHaveProperty(`${node.address}:latency_ms:count`);
    expect(await stats(client, 'proxy keystats')).toEqual({});
    for (const group of ['info', 'settings', 'behaviors', 'frontcache', 'stats'])
      expect(Object.keys(await stats(client, `proxy ${group}`)).length).toBeGreaterThan(0);
    for (const line of Object.entries(all)) expect(line[1]).not.toBe('no stat');
  });

  it('show no secrets', async () => {
    const { client } = await rig();
    const config = JSON.stringify([
      await stats(client, 'proxy config'),
      await stats(client, 'proxy'),
      await stats(client, 'settings'),
    ]);
    expect(config).toContain('front-cache');
    expect(config).not.toContain('topsecret');
  });

  it('show no passwords that are inside of texts either', async () => {
    const node = await startNode();
    const map = `11211={"name":"default","saslPassword":"hidden1","vBucketServerMap":{"serverList":["${node.address}"]}}`;
    const shown = redact({
      couchbase: { map, urls: ['http://anna:hidden2@hidden3@10.0.0.1:8091/pools', 'couchbase://10.0.0.1'] },
    });
    expect(shown).not.toContain('hidden');
    expect(JSON.parse(shown)).toEqual({
      couchbase: {
        map: map.replace('hidden1', '***'),
        urls: ['http://anna:***@10.0.0.1:8091/pools', 'couchbase://10.0.0.1'],
      },
    });
  });

  it('count for a node how long a get of many keys and a command that failed took', async () => {
    const node = await startNode(
      afterProbe((command, connection) => command.verb === 'store' || connection.answer(command)),
    );
    const proxy = await startProxy(simpleOptions({ nodes: node.address, timeout: 500 }));
    const client = await proxy.connect();
    await client.ask('get a b c\r\n', 'END\r\n');
    expect(proxy.proxy.stats().latencies[node.address]?.count).toBe(1);
    expect(await client.ask('set a 0 0 1\r\nx\r\n', '\r\n')).toMatch(/^SERVER_ERROR /);
    expect(proxy.proxy.stats().latencies[node.address]?.count).toBe(2);
  });

  it('go to 0', async () => {
    const { client, rig: proxy } = await rig();
    expect(await client.ask('stats reset\r\n', '\r\n')).toBe('RESET\r\n');
    expect(proxy.proxy.stats().commands.get.seen).toBe(0);
    await client.ask('get b\r\n', 'END\r\n');
    expect(await client.ask('stats proxy reset\r\n', '\r\n')).toBe('OK\r\n');
    expect(proxy.proxy.stats().commands.get.seen).toBe(0);
  });

  it('of an unknown group are an error', async () => {
    const { client } = await rig();
    for (const group of ['nothing', 'proxy nothing', 'proxy stats more', 'constructor']) {
      expect(await client.ask(`stats ${group}\r\n`, '\r\n')).toBe('ERROR\r\n');
    }
  });

  it('are there before anything listens', () => {
    const proxy = createProxy(simpleOptions({ nodes: 'a' }));
    expect(proxy.stats()).toMatchObject({ revision: 1, sessions: 0, listeners: [], clusters: {} });
  });
});
