/** A new configuration while clients are served. */
import { describe, expect, it } from 'vitest';
import { InvalidOptionError, MemcacheError } from '../../src/core/errors.ts';
import { type Address, formatAddress } from '../../src/net/transport.ts';
import type { ProxyOptions } from '../../src/proxy/index.ts';
import { deadAddress, socketPath, startNode, within } from '../support/harness.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe } from '../support/scripted-node.ts';
import { TcpClient } from '../support/tcp-client.ts';
import { startCluster } from '../testing/support/start-cluster.ts';

const get = (client: TcpClient, key: string): Promise<string> => client.ask(`get ${key}\r\n`, 'END\r\n');
const hit = (key: string, value: string): string => `VALUE ${key} 0 ${value.length}\r\n${value}\r\nEND\r\n`;

/** Where the listeners are now. */
const addresses = (rig: ProxyRig): readonly Address[] => rig.proxy.stats().listeners.map(({ address }) => address);

describe('reload', () => {
  it('takes other nodes; sessions stay, and so do the connections of nodes that stay', async () => {
    const [one, two, three] = [await startNode(), await startNode(), await startNode()];
    const rig = await startProxy(simpleOptions({ nodes: [one.address, two.address], timeout: 200 }));
    const client = await rig.connect();
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    const setAll = keys.map((key) => `set ${key} 0 0 1 noreply\r\nx\r\n`).join('');
    await client.ask(`${setAll}mn\r\n`, 'MN\r\n');
    await rig.proxy.reload(simpleOptions({ nodes: [two.address, three.address], timeout: 200 }));
    await client.ask(`${setAll}mn\r\n`, 'MN\r\n');
    expect(await client.ask(`get ${keys.join(' ')}\r\n`, 'END\r\n')).toBe(
      `${keys.map((key) => `VALUE ${key} 0 1\r\nx\r\n`).join('')}END\r\n`,
    );
    expect(rig.proxy.stats().clusters['main']).toMatchObject({
      revision: 2,
      nodes: [
        { node: two.address, connects: 1, disconnects: 0 },
        { node: three.address, connects: 1 },
      ],
    });
    expect(two.connections).toHaveLength(1);
    await within(
      2000,
      one.until(() => one.open === 0),
      'the end of the connection to the node that left',
    );
    expect(rig.proxy.stats()).toMatchObject({ revision: 2, reloads: 1, reloadsRefused: 0, sessions: 1 });
  });

  it('keeps `random`: a new fleet draws from it too', async () => {
    let draws = 0;
    const random = (): number => {
      draws++;
      return 0.5;
    };
    const fleet = { nodes: await deadAddress(), timeout: 200 };
    const rig = await startProxy({ ...simpleOptions(fleet), random });
    await rig.proxy.reload({ ...simpleOptions({ ...fleet, connectTimeout: 50 }), random: undefined });
    const client = await rig.connect();
    await client.ask('get a\r\n', '\r\n');
    // How long it waits until it dials the dead node again is drawn.
    expect(draws).toBeGreaterThan(0);
  });

  it('gives a listener another name without closing it', async () => {
    const node = await startNode();
    const path = socketPath();
    const options = (name: string): ProxyOptions => ({
      listeners: [{ name, path, route: 'main' }],
      clusters: { main: { nodes: node.address } },
    });
    const rig = await startProxy(options('before'));
    const client = await TcpClient.connect({ path });
    await rig.proxy.reload(options('after'));
    expect(rig.proxy.stats().listeners).toMatchObject([{ name: 'after', sessions: 1 }]);
    expect(await get(client, 'a')).toBe('END\r\n');
  });

  it('takes other nodes to ask for the list of a bucket', async () => {
    const cluster = await startCluster({ nodes: 2 });
    const [one, two] = cluster.nodes.map(({ name }) => name);
    const options = (nodes: string | undefined): ProxyOptions =>
      simpleOptions({ nodes: nodes ?? '', couchbase: cluster.credentials });
    const rig = await startProxy(options(one));
    const client = await rig.connect();
    await client.ask('set a 0 0 1\r\nx\r\n', '\r\n');
    await rig.proxy.reload(options(two));
    expect(await get(client, 'a')).toBe(hit('a', 'x'));
  });

  it('that changes nothing changes nothing', async () => {
    const node = await startNode();
    const options = (): ProxyOptions => simpleOptions({ nodes: [node.address], pool: { max: 2 }, tls: false });
    const rig = await startProxy(options());
    const client = await rig.connect();
    await get(client, 'a');
    await rig.proxy.reload(options());
    await get(client, 'a');
    expect(node.connections).toHaveLength(1);
    expect(rig.proxy.stats().clusters['main']?.revision).toBe(1);
  });

  it('lets requests in flight finish on the old routes, even where the cluster is gone', async () => {
    const held: (() => void)[] = [];
    const old = await startNode(afterProbe((command, connection) => held.push(() => connection.answer(command))));
    const fresh = await startNode();
    const rig = await startProxy({ ...simpleOptions({ nodes: old.address, timeout: 2000 }) });
    const client = await rig.connect();
    client.send('get before\r\nset before 0 0 1\r\nx\r\n');
    await within(
      1000,
      old.until(() => old.commands.length === 2),
    );
    await rig.proxy.reload({
      listeners: [{ port: 0, route: 'other', allowFlush: true }],
      clusters: { other: { nodes: fresh.address } },
    });
    client.send('set after 0 0 1\r\ny\r\nget after\r\n');
    await within(
      1000,
      fresh.until(() => fresh.commands.length === 2),
    );
    for (const answer of held) answer();
    expect(await client.until(hit('after', 'y'))).toBe(`END\r\nSTORED\r\nSTORED\r\n${hit('after', 'y')}`);
    expect(old.store.store.count).toBe(1);
  });

  it('exchanges routes and limits for the sessions that are there', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const clusters = { one: { nodes: one.address }, two: { nodes: two.address } };
    const rig = await startProxy({ listeners: [{ port: 0, route: 'one' }], clusters });
    const client = await rig.connect();
    await client.ask('set a 0 0 3\r\none\r\n', 'STORED\r\n');
    await rig.proxy.reload({
      listeners: [{ port: 0, route: 'both', allowFlush: true }],
      clusters,
      routes: { both: { type: 'failover', routes: ['two', 'one'], on: 'error-or-miss' } },
    });
    await client.ask('set b 0 0 3\r\ntwo\r\n', 'STORED\r\n');
    expect(await get(client, 'a')).toBe(hit('a', 'one'));
    expect(two.store.store.count).toBe(1);
    expect(await client.ask('flush_all\r\n', '\r\n')).toBe('OK\r\n');
    expect(two.connections).toHaveLength(1);
    expect(one.connections).toHaveLength(1);
  });

  it('opens new listeners and closes those that are gone, with their sessions, when these are done', async () => {
    const node = await startNode();
    const clusters = { main: { nodes: node.address } };
    const rig = await startProxy({
      listeners: [
        { name: 'a', port: 0, route: 'main' },
        { name: 'b', port: 0, route: 'main' },
      ],
      clusters,
    });
    const [first, second] = addresses(rig) as [Address, Address];
    const [stays, goes] = [await TcpClient.connect(first), await TcpClient.connect(second)];
    await get(stays, 'x');
    await get(goes, 'x');
    await rig.proxy.reload({
      listeners: [
        { name: 'c', port: 0, route: 'main' },
        { name: 'a', port: 0, route: 'main' },
      ],
      clusters,
    });
    const [third, same] = addresses(rig) as [Address, Address];
    expect(same).toEqual(first);
    expect(await get(stays, 'x')).toBe('END\r\n');
    await within(1000, goes.ended, 'the end of the session');
    const fresh = await TcpClient.connect(third);
    expect(await get(fresh, 'x')).toBe('END\r\n');
    expect(rig.proxy.stats().commands.get.seen).toBe(4);
  });

  it.each<[string, (options: ProxyOptions) => ProxyOptions, RegExp]>([
    ['an unknown option', (options) => ({ ...options, colour: 'red' }) as ProxyOptions, /unknown option "colour"/],
    [
      'a cluster without nodes',
      (options) => ({ ...options, clusters: { main: { nodes: [] } } }),
      /clusters\.main: option "nodes" is an empty list/,
    ],
    [
      'a route that leads nowhere',
      (options) => ({ ...options, routes: { r: { type: 'read-only', route: 'nobody' } } }),
      /no route or cluster "nobody"/,
    ],
    [
      'an address that is taken',
      (options) => ({ ...options, listeners: [...options.listeners, { path: '/nowhere/at/all.sock', route: 'main' }] }),
      /cannot listen on \/nowhere/,
    ],
  ])('refuses %s whole, and everything goes on', async (_name, spoil, complaint) => {
    const node = await startNode();
    const rig = await startProxy(simpleOptions({ nodes: node.address }));
    const client = await rig.connect();
    await client.ask('set a 0 0 1\r\nx\r\n', 'STORED\r\n');
    const events: unknown[] = [];
    rig.proxy.on('reload', (event) => events.push(event));
    const refused = rig.proxy.reload(spoil({ ...simpleOptions({ nodes: '127.0.0.1:1' }), closeTimeout: 1 }));
    await expect(refused).rejects.toBeInstanceOf(MemcacheError);
    await expect(refused).rejects.toThrow(complaint);
    expect(await get(client, 'a')).toBe(hit('a', 'x'));
    expect(rig.proxy.stats()).toMatchObject({ revision: 1, reloads: 0, reloadsRefused: 1 });
    expect(events).toMatchObject([{ revision: 1 }]);
    expect(node.connections).toHaveLength(1);
  });

  it('does not switch TLS on a listener', async () => {
    const node = await startNode();
    const options = simpleOptions({ nodes: node.address }, { name: 'door' });
    const rig = await startProxy(options);
    const withTls = {
      ...options,
      listeners: [{ ...options.listeners[0], tls: { key: 'k', cert: 'c' } }],
    } as ProxyOptions;
    await expect(rig.proxy.reload(withTls)).rejects.toThrow(InvalidOptionError);
  });

  it('again and again, under load, loses nothing', async () => {
    const nodes = [await startNode(), await startNode(), await startNode()];
    const options = (count: number): ProxyOptions =>
      simpleOptions({ nodes: nodes.slice(0, count).map(({ address }) => address) });
    const rig = await startProxy(options(3));
    const clients = await Promise.all(Array.from({ length: 10 }, () => rig.connect()));
    const over = new AbortController();
    const answers = clients.map(async (client, i) => {
      let count = 0;
      while (!over.signal.aborted) {
        const asked = Array.from({ length: 20 }, (_, n) => `get c${i}k${n}\r\n`).join('');
        expect(await client.ask(`${asked}mn\r\n`, 'MN\r\n')).toBe(`${'END\r\n'.repeat(20)}MN\r\n`);
        count += 20;
      }
      return count;
    });
    for (let i = 0; i < 20; i++) await rig.proxy.reload(options((i % 3) + 1));
    over.abort();
    for (const count of await Promise.all(answers)) expect(count).toBeGreaterThan(0);
    expect(rig.proxy.stats().commands.get).toMatchObject({ errors: 0 });
  });
});

