/**
 * Every verb is answered, routed or refused by a rule; whatever the answer, the session goes on, unless the verb ends
 * it.
 */
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { within } from '../support/harness.ts';
import { answers, noopAnswer, packet } from '../support/packets.ts';
import { openProxy, type ProxyRig, simpleOptions } from '../support/proxy-rig.ts';
import { ScriptedNode } from '../support/scripted-node.ts';

const lines = (text: string): string => text.replaceAll('\n', '\r\n');

describe.each([false, true])('with allowFlush: %s', (allowFlush) => {
  let node: ScriptedNode;
  let rig: ProxyRig;
  beforeAll(async () => {
    node = new ScriptedNode({});
    await node.listen();
    rig = await openProxy(simpleOptions({ nodes: node.address, timeout: 5000, connectTimeout: 5000 }, { allowFlush }));
  });
  afterAll(async () => {
    await rig.proxy.destroy();
    await node.down();
  });

  const flushed = allowFlush ? 'OK\n' : 'CLIENT_ERROR flush_all not allowed\n';

  it.each([
    ['cache_memlimit 64\n', allowFlush ? 'OK\n' : 'CLIENT_ERROR cache_memlimit not allowed\n'],
    ['cache_memlimit 64 noreply\n', ''],
    ['cache_memlimit\n', 'ERROR\n'],
    [
      'cache_memlimit 1\n',
      allowFlush
        ? 'MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\n'
        : 'CLIENT_ERROR cache_memlimit not allowed\n',
    ],
    ['lru tune 1 2\n', allowFlush ? 'ERROR\n' : 'CLIENT_ERROR lru not allowed\n'],
    ['lru mode flat noreply\n', ''],
    ['lru_crawler crawl all\n', allowFlush ? 'OK\n' : 'CLIENT_ERROR lru_crawler not allowed\n'],
    ['lru_crawler metadump 63\n', 'END\n'],
    ['lru_crawler metadump 64\n', 'BADCLASS invalid class id\n'],
    ['slabs automove 1\n', allowFlush ? 'OK\n' : 'CLIENT_ERROR slabs not allowed\n'],
    ['slabs automove x\n', `CLIENT_ERROR ${allowFlush ? 'bad command line format' : 'slabs not allowed'}\n`],
    ['extstore recache 1\n', allowFlush ? 'ERROR\n' : 'CLIENT_ERROR extstore not allowed\n'],
    ['stats detail off\n', allowFlush ? 'OK\n' : 'CLIENT_ERROR stats detail not allowed\n'],
    ['stats detail\n', 'CLIENT_ERROR usage: stats detail on|off|dump\n'],
    ['stats detail dump\n', 'END\n'],
    ['stats sizes_enable\n', 'CLIENT_ERROR stats sizes_enable not allowed\n'],
    ['stats sizes_disable\n', 'CLIENT_ERROR stats sizes_disable not allowed\n'],
    ['stats cachedump 1\n', 'CLIENT_ERROR bad command line\n'],
    ['stats cachedump 63 0\n', 'END\n'],
    ['stats conns\n', 'END\n'],
    ['stats extstore\n', 'END\n'],
    ['stats sizes\n', 'STAT sizes_status disabled\nEND\n'],
    ['stats nodes nonesuch\n', 'ERROR\n'],
    ['stats nodes detail\n', 'ERROR\n'],
    ['watch fetchers\n', 'CLIENT_ERROR watch commands not allowed\n'],
    ['shutdown\n', 'ERROR: shutdown not enabled\n'],
    ['shutdown graceful\n', 'ERROR: shutdown not enabled\n'],
    ['misbehave\n', 'ERROR\n'],
    ['debugtime p\n', 'ERROR\n'],
    ['refresh_certs\n', 'CLIENT_ERROR refresh_certs not allowed\n'],
    ['GET a\n', 'ERROR\n'],
    ['\n', 'ERROR\n'],
    ['stats nonesuch\n', 'ERROR\n'],
    ['stats reset\n', 'RESET\n'],
    ['verbosity 1\n', 'OK\n'],
    ['verbosity 1 noreply\n', ''],
    ['verbosity\n', 'ERROR\n'],
    ['version\n', 'VERSION 1.6.18\n'],
    ['flush_all\n', flushed],
    ['flush_all 0\n', flushed],
    ['flush_all noreply\n', ''],
    ['flush_all 0 noreply\n', ''],
    ['flush_all soon\n', 'CLIENT_ERROR invalid exptime argument\n'],
    ['mn\n', 'MN\n'],
    ['me none\n', 'EN\n'],
    ['me\n', 'CLIENT_ERROR bad command line format\n'],
    ['mx none\n', 'ERROR\n'],
  ])('%j gets the reply %j', async (asked, answer) => {
    const client = await rig.connect();
    const goesOn = 'set own 3 0 1\nx\nget own\nmn\n';
    const said = await client.ask(lines(asked + goesOn), '\r\nMN\r\n');
    expect(said).toBe(lines(`${answer}STORED\nVALUE own 3 1\nx\nEND\nMN\n`));
    client.close();
  });

  it('me returns what a node knows of an item', async () => {
    const client = await rig.connect();
    const said = await client.ask(lines('set known 0 0 5\n12345\nme known\nmn\n'), 'MN\r\n');
    expect(said).toMatch(/^STORED\r\nME known (?:\w+=\S+ ?)+\r\nMN\r\n$/);
  });

  it.each([
    ['quit', 'quit\r\n'],
    ['quit with more behind it', 'quit\r\nget a\r\nmn\r\n'],
    ['QUITQ', packet(0x17, { opaque: 3 })],
    ['QUITQ with more behind it', packet(0x17) + packet(0x0a)],
  ])('%s ends the session without a reply', async (_name, bytes) => {
    const client = await rig.connect();
    client.send(bytes);
    expect(await within(3000, client.rest())).toBe('');
    client.close();
  });

  it('QUIT has a reply, after those to earlier requests', async () => {
    const client = await rig.connect();
    client.send(packet(0x00, { key: 'none', opaque: 1 }) + packet(0x07, { opaque: 2 }) + packet(0x0a, { opaque: 3 }));
    const said = answers(await within(3000, client.rest()));
    expect(said.map(({ opcode, opaque, status }) => [opcode, opaque, status])).toEqual([
      [0x00, 1, 1],
      [0x07, 2, 0],
    ]);
  });

  const refusal = [0x20, 'flush_all not allowed'] as const;

  it.each<[string, number, Parameters<typeof packet>[1], readonly (readonly [number, string])[]]>([
    ['an unknown opcode', 0x75, {}, [[0x81, 'Unknown command']]],
    ['an unknown opcode with a body', 0x75, { key: 'a', extras: '1234', value: 'x' }, [[0x81, 'Unknown command']]],
    ['an unknown quiet opcode (SET_WITH_META_Q)', 0xa3, { key: 'a', value: 'x' }, [[0x81, 'Unknown command']]],
    ['RGET, which nobody ever had', 0x30, { key: 'a' }, [[0x81, 'Unknown command']]],
    ['HELLO', 0x1f, { key: 'client', value: '\0\x01' }, [[0x81, 'Unknown command']]],
    ['SELECT_BUCKET', 0x89, { key: 'default' }, [[0x81, 'Unknown command']]],
    ['SASL_LIST_MECHS without users', 0x20, {}, [[0x81, 'Unknown command']]],
    ['SASL_AUTH without users', 0x21, { key: 'PLAIN', value: '\0a\0b' }, [[0x81, 'Unknown command']]],
    ['STAT of nothing known', 0x10, { key: 'nonesuch' }, [[0x01, 'Not found']]],
    ['STAT reset', 0x10, { key: 'reset' }, [[0x00, '']]],
    ['VERBOSITY', 0x1b, { extras: '\0\0\0\x01' }, [[0x00, '']]],
    ['VERSION', 0x0b, {}, [[0x00, '1.6.18']]],
    ['FLUSH', 0x08, {}, [allowFlush ? [0, ''] : refusal]],
    ['FLUSH with a delay of 0', 0x08, { extras: '\0\0\0\0' }, [allowFlush ? [0, ''] : refusal]],
    ['FLUSHQ', 0x18, {}, allowFlush ? [] : [refusal]],
    ['NOOP', 0x0a, {}, [[0x00, '']]],
  ])('binary: %s', async (_name, opcode, fields, wanted) => {
    const client = await rig.connect();
    const goesOn = packet(0x00, { key: 'none', opaque: 8 }) + packet(0x0a, { opaque: 9 });
    const said = answers(await client.ask(packet(opcode, { ...fields, opaque: 7 }) + goesOn, noopAnswer(9)));
    expect(said.map(({ opcode: of, opaque, status, value }) => [of, opaque, status, value])).toEqual([
      ...wanted.map(([status, value]) => [opcode, 7, status, value]),
      [0x00, 8, 1, 'Not found'],
      [0x0a, 9, 0, ''],
    ]);
    client.close();
  });

  it('what changes the node reached it only where it is allowed', () => {
    const verbs = new Set(node.commands.map(({ verb }) => verb));
    expect(verbs.has('flush')).toBe(allowFlush);
    const asked = node.commands.flatMap(({ verb, value }) =>
      verb === 'stats' || verb === 'admin' ? [String(value)] : [],
    );
    // What changes a node needs the same permission as a flush; dumps are reads.
    const changes = asked.filter(
      (words) => !/^(?:items|reset|sizes|cachedump .*|detail dump|lru_crawler metadump .*)$/.test(words),
    );
    expect(changes.length > 0).toBe(allowFlush);
    const others = ['get', 'store', 'debug', 'flush', 'stats', 'admin'];
    expect([...verbs].filter((verb) => !others.includes(verb))).toEqual([]);
  });
});

it('me of a node without that command is an error, and the session continues', async () => {
  const node = new ScriptedNode({ speaks: ['text'] });
  await node.listen();
  const rig = await openProxy(simpleOptions({ nodes: node.address, timeout: 5000, connectTimeout: 5000 }));
  const client = await rig.connect();
  expect(await client.ask('me a\r\nmn\r\n', 'MN\r\n')).toMatch(
    /^SERVER_ERROR the classic text protocol has no .*\r\nMN\r\n$/,
  );
  await rig.proxy.destroy();
  await node.down();
});
