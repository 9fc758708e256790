/**
 * Nodes and clients that misbehave: all others are served, every command is answered in its order, nothing is left
 * behind.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/net/transport.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer } from '../../src/server/index.ts';
import { startNode, within } from '../support/harness.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe } from '../support/scripted-node.ts';
import { askGets, hit, timeout, type TwoNodes, twoNodes } from './two-nodes.ts';

/**
 * The keys of the bad node fail with its name, those of the other do not, in the order of the request; and the session
 * continues.
 */
async function expectFailure({ client, bad, badKey, goodKey }: TwoNodes, why = ''): Promise<void> {
  const answer = await askGets(client, goodKey, badKey, goodKey);
  const [error = ''] = answer.slice(hit(goodKey).length).split('\r\n');
  expect(error).toMatch(new RegExp(`^SERVER_ERROR .*${bad.address}.*${why}`));
  expect(answer).toBe(`${hit(goodKey)}${error}\r\n${hit(goodKey)}MN\r\n`);
}

describe.each<Protocol>(['meta', 'text', 'binary'])('a node that speaks %s and', (protocol) => {
  const speaks: readonly Protocol[] = protocol === 'meta' ? ['meta', 'text'] : [protocol];

  it('is killed fails its keys by name, and serves again when it is back', async () => {
    const rig = await twoNodes(speaks);
    await rig.bad.down();
    const events: string[] = [];
    for (const name of ['eject', 'readmit'] as const) rig.rig.proxy.on(name, () => events.push(name));
    while (events.length === 0) await expectFailure(rig);
    await rig.bad.listen();
    while (events.length === 1) await askGets(rig.client, rig.goodKey);
    expect(events).toEqual(['eject', 'readmit']);
    expect(await askGets(rig.client, rig.badKey)).toBe(`${hit(rig.badKey)}MN\r\n`);
  });

  it('hangs fails its keys after the timeout; late replies are dropped', async () => {
    const rig = await twoNodes(speaks);
    const late: (() => void)[] = [];
    rig.bad.script = afterProbe((command, connection) => late.push(() => connection.answer(command)));
    const second = await rig.rig.connect();
    const started = performance.now();
    await expectFailure(rig, 'deadline');
    expect(performance.now() - started).toBeLessThan(timeout * 10);
    rig.bad.script = { speaks };
    for (const answer of late) answer();
    expect(await askGets(second, rig.secondBadKey, rig.goodKey)).toBe(
      `${hit(rig.secondBadKey)}${hit(rig.goodKey)}MN\r\n`,
    );
  });

  it('drips its replies fails its keys after the timeout', async () => {
    const rig = await twoNodes(speaks);
    rig.bad.script = afterProbe((command, connection) => connection.drip(connection.bytesFor(command), 40));
    await expectFailure(rig);
    rig.bad.script = { speaks };
  });

  it('resets every connection on the first command fails its keys', async () => {
    const rig = await twoNodes(speaks);
    rig.bad.script = afterProbe((_command, connection) => connection.reset());
    for (let i = 0; i < 5; i++) await expectFailure(rig);
    rig.bad.script = { speaks };
  });

  it('replies with garbage fails its keys', async () => {
    const rig = await twoNodes(speaks);
    rig.bad.script = afterProbe((_command, connection) => connection.send('\x42ANANA \xff\r\n'.repeat(5)));
    await expectFailure(rig);
    rig.bad.script = { speaks };
  });

  it('replies with half a value and resets fails its keys', async () => {
    const rig = await twoNodes(speaks);
    rig.bad.script = afterProbe((command, connection) =>
      connection.reset(connection.bytesFor(command).subarray(0, 12)),
    );
    await expectFailure(rig);
    rig.bad.script = { speaks };
  });
});

