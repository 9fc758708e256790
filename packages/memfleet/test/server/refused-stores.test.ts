/**
 * What a refused store leaves behind: where memcached drops the old value, so that it is not read as the new one, the
 * embedded server and the proxy drop it too, and where memcached keeps it they keep it. A value that only the node
 * finds too large is judged by the rules of the protocol that the node is spoken to.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServer, type Server } from '../../src/server/index.ts';
import { packet, storeExtras } from '../support/packets.ts';
import { openProxy, type ProxyRig, simpleOptions } from '../support/proxy-rig.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { TcpClient } from '../support/tcp-client.ts';

const megabyte = 1024 * 1024;
const longKey = 'k'.repeat(251);
const longOpaque = 'o'.repeat(40);

/** Larger than an item may be: its value alone, with its key and header, and what is joined with the old value. */
const lengths = {
  'value too large': megabyte + 1,
  'item too large': megabyte - 20,
  'too large with the old value': megabyte - 200,
};

type Kind = 'set' | 'cas' | 'other';
type Protocol = 'text' | 'meta' | 'binary';

interface Refusal {
  readonly name: string;
  readonly request: string;
  /** It is refused for its size, which a node judges by the rules of its protocol: is it a set, or one with a cas? */
  readonly large?: Kind;
  readonly length?: number;
}

/** Does memcached drop the old value of a store that is too large? */
const drops: Readonly<Record<Protocol, readonly Kind[]>> = {
  text: ['set'],
  meta: ['set', 'cas', 'other'],
  binary: ['set', 'cas'],
};

type Large = Pick<Refusal, 'large' | 'length'>;
const large = (length: number, kind: Kind): Large =>
  length === lengths['too large with the old value'] ? {} : { large: kind, length };

function lineOf(
  verb: string,
  length: number | string,
  more: { flags?: string; exptime?: string; key?: string } = {},
): string {
  const { flags = '0', exptime = '0', key = 'a' } = more;
  return `${verb} ${key} ${flags} ${exptime} ${length}${verb === 'cas' ? ' 1' : ''}`;
}

const textRefusals: readonly Refusal[] = ['set', 'add', 'replace', 'append', 'prepend', 'cas'].flatMap((verb) => [
  ...Object.entries(lengths).map(([why, length]) => ({
    name: `${verb}: ${why}`,
    request: `${lineOf(verb, length)}\r\n${'x'.repeat(length)}\r\n`,
    ...large(length, verb === 'set' || verb === 'cas' ? verb : 'other'),
  })),
  {
    name: `${verb}: too large, noreply`,
    request: `${lineOf(verb, megabyte)} noreply\r\n${'x'.repeat(megabyte)}\r\n`,
    ...large(megabyte, verb === 'set' || verb === 'cas' ? verb : 'other'),
  },
  { name: `${verb}: bad data chunk`, request: `${lineOf(verb, 3)}\r\nnewer` },
  { name: `${verb}: bad flags`, request: `${lineOf(verb, 3, { flags: 'x' })}\r\nnew\r\n` },
  { name: `${verb}: bad exptime`, request: `${lineOf(verb, 3, { exptime: 'x' })}\r\nnew\r\n` },
  { name: `${verb}: bad length`, request: `${lineOf(verb, 'x')}\r\nnew\r\n` },
  { name: `${verb}: no length`, request: `${verb} a 0 0\r\nnew\r\n` },
  { name: `${verb}: key too long`, request: `${lineOf(verb, 3, { key: longKey })}\r\nnew\r\n` },
]);

const kindOf = (mode: string): Kind => (mode === '' || mode === ' MS' ? 'set' : mode === ' C1' ? 'cas' : 'other');
const metaRefusals: readonly Refusal[] = ['', ' MS', ' ME', ' MA', ' MP', ' MR', ' C1', ' MR C1', ' MA C1'].flatMap(
  (mode) => [
    ...Object.entries(lengths).map(([why, length]) => ({
      name: `ms${mode}: ${why}`,
      request: `ms a ${length}${mode}\r\n${'x'.repeat(length)}\r\n`,
      ...large(length, kindOf(mode)),
    })),
    {
      name: `ms${mode}: too large, q`,
      request: `ms a ${megabyte}${mode} q\r\n${'x'.repeat(megabyte)}\r\n`,
      ...large(megabyte, kindOf(mode)),
    },
    { name: `ms${mode}: bad data chunk`, request: `ms a 3${mode}\r\nnewer` },
    { name: `ms${mode}: bad T`, request: `ms a 3${mode} Tx\r\nnew\r\n` },
    { name: `ms${mode}: bad F`, request: `ms a 3${mode} Fx\r\nnew\r\n` },
    { name: `ms${mode}: unknown flag`, request: `ms a 3${mode} !\r\nnew\r\n` },
    { name: `ms${mode}: opaque too long`, request: `ms a 3${mode} O${longOpaque}\r\nnew\r\n` },
    { name: `ms${mode}: bad length`, request: `ms a x${mode}\r\n` },
  ],
);

