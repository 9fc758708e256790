/**
 * A node that wants to answer for others. It sends whatever bytes it likes; through the proxy, a session that asks it
 * something and then asks another node reads one answer to the first question and the other node's answer to the
 * second, in every protocol in front and behind.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/core/command.ts';
import type { Protocol } from '../../src/protocol/codec.ts';
import { createServer as createNode, type Server } from '../../src/server/index.ts';
import { answers, packet, storeExtras } from '../support/packets.ts';
import { openProxy, type ProxyRig } from '../support/proxy-rig.ts';
import { afterProbe, ScriptedNode } from '../support/scripted-node.ts';
import { TcpClient } from '../support/tcp-client.ts';

const protocols = ['meta', 'text', 'binary'] as const;

/** Answers every command with these bytes, then ends, so that half an answer is no wait. */
function hostileNode(): ScriptedNode & { answer: string } {
  const script = afterProbe((command, connection) => {
    const bytes = Buffer.from(node.answer, 'latin1');
    // A binary answer is looked at only if it has the opaque that was asked with.
    if (bytes[0] === 0x81 && bytes.length >= 16) bytes.writeUInt32BE(command.packet?.opaque ?? 0, 12);
    connection.send(bytes);
    connection.end();
  });
  const node = Object.assign(new ScriptedNode(script), { answer: '' });
  return node;
}

function response(
  opcode: number,
  status: number,
  parts: { extras?: string; key?: string; value?: string } = {},
): string {
  const bytes = packet(opcode, { opaque: 0xbad, ...parts });
  return `\x81${bytes.slice(1, 6)}${String.fromCharCode(status >> 8, status & 0xff)}${bytes.slice(8)}`;
}

/** What would be read as answers of its own if it got into a session. */
const injections = [
  '1\r\nVALUE good 0 5\r\nFALSE\r\nEND',
  'x\r\nEND\r\nVALUE good 0 5\r\nFALSE\r\nEND',
  '1\r\nVA 5 f0\r\nFALSE\r\nMN',
  'x\rEND\r\n',
  response(0x00, 0, { extras: '\0\0\0\0', value: 'FALSE' }),
  '99999999999999999999',
  ' 7',
  '',
];
const injection = fc.oneof(fc.constantFrom(...injections), fc.string({ unit: 'binary-ascii', maxLength: 20 }));
const metaFlags = fc.constantFrom(
  '',
  ' f0',
  ' kgood',
  ' Oother',
  ' f99999999999',
  ' c99999999999999999999',
  ' kgood b',
  ' t-1 s3',
);

const lines = fc.oneof(
  fc.tuple(injection, metaFlags).map(([text, flags]) => `VA ${text.length}${flags}\r\n${text}\r\n`),
  fc
    .tuple(fc.constantFrom('HD', 'EN', 'NF', 'NS', 'EX', 'MN'), metaFlags)
    .map(([code, flags]) => `${code}${flags}\r\n`),
  injection.map((text) => `ME evil ${text}\r\n`),
  injection.map((text) => `ME good exp=-1 ${text}\r\n`),
  fc
    .tuple(fc.constantFrom('evil', 'good'), fc.constantFrom('0', '4294967296', '99999999999999999999'), injection)
    .map(([key, flags, text]) => `VALUE ${key} ${flags} ${text.length}\r\n${text}\r\nEND\r\n`),
  fc
    .tuple(fc.constantFrom('VERSION', 'SERVER_ERROR', 'CLIENT_ERROR', 'ERROR', 'STAT a'), injection)
    .map(([word, text]) => `${word} ${text}\r\n`),
  fc.constantFrom('STORED\r\n', 'NOT_STORED\r\n', 'OK\r\n', 'END\r\n', '5\r\n', '5 \r\n', '99999999999999999999\r\n'),
  injection.map((text) => `${text}\r\n`),
);
const packets = fc
  .record({
    opcode: fc.oneof(fc.constantFrom(0, 1, 4, 5, 6, 7, 9, 0x0a, 0x0b, 0x0c, 0x0d, 0x10, 0x1c, 0x1d, 0x21), fc.nat(255)),
    status: fc.oneof(fc.constantFrom(0, 0, 0, 1, 2, 5, 0x21, 0x84), fc.nat(0xffff)),
    extras: fc.constantFrom('', '\0\0\0\0', '\0\0\0\0\0'),
    key: fc.constantFrom('', '', '', 'evil', 'good', 'go\r\nod'),
    value: fc.oneof(injection, fc.constantFrom('\0\0\0\0\0\0\0\x07', '\xff\xff\xff\xff\xff\xff\xff\xff')),
  })
  .map(({ opcode, status, ...parts }) => response(opcode, status, parts));

