/** The limits of a listener reach every session of it, whatever it speaks. */
import { describe, expect, it } from 'vitest';
import { swallow } from '../../src/core/dispatcher.ts';
import type { ListenerSpec } from '../../src/proxy/index.ts';
import { commandOf } from '../support/ask.ts';
import { startNode, within } from '../support/harness.ts';
import { answers, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import { afterProbe, type ScriptedNode } from '../support/scripted-node.ts';

interface Stage {
  readonly node: ScriptedNode;
  readonly rig: ProxyRig;
}

async function stage(listener: Partial<ListenerSpec>): Promise<Stage> {
  const node = await startNode();
  const fleet = { nodes: node.address, timeout: 8000, connectTimeout: 5000 };
  return { node, rig: await startProxy(simpleOptions(fleet, listener)) };
}

describe('maxInFlight', () => {
  /** Keys that the node was asked for, beginning with `held`. */
  const heldKeys = (node: ScriptedNode): string[] =>
    node.commands.flatMap(({ key, keys }) => keys ?? [key]).filter((key) => key.startsWith('held'));

  it.each([
    ['text', (i: number) => `get held:${i}\r\n`, 'mn\r\n', 'MN\r\n', (said: string) => said.split('END').length - 1],
    ['meta', (i: number) => `mg held:${i}\r\n`, 'mn\r\n', 'MN\r\n', (said: string) => said.split('EN').length - 1],
    [
      'binary',
      (i: number) => packet(0x00, { key: `held:${i}`, opaque: i }),
      packet(0x0a, { opaque: 99 }),
      noopAnswer(99),
      (said: string) => answers(said).filter(({ opcode }) => opcode === 0).length,
    ],
  ])('is what a %s session has in flight; the others are served', async (_name, ask, last, end, count) => {
    const { node, rig } = await stage({ maxInFlight: 10 });
    const held: (() => void)[] = [];
    let isHolding = true;
    node.script = afterProbe((command, connection) => {
      const isHeld = isHolding && (command.keys ?? [command.key]).some((key) => key.startsWith('held'));
      if (isHeld) held.push(() => connection.answer(command));
      else connection.answer(command);
    });
    const [deep, other] = [await rig.connect(), await rig.connect()];
    // A session begins with few, and learns by its answers that it may have more.
    deep.send(ask(0).replace('held', 'warm').repeat(10) + last);
    await deep.until(end);
    deep.send(Array.from({ length: 50 }, (_, i) => ask(i)).join('') + last);
    await node.until(() => heldKeys(node).length >= 10);
    for (let i = 0; i < 5; i++) expect(await other.ask('version\r\n', '\r\n')).toContain('VERSION');
    expect(heldKeys(node)).toHaveLength(10);
    isHolding = false;
    for (const answer of held) answer();
    const said = await deep.until(end);
    expect(count(said)).toBe(50);
    expect(heldKeys(node)).toHaveLength(50);
  });
});

describe('maxHeldOutput', () => {
  const keys = Array.from({ length: 300 }, (_, i) => `large:${i}`);

  it.each([
    ['one get of many keys', `get ${keys.join(' ')}\r\n`],
    ['quiet binary gets of many keys', keys.map((key) => packet(0x0d, { key })).join('')],
  ])('bounds what is kept for a client that never reads the reply to %s', async (name, asked) => {
    const isBinary = name.includes('binary');
    const { node, rig } = await stage({ maxOutput: 256 * 1024, maxHeldOutput: 4 * 1024 * 1024 });
    for (const key of keys) node.store.dispatch(commandOf('store', { key, value: 'x'.repeat(100_000) }), swallow);
    const other = await rig.connect();
    await other.ask('get warm\r\n', 'END\r\n');
    const greedy = await rig.connect();
    // How large the answers are is known from here on.
    const first = isBinary ? packet(0x00, { key: 'large:0' }) + packet(0x0a) : `get ${keys[0]}\r\nmn\r\n`;
    for (let i = 0; i < 10; i++) await greedy.ask(first, isBinary ? noopAnswer(0) : 'MN\r\n');
    const before = node.commands.length;
    greedy.socket.pause();
    greedy.send(asked);
    await within(
      5000,
      node.until(() => node.commands.length > before),
      'the first of them',
    );
    for (let i = 0; i < 30; i++) await other.ask('get none\r\n', 'END\r\n');
    expect(rig.proxy.stats()).toMatchObject({ sessions: 2, listeners: [{ slowKicks: 0 }] });
    const fetched = node.commands
      .slice(before)
      .flatMap(({ key, keys: many }) => many ?? [key])
      .filter((key) => key !== 'none');
    expect(fetched.length).toBeLessThan(keys.length);
    expect(await other.ask('get none\r\n', 'END\r\n')).toBe('END\r\n');
  });
});

describe('maxLine, maxKey and maxItemSize', () => {
  const limits = { maxLine: 100, maxKey: 20, maxItemSize: 50 };
  const key = (length: number): string => 'k'.repeat(length);
  const body = (length: number): string => 'x'.repeat(length);

  it('count for text: what is just allowed passes, one byte more does not', async () => {
    const client = await (await stage(limits)).rig.connect();
    const script: readonly (readonly [string, string])[] = [
      [`set ${key(20)} 0 0 50\r\n${body(50)}\r\n`, 'STORED\r\n'],
      [`set ${key(21)} 0 0 1\r\nx\r\n`, 'CLIENT_ERROR bad command line format\r\n'],
      [`get ${key(20)}\r\n`, `VALUE ${key(20)} 0 50\r\n${body(50)}\r\nEND\r\n`],
      [`get a ${key(21)}\r\n`, 'CLIENT_ERROR bad command line format\r\n'],
      [`append ${key(20)} 0 0 51\r\n${body(51)}\r\n`, 'SERVER_ERROR object too large for cache\r\n'],
      [`get ${key(20)}\r\n`, `VALUE ${key(20)} 0 50\r\n${body(50)}\r\nEND\r\n`],
      [`set ${key(20)} 0 0 51\r\n${body(51)}\r\n`, 'SERVER_ERROR object too large for cache\r\n'],
      [`get ${key(20)}\r\n`, 'END\r\n'],
      [`set ${key(20)} 0 0 51 noreply\r\n${body(51)}\r\n`, ''],
      [`delete ${key(21)}\r\n`, 'CLIENT_ERROR bad command line format\r\n'],
      [`get${' a'.repeat(200)}\r\n`, 'END\r\n'],
      [`delete${' '.repeat(93)}a\r\n`, 'NOT_FOUND\r\n'],
      ['mn\r\n', 'MN\r\n'],
    ];
    const said = await client.ask(script.map(([asked]) => asked).join(''), 'MN\r\n');
    expect(said.split('\r\n')).toEqual(
      script
        .map(([, answer]) => answer)
        .join('')
        .split('\r\n'),
    );
    client.send(`delete${' '.repeat(94)}a\r\nget a\r\n`);
    expect(await within(3000, client.rest())).toBe('CLIENT_ERROR line too long\r\n');
  });

  it('count for meta', async () => {
    const client = await (await stage(limits)).rig.connect();
    const script: readonly (readonly [string, string])[] = [
      [`ms ${key(20)} 50 O1\r\n${body(50)}\r\n`, 'HD O1\r\n'],
      [`ms ${key(21)} 1\r\nx\r\n`, 'CLIENT_ERROR bad command line format\r\n'],
      [`mg ${key(20)} s\r\n`, 'HD s50\r\n'],
      [`mg ${key(21)}\r\n`, 'CLIENT_ERROR bad command line format\r\n'],
      [`md ${key(21)} q\r\n`, 'CLIENT_ERROR bad command line format\r\n'],
      [`ms ${key(20)} 51\r\n${body(51)}\r\n`, 'SERVER_ERROR object too large for cache\r\n'],
      [`mg ${key(20)} v\r\n`, 'EN\r\n'],
      ['mn\r\n', 'MN\r\n'],
    ];
    const said = await client.ask(script.map(([asked]) => asked).join(''), '\r\nMN\r\n');
    expect(said.split('\r\n')).toEqual(
      script
        .map(([, answer]) => answer)
        .join('')
        .split('\r\n'),
    );
    client.send(`mg a ${'v '.repeat(60)}\r\nmn\r\n`);
    expect(await within(3000, client.rest())).toBe('CLIENT_ERROR line too long\r\n');
  });

  it('count for binary', async () => {
    const client = await (await stage(limits)).rig.connect();
    const set = (length: number, opaque: number): string =>
      packet(0x01, { key: key(20), value: body(length), extras: storeExtras(), opaque });
    const get = (opaque: number): string => packet(0x00, { key: key(20), opaque });
    const asked = set(50, 1) + get(2) + set(51, 3) + get(4) + packet(0x0a, { opaque: 5 });
    expect(answers(await client.ask(asked, noopAnswer(5))).map(({ status, value }) => [status, value])).toEqual([
      [0, ''],
      [0, body(50)],
      [3, 'Too large.'],
      [1, 'Not found'],
      [0, ''],
    ]);
    client.send(packet(0x00, { key: key(21), opaque: 6 }) + packet(0x0a, { opaque: 7 }));
    expect(answers(await within(3000, client.rest()))).toMatchObject([{ opaque: 6, status: 4 }]);
  });
});