describe('close', () => {
  it('replies to what is in flight, then closes everything', async () => {
    const held: (() => void)[] = [];
    const node = await startNode(afterProbe((command, connection) => held.push(() => connection.answer(command))));
    const rig = await startProxy(simpleOptions({ nodes: node.address, timeout: 5000 }));
    const [busy, idle] = [await rig.connect(), await rig.connect()];
    busy.send('get a\r\nget b\r\n');
    await within(
      1000,
      node.until(() => node.commands.length > 0),
    );
    const closed = rig.proxy.close();
    await within(1000, idle.ended, 'the end of the idle session');
    busy.send('get c\r\n');
    for (const answer of held) answer();
    expect(await busy.rest()).toBe('END\r\nEND\r\n');
    busy.close();
    idle.close();
    await within(2000, closed, 'close');
    await within(
      1000,
      node.until(() => node.open === 0),
    );
    await expect(TcpClient.connect(rig.address)).rejects.toThrow();
  });

  it('waits no longer than closeTimeout, and destroy not at all', async () => {
    const node = await startNode(afterProbe(() => {}));
    for (const end of ['close', 'destroy'] as const) {
      const rig = await startProxy({ ...simpleOptions({ nodes: node.address, timeout: 60_000 }), closeTimeout: 100 });
      const client = await rig.connect();
      client.send('get a\r\n');
      await client.ask('', '');
      await within(2000, rig.proxy[end](), end);
      await rig.proxy[end]();
      expect(rig.proxy.stats().sessions).toBe(0);
      client.close();
    }
  });

  it('of a proxy that never listened is nothing; reload and listen are refused afterwards', async () => {
    const rig = await startProxy(simpleOptions({ nodes: '127.0.0.1:1' }));
    await rig.proxy.close();
    await expect(rig.proxy.reload(simpleOptions({ nodes: '127.0.0.1:1' }))).rejects.toThrow('closed');
    expect(formatAddress(rig.address)).toContain('127.0.0.1');
  });
});
