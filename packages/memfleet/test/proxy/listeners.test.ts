/** Where clients come in: several listeners, TLS, Unix sockets, logins, limits. */
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { Reply } from '../../src/core/reply.ts';
import { HotKeys } from '../../src/proxy/hot-keys/hot-keys.ts';
import type { ListenerSpec } from '../../src/proxy/index.ts';
import { ListenerSet } from '../../src/proxy/listeners/listener-set.ts';
import { resolveProxyOptions } from '../../src/proxy/options/resolve.ts';
import type { Route } from '../../src/proxy/routes/route.ts';
import { AdmissionControl } from '../../src/session/admission.ts';
import { MemoryBudget } from '../../src/session/memory-budget.ts';
import { socketPath, startNode, within } from '../support/harness.ts';
import { answers, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { selfSigned } from '../support/self-signed.ts';
import { TcpClient } from '../support/tcp-client.ts';

async function rigWith(listener: Partial<ListenerSpec> = {}): Promise<ProxyRig> {
  const node = await startNode();
  return startProxy(simpleOptions({ nodes: node.address }, listener));
}

const set = 'set a 0 0 1\r\nx\r\n';

describe('listeners', () => {
  it('each lead to their own route', async () => {
    const [one, two] = [await startNode(), await startNode()];
    const path = socketPath();
    const rig = await startProxy({
      listeners: [
        { port: 0, route: 'one' },
        { path, mode: 0o600, route: 'two' },
        { port: 0, route: 'frozen' },
        { port: 0, route: 'one', tls: selfSigned },
      ],
      clusters: { one: { nodes: one.address }, two: { nodes: two.address } },
      routes: { frozen: { type: 'read-only', route: 'two' } },
    });
    const [, , frozen, secure] = rig.proxy.stats().listeners.map(({ address }) => address);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await (await rig.connect()).ask('set a 0 0 3\r\none\r\n', '\r\n')).toBe('STORED\r\n');
    expect(await (await TcpClient.connect({ path })).ask('set a 0 0 3\r\ntwo\r\n', '\r\n')).toBe('STORED\r\n');
    const reader = await TcpClient.connect(frozen ?? rig.address);
    expect(await reader.ask(`${set}get a\r\n`, 'END\r\n')).toBe(
      'SERVER_ERROR read-only\r\nVALUE a 0 3\r\ntwo\r\nEND\r\n',
    );
    const client = await TcpClient.connect(secure ?? rig.address, { ca: selfSigned.cert });
    expect(await client.ask('get a\r\n', 'END\r\n')).toBe('VALUE a 0 3\r\none\r\nEND\r\n');
  });

  it('admit no client without a password while others are still being opened, and keep the requests of that time', async () => {
    const node = await startNode();
    const paths = [socketPath(), socketPath()] as const;
    const doors = new ListenerSet({
      latencies: undefined,
      hotKeys: new HotKeys(systemClock, Math.random),
      memoryBudget: new MemoryBudget(Infinity),
      admission: new AdmissionControl({ max: 1000, clock: systemClock }),
    });
    const options = resolveProxyOptions({
      listeners: [
        { path: paths[0], route: 'main', users: { anna: 'secret' } },
        { path: paths[1], route: 'main' },
      ],
      clusters: { main: { nodes: node.address } },
    });
    const seen: string[] = [];
    const reply = new Reply();
    const front: Route = {
      dispatch: (command, handler) => {
        seen.push(command.key);
        handler.onReply(reply.reset('miss'));
      },
    };
    // Nothing counts before `enter`, but the sockets are there.
    const enter = await doors.open(options);
    try {
      const stranger = await TcpClient.connect({ path: paths[0] });
      const early = await TcpClient.connect({ path: paths[1] });
      early.send('get early\r\n');
      expect(await stranger.ask('get forbidden\r\n', '\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
      enter(() => front);
      expect(await stranger.ask('get forbidden\r\n', '\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
      expect(await early.ask('get late\r\n', 'END\r\nEND\r\n')).toBe('END\r\nEND\r\n');
      expect(seen).toEqual(['early', 'late']);
    } finally {
      await doors.destroy();
    }
  });

  it('accept only the configured protocols', async () => {
    const rig = await rigWith({ protocols: ['text'] });
    const text = await rig.connect();
    expect(await text.ask('mn\r\nversion\r\n', '.18\r\n')).toBe('ERROR\r\nVERSION 1.6.18\r\n');
    const binary = await rig.connect();
    binary.send(packet(0x0a));
    expect(await within(1000, binary.rest())).toBe('');
  });

  it('admit clients with a password: ASCII token and SASL PLAIN', async () => {
    const rig = await rigWith({ users: { anna: 'secret' } });
    const text = await rig.connect();
    expect(await text.ask('get a\r\n', '\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
    expect(await text.ask('set auth 0 0 10\r\nanna wrong\r\n', '\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await text.ask('set auth 0 0 11\r\nanna secret\r\n', '\r\n')).toBe('STORED\r\n');
    expect(await text.ask(`${set}get a\r\n`, 'END\r\n')).toBe('STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n');
    const binary = await rig.connect();
    const login = packet(0x21, { key: 'PLAIN', value: '\0anna\0secret' });
    const said = answers(
      await binary.ask(login + packet(0x00, { key: 'a' }) + packet(0x0a, { opaque: 5 }), noopAnswer(5)),
    );
    expect(said.map(({ status, value }) => [status, value])).toEqual([
      [0, 'Authenticated'],
      [0, 'x'],
      [0, ''],
    ]);
    const stranger = await rig.connect();
    stranger.send(packet(0x00, { key: 'a' }));
    expect(answers(await within(1000, stranger.rest()))).toMatchObject([{ status: 0x20 }]);
    expect(rig.proxy.stats().listeners[0]).toMatchObject({ authentications: 3, authenticationFailures: 1 });
  });

  it('send an error to one client too many, and take the next when there is room', async () => {
    const rig = await rigWith({ maxSessions: 2 });
    const [one] = [await rig.connect(), await rig.connect()];
    const third = await rig.connect();
    expect(await within(1000, third.rest())).toBe('ERROR Too many open connections\r\n');
    expect(await one.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
    one.close();
    await within(
      1000,
      (async () => {
        while (rig.proxy.stats().sessions > 1) await new Promise((resolve) => setImmediate(resolve));
      })(),
    );
    expect(await (await rig.connect()).ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
    expect(rig.proxy.stats().listeners[0]).toMatchObject({ accepted: 3, rejected: 1, maxSessions: 2 });
  });

  it('close clients that are silent for too long', async () => {
    const rig = await rigWith({ idleTimeout: 200 });
    const client = await rig.connect();
    expect(await client.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
    await within(2000, client.ended);
    expect(rig.proxy.stats().listeners[0]?.idleKicks).toBe(1);
  });

  it('bound lines, keys and values', async () => {
    const rig = await rigWith({ maxLine: 100, maxKey: 20, maxItemSize: 50 });
    const client = await rig.connect();
    await client.ask(set, 'STORED\r\n');
    expect(await client.ask(`get ${'k'.repeat(21)}\r\n`, '\r\n')).toBe('CLIENT_ERROR bad command line format\r\n');
    expect(await client.ask(`set a 0 0 51\r\n${'x'.repeat(51)}\r\nget a\r\n`, 'END\r\n')).toBe(
      'SERVER_ERROR object too large for cache\r\nEND\r\n',
    );
    expect(await client.ask(`delete ${'k'.repeat(200)}`, '\r\n')).toBe('CLIENT_ERROR line too long\r\n');
    await within(1000, client.ended);
    const binary = await rig.connect();
    const tooLarge = packet(0x01, { key: 'b', value: 'x'.repeat(51), extras: storeExtras() });
    expect(answers(await binary.ask(tooLarge + packet(0x0a, { opaque: 1 }), noopAnswer(1)))).toMatchObject([
      { status: 3 },
      { status: 0 },
    ]);
  });
});

describe('commands that are the proxy’s own', () => {
  it('flush_all is refused unless it is allowed', async () => {
    const rig = await rigWith({ allowFlush: false });
    const client = await rig.connect();
    await client.ask(set, 'STORED\r\n');
    expect(await client.ask('flush_all\r\nflush_all noreply\r\nget a\r\n', 'END\r\n')).toBe(
      'CLIENT_ERROR flush_all not allowed\r\nVALUE a 0 1\r\nx\r\nEND\r\n',
    );
    const binary = await rig.connect();
    expect(answers(await binary.ask(packet(0x08) + packet(0x0a, { opaque: 1 }), noopAnswer(1)))).toMatchObject([
      { status: 0x20 },
      { status: 0 },
    ]);
    expect((await startNode()).commands).toEqual([]);
  });

  it('flush_all goes to every node, with its delay', async () => {
    const nodes = [await startNode(), await startNode()];
    const rig = await startProxy(simpleOptions({ nodes: nodes.map(({ address }) => address) }));
    const client = await rig.connect();
    expect(await client.ask('flush_all 30\r\nflush_all noreply\r\nmn\r\n', 'MN\r\n')).toBe('OK\r\nMN\r\n');
    for (const node of nodes) {
      await node.until(() => node.commands.length === 2);
      expect(node.commands.map(({ verb, exptime }) => [verb, exptime])).toEqual([
        ['flush', 30],
        ['flush', 0],
      ]);
    }
  });

  it('opcodes without a meaning to every node are unknown', async () => {
    const rig = await rigWith();
    const binary = await rig.connect();
    const hello = packet(0x1f, { key: 'client', value: '\0\x01' });
    const locked = packet(0x94, { key: 'a', extras: '\0\0\0\x05' });
    const said = answers(await binary.ask(hello + locked + packet(0x20) + packet(0x0a, { opaque: 1 }), noopAnswer(1)));
    expect(said.map(({ status }) => status)).toEqual([0x81, 0x81, 0x81, 0]);
  });

  it('version, verbosity and noop ask no node', async () => {
    const rig = await startProxy({ ...simpleOptions({ nodes: '127.0.0.1:1' }), version: '9.9' });
    const client = await rig.connect();
    expect(await client.ask('version\r\nverbosity 1\r\nmn\r\n', 'MN\r\n')).toBe('VERSION 9.9\r\nOK\r\nMN\r\n');
  });
});