const opcodes: Readonly<Record<string, number>> = {
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  append: 0x0e,
  prepend: 0x0f,
  setQ: 0x11,
  addQ: 0x12,
  replaceQ: 0x13,
  appendQ: 0x19,
  prependQ: 0x1a,
};
const binaryRefusals: readonly Refusal[] = Object.entries(opcodes).flatMap(([name, code]) =>
  [0n, 1n].flatMap((cas) =>
    Object.entries(lengths).map(([why, length]) => ({
      name: `${name}${cas === 0n ? '' : ' with a cas'}: ${why}`,
      request: packet(code, {
        key: 'a',
        value: 'x'.repeat(length),
        extras: name.includes('pend') ? '' : storeExtras(),
        cas,
      }),
      ...large(length, !name.startsWith('set') ? 'other' : cas === 0n ? 'set' : 'cas'),
    })),
  ),
);

describeReal('a store that is refused leaves what it leaves on memcached', () => {
  let nodes: RealMemcached[];
  let server: Server;
  let rigs: ProxyRig[];
  let ports: number[];

  beforeAll(async () => {
    nodes = await Promise.all([1, 2, 3, 4].map(() => startMemcached()));
    server = createServer({ port: 0 });
    const own = await server.listen();
    const behind = [
      ['meta', 1, {}],
      ['text', 2, {}],
      ['binary', 3, {}],
      ['meta', 1, { maxItemSize: megabyte }],
    ] as const;
    rigs = await Promise.all(
      behind.map(([protocol, at, limits]) =>
        openProxy(simpleOptions({ nodes: [`127.0.0.1:${nodes[at]!.port}`], protocol }, limits)),
      ),
    );
    ports = [nodes[0]!.port, 'port' in own ? own.port : 0, ...rigs.map((rig) => rig.port)];
  });
  afterAll(async () => {
    await Promise.all([server.destroy(), ...rigs.map((rig) => rig.proxy.destroy())]);
    await Promise.all(nodes.map((node) => node.stop()));
  });

  /**
   * What is left under the key. `q`, `noreply` and the quiet opcodes have no reply, so another connection looks, after
   * this one was answered.
   */
  async function left(port: number, refusal: Refusal, isBinary: boolean): Promise<string> {
    const address = { host: '127.0.0.1', port };
    const looker = await TcpClient.connect(address);
    const old = 'o'.repeat(200);
    await looker.ask(`set a 0 0 200\r\n${old}\r\n`, 'STORED\r\n');
    const client = await TcpClient.connect(address);
    // The answer to what follows: everything before it was done.
    if (isBinary) {
      client.send(refusal.request + packet(0x0a));
      for (let seen = ''; !seen.includes('\x81\x0a');) seen += await client.bytes(24);
    } else await client.ask(`${refusal.request}\r\nmn\r\n`, 'MN\r\n');
    const answer = await looker.ask('get a\r\n', 'END\r\n');
    client.close();
    looker.close();
    if (answer === 'END\r\n') return 'nothing';
    return answer.includes(old) && answer.length < 300 ? 'the old value' : 'something else';
  }

  /** What refuses, in the order of the ports, and by the rules of which protocol. */
  const targets: readonly (readonly [name: string, behind: Protocol | undefined, maxValue: number])[] = [
    ['memcached', undefined, Infinity],
    ['embedded server', undefined, Infinity],
    ['proxy, meta behind', 'meta', Infinity],
    ['proxy, text behind', 'text', Infinity],
    ['proxy, binary behind', 'binary', Infinity],
    ['proxy that refuses itself', 'meta', megabyte],
  ];

  async function judge(refusal: Refusal, protocol: Protocol): Promise<void> {
    const found: Record<string, string> = {};
    for (const [i, [name]] of targets.entries()) found[name] = await left(ports[i]!, refusal, protocol === 'binary');
    const expected = Object.fromEntries(
      targets.map(([name, behind, maxValue]) => {
        const { large: kind, length } = refusal;
        if (kind === undefined) return [name, found['memcached']];
        const judging = behind === undefined || length! > maxValue ? protocol : behind;
        return [name, drops[judging].includes(kind) ? 'nothing' : 'the old value'];
      }),
    );
    expect(found).toEqual(expected);
  }

  it.each(textRefusals)('$name', (refusal) => judge(refusal, 'text'));
  it.each(metaRefusals)('$name', (refusal) => judge(refusal, 'meta'));
  it.each(binaryRefusals)('binary $name', (refusal) => judge(refusal, 'binary'));
});