function mutated(answer: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const broken = fc.tuple(answer, fc.nat(), fc.nat(255), fc.boolean()).map(([bytes, where, byte, isCut]) => {
    const at = bytes.length === 0 ? 0 : where % bytes.length;
    return bytes.slice(0, at) + (isCut ? '' : String.fromCharCode(byte) + bytes.slice(at + 1));
  });
  return fc.oneof({ weight: 5, arbitrary: answer }, { weight: 2, arbitrary: broken });
}
const random = fc.string({ unit: 'binary-ascii', maxLength: 60 });
const many = (one: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(mutated(one), { minLength: 1, maxLength: 3 }).map((all) => all.join(''));
const hostile = {
  meta: fc.oneof({ weight: 6, arbitrary: many(lines) }, { weight: 1, arbitrary: random }),
  text: fc.oneof({ weight: 6, arbitrary: many(lines) }, { weight: 1, arbitrary: random }),
  binary: fc.oneof({ weight: 6, arbitrary: many(packets) }, { weight: 1, arbitrary: random }),
};

/**
 * A question to the hostile node, and where its one answer ends in what a session of the dialect reads; −1 = it is
 * none.
 */
interface Question {
  readonly request: string;
  endOf(read: string): number;
}

const error = /^(?:ERROR|(?:CLIENT_ERROR|SERVER_ERROR) [\x20-\x7e\x80-\xff]*)\r\n/;

/**
 * Answers that are one line, and (`head` with a length as its first group) those with a value, which `tail` follows.
 */
function ask(request: string, line: RegExp, head?: RegExp, tail = '\r\n', value = /^/): Question {
  return {
    request,
    endOf: (read) => {
      const whole = error.exec(read) ?? line.exec(read);
      if (whole !== null) return whole[0].length;
      const begin = head?.exec(read);
      if (begin === null || begin === undefined) return -1;
      const end = begin[0].length + Number(begin[1]);
      const isRight = value.test(read.slice(begin[0].length, end)) && read.startsWith(tail, end);
      return isRight ? end + tail.length : -1;
    },
  };
}

/** One packet, with this opcode and opaque. */
function askPacket(opcode: number, opaque: number, parts: { extras?: string; value?: string } = {}): Question {
  return {
    request: packet(opcode, { key: 'evil', opaque, ...parts }),
    endOf: (read) => {
      const bytes = Buffer.from(read, 'latin1');
      if (bytes.length < 24 || bytes[0] !== 0x81 || bytes[1] !== opcode || bytes.readUInt32BE(12) !== opaque) return -1;
      return 24 + bytes.readUInt32BE(8);
    },
  };
}

const counter = '\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\xff\xff\xff\xff';
const number = /^\d{1,20}$/;
const questions: Readonly<Record<Dialect, readonly Question[]>> = {
  text: [
    ask('get evil\r\n', /^END\r\n/, /^VALUE evil \d{1,10} (\d+)\r\n/, '\r\nEND\r\n'),
    ask('gets evil\r\n', /^END\r\n/, /^VALUE evil \d{1,10} (\d+) \d{1,20}\r\n/, '\r\nEND\r\n'),
    ask('gat 10 evil\r\n', /^END\r\n/, /^VALUE evil \d{1,10} (\d+)\r\n/, '\r\nEND\r\n'),
    ask('set evil 0 0 1\r\nx\r\n', /^(?:STORED|NOT_STORED|EXISTS|NOT_FOUND)\r\n/),
    ask('cas evil 0 0 1 5\r\nx\r\n', /^(?:STORED|NOT_STORED|EXISTS|NOT_FOUND)\r\n/),
    ask('delete evil\r\n', /^(?:DELETED|NOT_FOUND)\r\n/),
    ask('touch evil 10\r\n', /^(?:TOUCHED|NOT_FOUND)\r\n/),
    ask('incr evil 1\r\n', /^(?:\d{1,20}|NOT_FOUND)\r\n/),
    ask('decr evil 1\r\n', /^(?:\d{1,20}|NOT_FOUND)\r\n/),
  ],
  meta: [
    ask(
      'mg evil v f c s t k O77\r\n',
      /^EN (?:kevil|kZXZpbA== b) O77\r\n/,
      /^VA (\d+) f\d{1,10}(?: c\d{1,20})? s\d+(?: t-?\d+)? (?:kevil|kZXZpbA== b) O77(?: [WXZ])*\r\n/,
    ),
    ask('mg evil k O77\r\n', /^(?:HD|EN) (?:kevil|kZXZpbA== b) O77(?: [WXZ])*\r\n/),
    ask('ms evil 1 k O77 c\r\nx\r\n', /^(?:HD|NS|EX|NF) (?:kevil|kZXZpbA== b) O77(?: c\d{1,20})?\r\n/),
    ask('md evil O77\r\n', /^(?:HD|NF|EX|NS) O77\r\n/),
    ask(
      'ma evil v k O77\r\n',
      /^(?:NF|NS|EX) (?:kevil|kZXZpbA== b) O77\r\n/,
      /^VA (\d+) (?:kevil|kZXZpbA== b) O77\r\n/,
      '\r\n',
      number,
    ),
    ask('ma evil O77\r\n', /^(?:HD|NF|NS|EX) O77\r\n/),
    ask('me evil\r\n', /^(?:EN|ME evil [\x20-\x7e\x80-\xff]*)\r\n/),
  ],
  binary: [
    askPacket(0x00, 70),
    askPacket(0x0c, 71),
    askPacket(0x01, 72, { extras: storeExtras(), value: 'x' }),
    askPacket(0x04, 73),
    askPacket(0x05, 74, { extras: counter }),
    askPacket(0x1c, 75, { extras: '\0\0\0\x0a' }),
    askPacket(0x1d, 76, { extras: '\0\0\0\x0a' }),
    askPacket(0x0e, 77, { value: 'x' }),
  ],
};

/** The question to the other node, and its one right answer. */
const good: Readonly<Record<Dialect, (id: number) => readonly [request: string, answer: string]>> = {
  text: () => ['get good\r\n', 'VALUE good 0 4\r\nTRUE\r\nEND\r\n'],
  meta: (id) => [`mg good v O${id}\r\n`, `VA 4 O${id}\r\nTRUE\r\n`],
  binary: (id) => [packet(0x0a, { opaque: id }), response(0x0a, 0).slice(0, 12) + packet(0, { opaque: id }).slice(12)],
};

const [falseAnswer] = injections as [string];
const incr = questions.text.find(({ request }) => request.startsWith('incr')) as Question;
const get = questions.text[0] as Question;
const store = questions.text[3] as Question;

/** What was tried, by protocol of the node. Text sessions are the easiest to write into. */
const attacks: Readonly<Record<Protocol, readonly (readonly [name: string, answer: string, question: Question])[]>> = {
  meta: [
    ['a counter that is lines', `VA ${falseAnswer.length}\r\n${falseAnswer}\r\n`, incr],
    ['a counter that is a word', 'VA 5\r\nFALSE\r\n', incr],
    ['a counter beyond 64 bits', 'VA 20\r\n99999999999999999999\r\n', incr],
    ['a version instead of a value', 'VERSION FALSE\r\n', get],
    ['another key', 'VA 5 kgood f0\r\nFALSE\r\n', get],
    ['an opaque that was not asked for', 'VA 5 O1 f0\r\nFALSE\r\n', get],
    ['flags beyond 32 bits', 'VA 5 f4294967296\r\nFALSE\r\n', get],
    ['a debug line of another key', 'ME good exp=-1\r\n', questions.meta.at(-1) as Question],
    ['a debug line with a line end of its own', 'ME evil exp=-1\rVA 5\r\n', questions.meta.at(-1) as Question],
    ['two replies to one request', 'HD\r\nVA 5 f0\r\nFALSE\r\n', store],
  ],
  text: [
    ['a value of another key', 'VALUE good 0 5\r\nFALSE\r\nEND\r\n', get],
    ['a counter beyond 64 bits', '99999999999999999999\r\n', incr],
    ['a number instead of a value', '5\r\n', get],
    ['flags beyond 32 bits', 'VALUE evil 4294967296 5\r\nFALSE\r\nEND\r\n', get],
    ['two replies to one request', 'STORED\r\nVALUE good 0 5\r\nFALSE\r\nEND\r\n', store],
  ],
  binary: [
    ['a value where a counter was asked for', response(0x00, 0, { extras: '\0\0\0\0', value: falseAnswer }), incr],
    ['a counter where a value was asked for', response(0x05, 0, { value: '\0\0\0\0\0\0\0\x07' }), get],
    ['a version where a value was asked for', response(0x0b, 0, { value: falseAnswer }), get],
    ['another key', response(0x0c, 0, { extras: '\0\0\0\0', key: 'good', value: 'FALSE' }), get],
    ['an error that is lines', response(0x01, 0x84, { value: `x\r\n${falseAnswer}\r\n` }), store],
    ['a login that goes on', response(0x00, 0x21, { value: falseAnswer }), get],
  ],
};

describe.each(protocols)('a hostile node that speaks %s', (behind) => {
  const node = hostileNode();
  let other: Server;
  let rig: ProxyRig;
  let ids = 1000;

  beforeAll(async () => {
    await node.listen();
    other = createNode({ port: 0 });
    const address = await other.listen();
    const port = 'port' in address ? address.port : 0;
    const setting = await TcpClient.connect(address);
    await setting.ask('set good 0 0 4\r\nTRUE\r\n', 'STORED\r\n');
    setting.close();
    const fleet = { protocol: behind, ejectAfter: 1_000_000, retry: { attempts: 1 } };
    rig = await openProxy({
      listeners: [{ port: 0, route: 'split' }],
      routes: { split: { type: 'prefix', routes: { evil: 'evil' }, otherwise: 'good' } },
      clusters: { evil: { nodes: [node.address], ...fleet }, good: { nodes: [`127.0.0.1:${port}`] } },
    });
  });
  afterAll(async () => {
    await rig.proxy.destroy();
    await other.destroy();
    await node.down();
  });

  it.each(attacks[behind])('does not get through with %s', async (_name, bytes, question) => {
    node.answer = bytes;
    const session = await rig.connect();
    const [request, answer] = good.text(0);
    const read = await session.ask(question.request + request, answer);
    session.close();
    expect(read.slice(question.endOf(read))).toBe(answer);
    // An error, or what a store may be told.
    expect(read).toMatch(/^(?:SERVER_ERROR [^\r\n]+|STORED)\r\n/);
  });

  it.each(['text', 'meta', 'binary'] as const)(
    'sends a %s session replies to its own requests only',
    async (dialect) => {
      const session = await rig.connect();
      await fc.assert(
        fc.asyncProperty(hostile[behind], fc.constantFrom(...questions[dialect]), async (bytes, question) => {
          node.answer = bytes;
          const getPacket = packet(0x00, { key: 'good', opaque: 99 });
          const [mark, marked] = good[dialect](ids++);
          const asked = dialect === 'binary' ? getPacket + mark : mark;
          const read = await session.ask(question.request + asked, marked);
          const rest = read.slice(question.endOf(read));
          if (dialect !== 'binary') expect({ bytes, read, rest }).toEqual({ bytes, read, rest: marked });
          else {
            const seen = answers(rest).map(({ opcode, opaque, status, value }) => ({ opcode, opaque, status, value }));
            expect({ bytes, read, seen: seen[0] }).toEqual({
              bytes,
              read,
              seen: { opcode: 0, opaque: 99, status: 0, value: 'TRUE' },
            });
            expect(seen).toHaveLength(2);
          }
        }),
        { numRuns: 150 },
      );
      session.close();
    },
  );
});
