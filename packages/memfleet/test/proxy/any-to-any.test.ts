/** Clients of any protocol in front of nodes of any protocol: the same items, in the order that was asked. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Protocol } from '../../src/protocol/codec.ts';
import { startNode } from '../support/harness.ts';
import { answers, counterExtras, noopAnswer, packet, storeExtras } from '../support/packets.ts';
import { type ProxyRig, simpleOptions, startProxy } from '../support/proxy-rig.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';

const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`);
const value = (key: string): string => `value of ${key}`;
const item = (key: string): string => `VALUE ${key} 7 ${value(key).length}\r\n${value(key)}\r\n`;

describe.each<Protocol>(['meta', 'text', 'binary'])('over three nodes that speak %s', (behind) => {
  let nodes: ScriptedNode[];
  let rig: ProxyRig;

  beforeEach(async () => {
    nodes = await Promise.all(
      [1, 2, 3].map(() => startNode({ speaks: behind === 'meta' ? ['meta', 'text'] : [behind] })),
    );
    rig = await startProxy(simpleOptions({ nodes: nodes.map(({ address }) => address) }));
    const client = await rig.connect();
    const sets = keys.map((key) => `set ${key} 7 0 ${value(key).length} noreply\r\n${value(key)}\r\n`).join('');
    expect(await client.ask(`${sets}mn\r\n`, 'MN\r\n')).toBe('MN\r\n');
    client.close();
    for (const node of nodes) expect(node.store.store.count).toBeGreaterThan(5);
  });

  it('a text client gets many keys in the order of the request, with duplicates, without misses', async () => {
    const client = await rig.connect();
    const asked = ['key:5', 'none:1', 'key:59', 'key:5', 'key:0', 'none:2', 'key:31', 'key:59'];
    const wanted = asked.filter((key) => key.startsWith('key')).map(item);
    expect(await client.ask(`get ${asked.join(' ')}\r\n`, 'END\r\n')).toBe(`${wanted.join('')}END\r\n`);
    const all = [...keys].reverse();
    expect(await client.ask(`get ${all.join(' ')}\r\n`, 'END\r\n')).toBe(`${all.map(item).join('')}END\r\n`);
    const gets = await client.ask('gets key:1 none key:2\r\n', 'END\r\n');
    expect(gets).toMatch(
      /^VALUE key:1 7 14 \d+\r\nvalue of key:1\r\nVALUE key:2 7 14 \d+\r\nvalue of key:2\r\nEND\r\n$/,
    );
  });

  it('a pipeline of all kinds gets its replies in order', async () => {
    const client = await rig.connect();
    let asked = '';
    let wanted = '';
    for (const key of keys) {
      asked += `get ${key}\r\nset ${key} 0 0 1 noreply\r\n9\r\nincr ${key} 1\r\ndelete none\r\nget ${key} none ${key}\r\n`;
      const now = `VALUE ${key} 0 2\r\n10\r\n`;
      wanted += `${item(key)}END\r\n10\r\nNOT_FOUND\r\n${now}${now}END\r\n`;
    }
    expect(await client.ask(`${asked}mn\r\n`, 'MN\r\n')).toBe(`${wanted}MN\r\n`);
  });

  it('a meta client finds its opaques, keys and quiet flags', async () => {
    const client = await rig.connect();
    const asked =
      'mg key:1 v f k O11\r\nmg none:1 v q O12\r\nmg key:2 v O13 q\r\nms key:3 3 F5 O14\r\nabc\r\nms key:4 1 q\r\nx\r\nmd none O15\r\nmd key:5 q\r\nma key:4 O16\r\nmn\r\n';
    expect(await client.ask(asked, 'MN\r\n')).toBe(
      'VA 14 f7 kkey:1 O11\r\nvalue of key:1\r\nVA 14 O13\r\nvalue of key:2\r\nHD O14\r\nNF O15\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\nMN\r\n',
    );
    expect(await client.ask('get key:3 key:4 key:5\r\n', 'END\r\n')).toBe(
      'VALUE key:3 5 3\r\nabc\r\nVALUE key:4 0 1\r\nx\r\nEND\r\n',
    );
  });

  it('a binary client gets its quiet pipelines', async () => {
    const client = await rig.connect();
    const gets = ['none:1', ...keys.slice(0, 20), 'none:2'].map((key, i) => packet(0x0d, { key, opaque: 100 + i }));
    const found = answers(await client.ask(gets.join('') + packet(0x0a, { opaque: 7 }), noopAnswer(7)));
    expect(found.map(({ opcode, opaque, key, value: body }) => [opcode, opaque, key, body])).toEqual([
      ...keys.slice(0, 20).map((key, i) => [0x0d, 101 + i, key, value(key)]),
      [0x0a, 7, '', ''],
    ]);
    const sets =
      packet(0x11, { key: 'b', value: '5', extras: storeExtras(3) }) +
      packet(0x12, { key: 'b', value: '6', extras: storeExtras(), opaque: 8 });
    const rest =
      packet(0x14, { key: 'gone', opaque: 9 }) +
      packet(0x05, { key: 'b', extras: counterExtras(2n, 0n, 0xffffffff), opaque: 10 }) +
      packet(0x05, { key: 'new', extras: counterExtras(2n, 40n, 0), opaque: 11 }) +
      packet(0x00, { key: 'b', opaque: 12 }) +
      packet(0x0c, { key: 'none', opaque: 13 }) +
      packet(0x0a, { opaque: 14 });
    const said = answers(await client.ask(sets + rest, noopAnswer(14)));
    expect(said.map(({ opaque, status, value: body }) => [opaque, status, body])).toEqual([
      [8, 2, 'Data exists for key.'],
      [9, 1, 'Not found'],
      [10, 0, '\0\0\0\0\0\0\0\x07'],
      [11, 0, '\0\0\0\0\0\0\0\x28'],
      [12, 0, '7'],
      [13, 1, ''],
      [14, 0, ''],
    ]);
    expect(said[4]?.hasCas).toBe(true);
  });

  it('what one client stores, clients of the other protocols find', async () => {
    const [text, meta, binary] = [await rig.connect(), await rig.connect(), await rig.connect()];
    expect(
      answers(
        await binary.ask(
          packet(0x01, { key: 'x', value: 'from binary', extras: storeExtras(9) }) + packet(0x0a),
          noopAnswer(0),
        ),
      )[0]?.status,
    ).toBe(0);
    expect(await text.ask('get x\r\n', 'END\r\n')).toBe('VALUE x 9 11\r\nfrom binary\r\nEND\r\n');
    expect(await meta.ask('ms x 9 F1\r\nfrom meta\r\n', '\r\n')).toBe('HD\r\n');
    const [found] = answers(await binary.ask(packet(0x0c, { key: 'x' }) + packet(0x0a), noopAnswer(0)));
    expect(found).toMatchObject({ key: 'x', value: 'from meta' });
  });

  it('ten thousand commands in one go get their replies in order', async () => {
    const client = await rig.connect();
    const asked = Array.from({ length: 10_000 }, (_, i) => keys[(i * 7) % keys.length] as string);
    const wanted = `${asked.map((key) => `${item(key)}END\r\n`).join('')}MN\r\n`;
    expect(await client.ask(`${asked.map((key) => `get ${key}\r\n`).join('')}mn\r\n`, 'MN\r\n')).toBe(wanted);
    for (const node of rig.proxy.stats().clusters['main']?.nodes ?? []) expect(node.peak).toBeLessThanOrEqual(2);
  });
});

describe('gets that come together', () => {
  it('go to a node in one line, those of one command once per key', async () => {
    const node = await startNode();
    const rig = await startProxy(simpleOptions({ nodes: node.address }));
    const client = await rig.connect();
    // The session learns that its answers are small, so that it may have many in flight.
    await client.ask(`${'get warm\r\n'.repeat(200)}mn\r\n`, 'MN\r\n');
    const before = node.commands.length;
    await client.ask(
      `get ${keys.join(' ')} ${keys.join(' ')}\r\n${keys.map((key) => `get ${key}\r\n`).join('')}mn\r\n`,
      'MN\r\n',
    );
    const asked = node.commands.slice(before);
    const counts = asked.map((command) => command.keys?.length ?? 1);
    expect(counts.length).toBeLessThanOrEqual(3);
    expect(counts.reduce((sum, count) => sum + count)).toBe(120);
    expect(rig.proxy.stats()).toMatchObject({ multigetKeys: 120, multigetDuplicates: 60 });
  });
});