describe('a failed node', () => {
  it('is a miss where the listener says so, for gets only', async () => {
    const rig = await twoNodes(undefined, { onNodeFailure: 'miss' });
    await rig.bad.down();
    const { client, badKey, goodKey } = rig;
    expect(await askGets(client, badKey, goodKey)).toBe(`END\r\n${hit(goodKey)}MN\r\n`);
    expect(await client.ask(`get ${badKey} ${goodKey}\r\n`, 'END\r\n')).toBe(hit(goodKey));
    expect(await client.ask(`mg ${badKey} v\r\nmn\r\n`, 'MN\r\n')).toBe('EN\r\nMN\r\n');
    expect(await client.ask(`set ${badKey} 0 0 1\r\nx\r\n`, '\r\n')).toMatch(/^SERVER_ERROR .*\r\n$/);
    expect(await client.ask(`delete ${badKey}\r\n`, '\r\n')).toMatch(/^SERVER_ERROR .*\r\n$/);
  });

  it('ends a get of many keys with its error, behind the values of the others', async () => {
    const rig = await twoNodes();
    await rig.bad.down();
    const { client, badKey, goodKey, bad } = rig;
    const answer = await client.ask(`get ${goodKey} ${badKey} ${goodKey}\r\nmn\r\n`, 'MN\r\n');
    const item = `VALUE ${goodKey} 0 1\r\nv\r\n`;
    expect(answer.startsWith(`${item}${item}SERVER_ERROR `)).toBe(true);
    expect(answer).toContain(bad.address);
    expect(answer).not.toContain('END');
  });

  it('is left alone while it is ejected, and its keys may go to the others', async () => {
    const rig = await twoNodes(undefined, {}, { failure: 'redistribute', ejectTime: 60_000 });
    const ejected: unknown[] = [];
    rig.rig.proxy.on('eject', (event) => ejected.push(event));
    await rig.bad.down();
    while (ejected.length === 0) await askGets(rig.client, rig.badKey);
    expect(ejected).toMatchObject([{ cluster: 'main', node: rig.bad.address }]);
    expect(await rig.client.ask(`set ${rig.badKey} 0 0 1\r\nx\r\nget ${rig.badKey}\r\n`, 'END\r\n')).toBe(
      `STORED\r\nVALUE ${rig.badKey} 0 1\r\nx\r\nEND\r\n`,
    );
  });

  it('does not cost a retry what it stored: a write that was sent is not sent again', async () => {
    const rig = await twoNodes(undefined, {}, { retry: { attempts: 1, delay: 1 } });
    let sets = 0;
    rig.bad.script = afterProbe((command, connection) => {
      if (command.verb === 'store') sets++;
      connection.reset();
    });
    expect(await rig.client.ask(`set ${rig.badKey} 0 0 1\r\nx\r\n`, '\r\n')).toMatch(/^SERVER_ERROR /);
    expect(sets).toBe(1);
  });
});

/** Waits until the nodes owe nothing and the clients are gone. */
async function expectNothingLeft(rig: ProxyRig, sessions: number): Promise<void> {
  const isQuiet = (): boolean => {
    const stats = rig.proxy.stats();
    const nodes = Object.values(stats.clusters).flatMap((cluster) => cluster.nodes);
    return (
      stats.sessions === sessions &&
      stats.receiving === 0 &&
      nodes.every(({ inFlight, waiting }) => inFlight + waiting === 0)
    );
  };
  await within(
    2000,
    (async () => {
      while (!isQuiet()) await new Promise((resolve) => setImmediate(resolve));
    })(),
    'all to be over',
  );
}

