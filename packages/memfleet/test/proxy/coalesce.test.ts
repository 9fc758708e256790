/** `coalesce: true`: equal gets of several sessions reach the node once; whoever asks for the cas asks for itself. */
import { describe, expect, it } from 'vitest';
import { swallow } from '../../src/core/dispatcher.ts';
import { commandOf } from '../support/ask.ts';
import { startNode } from '../support/harness.ts';
import { answers, noopAnswer, packet } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe, type ScriptedNode } from '../support/scripted-node.ts';
import type { TcpClient } from '../support/tcp-client.ts';

interface Stage {
  readonly node: ScriptedNode;
  readonly rig: ProxyRig;
  readonly clients: readonly TcpClient[];
  /** How often the key was asked for. */
  readonly asked: (key: string) => number;
  /** Each client sends the text; resolves when the proxy has read all of them. */
  readonly send: (texts: readonly string[]) => Promise<void>;
  /** The node answers what it held, and from now on everything. */
  readonly release: () => void;
}

/** A node that has `k` and answers nothing before it is released; a proxy that shares gets; and five clients. */
async function stage(coalesce = true): Promise<Stage> {
  const node = await startNode();
  node.store.dispatch(commandOf('store', { key: 'k', value: 'old', flags: 4 }), swallow);
  const rig = await startProxy(
    simpleOptions({ nodes: node.address, coalesce, timeout: 5000, connectTimeout: 5000, retry: false }),
  );
  const clients = await Promise.all(Array.from({ length: 5 }, () => rig.connect()));
  const first = await rig.connect();
  await first.ask('get warm\r\n', 'END\r\n');
  const held: (() => void)[] = [];
  node.script = afterProbe((command, connection) => held.push(() => connection.answer(command)));
  const read = (): number => rig.proxy.stats().listeners[0]?.bytesRead ?? 0;
  return {
    node,
    rig,
    clients,
    asked: (key) =>
      node.commands
        .flatMap((command) => (command.verb === 'get' ? (command.keys ?? [command.key]) : []))
        .filter((name) => name === key).length,
    send: async (texts) => {
      const wanted = read() + texts.reduce((sum, text) => sum + text.length, 0);
      for (const [i, text] of texts.entries()) clients[i]!.send(text);
      while (read() < wanted) await new Promise((resolve) => setImmediate(resolve));
    },
    release: () => {
      node.script = {};
      for (const answer of held.splice(0)) answer();
    },
  };
}

const item = 'VALUE k 4 3\r\nold\r\n';

describe('gets of one key by several sessions', () => {
  it('reach the node once, and all sessions get the reply', async () => {
    const { clients, asked, send, release, node } = await stage();
    await send(clients.map(() => 'get k\r\n'));
    await node.until(() => asked('k') > 0);
    release();
    for (const client of clients) expect(await client.until('END\r\n')).toBe(`${item}END\r\n`);
    expect(asked('k')).toBe(1);
    // What is over is not shared any more.
    expect(await clients[0]!.ask('get k\r\n', 'END\r\n')).toBe(`${item}END\r\n`);
    expect(asked('k')).toBe(2);
  });

  it('each reach the node without the option', async () => {
    const { clients, asked, send, release, node } = await stage(false);
    await send(clients.map(() => 'get k\r\n'));
    await node.until(() => asked('k') === 5);
    release();
    for (const client of clients) expect(await client.until('END\r\n')).toBe(`${item}END\r\n`);
  });

  it('share it with gets of many keys, each with replies in its own order', async () => {
    const { clients, asked, send, release, node } = await stage();
    await send(['get k none\r\n', 'get none k k\r\n', 'get k\r\n', 'get none\r\n', 'get other k none other\r\n']);
    await node.until(() => asked('other') > 0);
    release();
    const wanted = [`${item}END\r\n`, `${item}${item}END\r\n`, `${item}END\r\n`, 'END\r\n', `${item}END\r\n`];
    for (const [i, client] of clients.entries()) expect(await client.until('END\r\n')).toBe(wanted[i]);
    expect([asked('k'), asked('none'), asked('other')]).toEqual([1, 1, 1]);
  });

  it('that request more than the value are sent separately: gets, gat, mg with a cas', async () => {
    const { clients, asked, send, release, node } = await stage();
    await send(['gets k\r\n', 'gets k\r\n', 'gat 100 k\r\n', 'mg k v c\r\n', 'get k\r\n']);
    await node.until(() => asked('k') === 5);
    release();
    for (const client of clients.slice(0, 2))
      expect(await client.until('END\r\n')).toMatch(/^VALUE k 4 3 \d+\r\nold\r\nEND\r\n$/);
    expect(await clients[2]!.until('END\r\n')).toBe(`${item}END\r\n`);
    expect(await clients[3]!.until('old\r\n')).toMatch(/^VA 3 c\d+\r\nold\r\n$/);
    expect(await clients[4]!.until('END\r\n')).toBe(`${item}END\r\n`);
  });

  it('behind a write that is in flight see what was written', async () => {
    const { clients, asked, send, release, node } = await stage();
    await send(['get k\r\n']);
    await node.until(() => asked('k') === 1);
    clients[1]!.send('set k 4 0 3\r\nnew\r\n');
    await node.until(() => node.commands.some(({ verb }) => verb === 'store'));
    clients[2]!.send('get k\r\n');
    await node.until(() => asked('k') === 2);
    release();
    expect(await clients[0]!.until('END\r\n')).toBe(`${item}END\r\n`);
    expect(await clients[1]!.until('\r\n')).toBe('STORED\r\n');
    expect(await clients[2]!.until('END\r\n')).toBe('VALUE k 4 3\r\nnew\r\nEND\r\n');
  });

  it('all fail when the node does, and all sessions continue', async () => {
    const { clients, asked, send, release, node } = await stage();
    await send(clients.map(() => 'get k\r\n'));
    await node.until(() => asked('k') === 1);
    for (const { socket } of node.connections) socket.resetAndDestroy();
    for (const client of clients) expect(await client.until('\r\n')).toMatch(/^SERVER_ERROR .+\r\n$/);
    release();
    for (const client of clients) expect(await client.ask('get k\r\n', 'END\r\n')).toBe(`${item}END\r\n`);
  });

  it('survive the end of the session that sent the first one', async () => {
    const { clients, asked, send, release, node, rig } = await stage();
    await send(['get k\r\n']);
    await node.until(() => asked('k') === 1);
    await send(['', 'get k\r\n', 'get k\r\n']);
    clients[0]!.socket.resetAndDestroy();
    while (rig.proxy.stats().sessions === 6) await new Promise((resolve) => setImmediate(resolve));
    release();
    for (const client of clients.slice(1, 3)) expect(await client.until('END\r\n')).toBe(`${item}END\r\n`);
    expect(asked('k')).toBe(1);
  });
});

it('binary gets, whose replies all have the cas, are sent separately', async () => {
  const { clients, asked, send, release, node } = await stage();
  const get = packet(0x0c, { key: 'k', opaque: 1 }) + packet(0x0a, { opaque: 2 });
  await send(clients.map(() => get));
  await node.until(() => asked('k') === 5);
  release();
  for (const client of clients)
    expect(answers(await client.until(noopAnswer(2)))).toMatchObject([
      { key: 'k', value: 'old', hasCas: true },
      { opcode: 0x0a },
    ]);
});