describe('a client that', () => {
  it('leaves with requests in flight affects no other client', async () => {
    const held: (() => void)[] = [];
    const node = await startNode(afterProbe((command, connection) => held.push(() => connection.answer(command))));
    const rig = await startProxy(simpleOptions({ nodes: node.address }));
    const [one, other] = [await rig.connect(), await rig.connect()];
    one.send('get a\r\nset b 0 0 1\r\nx\r\nget c\r\nget d e f\r\n');
    await within(
      1000,
      node.until(() => node.commands.length > 1),
    );
    other.send('get g\r\nset h 0 0 1\r\nx\r\n');
    one.socket.resetAndDestroy();
    await within(
      1000,
      node.until(() => node.commands.some(({ key }) => key === 'h')),
    );
    node.script = {};
    for (const answer of held) answer();
    expect(await other.ask('get b\r\nmn\r\n', 'MN\r\n')).toBe('END\r\nSTORED\r\nVALUE b 0 1\r\nx\r\nEND\r\nMN\r\n');
    await expectNothingLeft(rig, 1);
  });

  it('never reads is held back, then closed, while others are served', async () => {
    const node = await startNode();
    const listener = { maxOutput: 64 * 1024, maxHeldOutput: 8 * 1024 * 1024, stallTimeout: 300 };
    const rig = await startProxy(simpleOptions({ nodes: node.address }, listener));
    const [greedy, other] = [await rig.connect(), await rig.connect()];
    const large = 'x'.repeat(100_000);
    await other.ask(`set large 0 0 ${large.length}\r\n${large}\r\n`, 'STORED\r\n');
    greedy.socket.pause();
    greedy.send('get large\r\n'.repeat(5000));
    for (let i = 0; i < 50; i++) expect(await other.ask('get none\r\n', 'END\r\n')).toBe('END\r\n');
    await within(
      5000,
      (async () => {
        while (rig.proxy.stats().sessions > 1) await other.ask('get none\r\n', 'END\r\n');
      })(),
      'the slow client to be closed',
    );
    expect(rig.proxy.stats().listeners[0]?.slowKicks).toBe(1);
    // Far less was fetched for it than it asked for.
    expect(node.commands.filter(({ key, keys }) => key === 'large' || keys?.includes('large')).length).toBeLessThan(
      1000,
    );
    await expectNothingLeft(rig, 1);
  });

  it('stops in the middle of a set stores nothing and is closed when it is silent', async () => {
    const node = await startNode();
    const rig = await startProxy(simpleOptions({ nodes: node.address }, { idleTimeout: 200 }));
    const client = await rig.connect();
    client.send('set half 0 0 10\r\n12345');
    await within(3000, client.ended, 'the end');
    client.close();
    expect(node.commands).toEqual([]);
    await expectNothingLeft(rig, 0);
  });

  it('goes away in the middle of a set, small or large, leaves nothing', async () => {
    const node = await startNode();
    const rig = await startProxy(simpleOptions({ nodes: node.address }));
    for (const size of [10, 5_000_000]) {
      const client = await rig.connect();
      client.send(`set half 0 0 ${size}\r\n12345`);
      await client.ask('', '');
      client.socket.resetAndDestroy();
    }
    await expectNothingLeft(rig, 0);
    expect(node.commands).toEqual([]);
  });

  it('half-closes gets its replies, then the end', async () => {
    const node = await startNode();
    const rig = await startProxy(simpleOptions({ nodes: node.address }));
    const client = await rig.connect();
    client.send('set a 0 0 1\r\nx\r\nget a\r\n');
    client.socket.end();
    expect(await client.rest()).toBe('STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n');
  });
});

describe.each<Protocol>(['meta', 'text', 'binary'])('large values over nodes that speak %s', (protocol) => {
  it.each([1_000_000, 20_000_000])('%d bytes pass unchanged, and small ones pass them by', async (size) => {
    const protocols: readonly Protocol[] = protocol === 'meta' ? ['meta', 'text'] : [protocol];
    const server = createServer({ port: 0, protocols, maxBytes: 256 * 1024 * 1024, maxItemSize: 64 * 1024 * 1024 });
    onTestFinished(() => server.destroy());
    const address = await server.listen();
    const rig = await startProxy(simpleOptions({ nodes: formatAddress(address), timeout: 5000 }));
    const [heavy, light] = [await rig.connect(), await rig.connect()];
    const body = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz\r\nEND\r\n').toString('latin1');
    const stored = heavy.ask(`set big 5 0 ${size}\r\n${body}\r\n`, 'STORED\r\n');
    expect(await light.ask('set small 0 0 1\r\nx\r\n', '\r\n')).toBe('STORED\r\n');
    expect(await stored).toBe('STORED\r\n');
    const head = `VALUE big 5 ${size}\r\n`;
    const got = heavy.ask('get big\r\nmn\r\n', 'MN\r\n');
    expect(await light.ask('get small\r\n', 'END\r\n')).toBe('VALUE small 0 1\r\nx\r\nEND\r\n');
    expect((await got) === `${head}${body}\r\nEND\r\nMN\r\n`).toBe(true);
    expect(rig.proxy.stats().receiving).toBe(0);
  });
});
