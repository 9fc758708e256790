/**
 * The real memcached judges all four corners: it takes what `encodeCommand` writes; its answers, read by `replyDecoder`
 * and written again by `encodeReply` for the command that `commandDecoder` read, must come out byte for byte as
 * memcached sent them.
 */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import { Reply } from '../../../src/core/reply.ts';
import { binaryCodec } from '../../../src/protocol/binary/codec.ts';
import { encodePacketCommand } from '../../../src/protocol/binary/command-encoder.ts';
import { describeReal, type RealMemcached, startMemcached } from '../../support/real-memcached.ts';
import { Peer } from './support/peer.ts';
import { refusals } from './support/refusals.ts';
import { answered, commandOf, commandsIn, encoded, hex, packetsIn, written } from './support/wire.ts';

/** Commands in order and what is answered to each: its status, `silent`, or several of them for one command. */
interface Transcript {
  readonly name: string;
  readonly steps: readonly (readonly [Command, string])[];
}

const key = 'key';
const get = commandOf('get', { key });
const set = commandOf('store', { key, value: 'value', flags: 0xdeadbeef });
const returnKey = { returnKey: true };

const transcripts: readonly Transcript[] = [
  {
    name: 'gets',
    steps: [
      [get, 'miss'],
      [set, 'ok'],
      [get, 'ok'],
      [commandOf('get', { key, packet: returnKey }), 'ok'],
      [commandOf('get', { key: 'none', packet: returnKey }), 'miss'],
      [commandOf('get', { key, quiet: true }), 'ok'],
      [commandOf('get', { key: 'none', quiet: true }), 'silent'],
      [commandOf('get', { key: 'none', quiet: true, packet: returnKey }), 'silent'],
      [commandOf('get', { key, touch: true, exptime: 100 }), 'ok'],
      [commandOf('get', { key, touch: true, packet: returnKey }), 'ok'],
      [commandOf('get', { key: 'none', touch: true, packet: returnKey }), 'miss'],
      [commandOf('get', { key: 'none', touch: true, quiet: true }), 'silent'],
    ],
  },
  {
    name: 'multi-key gets',
    steps: [
      [set, 'ok'],
      [commandOf('store', { key: 'empty' }), 'ok'],
      [commandOf('get', { keys: [key, 'none', 'empty', key] }), 'item item item end'],
      [commandOf('get', { keys: ['none'] }), 'end'],
      [commandOf('get', { keys: ['none', key], touch: true, exptime: 60 }), 'item end'],
    ],
  },
  {
    name: 'stores',
    steps: [
      [commandOf('store', { key, mode: 'replace' }), 'notStored'],
      [commandOf('store', { key, mode: 'append', value: 'x' }), 'notStored'],
      [commandOf('store', { key, mode: 'prepend', value: 'x' }), 'notStored'],
      [commandOf('store', { key, cas: 77n }), 'miss'],
      [commandOf('store', { key, mode: 'add', value: '1' }), 'ok'],
      [commandOf('store', { key, mode: 'add', value: '2' }), 'notStored'],
      [commandOf('store', { key, mode: 'replace', value: '3' }), 'ok'],
      [commandOf('store', { key, mode: 'append', value: '4' }), 'ok'],
      [commandOf('store', { key, mode: 'prepend', value: '2' }), 'ok'],
      [commandOf('store', { key, cas: 77n }), 'exists'],
      [get, 'ok'],
      [commandOf('store', { key: 'late', exptime: -1 }), 'ok'],
      [commandOf('get', { key: 'late' }), 'miss'],
      [commandOf('store', { key: 'large', value: Buffer.alloc(500_000, 'large') }), 'ok'],
      [commandOf('get', { key: 'large' }), 'ok'],
    ],
  },
  {
    name: 'quiet commands get replies to their failures only',
    steps: [
      [commandOf('store', { key, quiet: true, mode: 'replace' }), 'notStored'],
      [commandOf('store', { key, quiet: true, mode: 'append' }), 'notStored'],
      [commandOf('store', { key, quiet: true, value: '7' }), 'silent'],
      [commandOf('store', { key, quiet: true, mode: 'add' }), 'notStored'],
      [commandOf('store', { key, quiet: true, cas: 77n }), 'exists'],
      [commandOf('arith', { key, quiet: true }), 'silent'],
      [commandOf('arith', { key: 'none', quiet: true }), 'miss'],
      [commandOf('delete', { key, quiet: true, cas: 77n }), 'exists'],
      [commandOf('delete', { key, quiet: true }), 'silent'],
      [commandOf('delete', { key, quiet: true }), 'miss'],
      [commandOf('flush', { quiet: true }), 'silent'],
    ],
  },
  {
    name: 'counters',
    steps: [
      [commandOf('arith', { key }), 'miss'],
      [commandOf('arith', { key, initial: 2n ** 64n - 2n, exptime: 60 }), 'ok'],
      [commandOf('arith', { key }), 'ok'],
      [commandOf('arith', { key, delta: 2 }), 'ok'],
      [commandOf('arith', { key, delta: 2n ** 63n, decrement: true }), 'ok'],
      [commandOf('arith', { key, cas: 77n }), 'exists'],
      [set, 'ok'],
      [commandOf('arith', { key }), 'error'],
    ],
  },
  {
    name: 'deletes and touches',
    steps: [
      [commandOf('delete', { key }), 'miss'],
      [commandOf('touch', { key }), 'miss'],
      [set, 'ok'],
      [commandOf('touch', { key, exptime: 100 }), 'ok'],
      [commandOf('delete', { key, cas: 77n }), 'exists'],
      [commandOf('delete', { key }), 'ok'],
      [get, 'miss'],
    ],
  },
  {
    name: 'the rest',
    steps: [
      [commandOf('noop'), 'ok'],
      [commandOf('version'), 'ok'],
      [commandOf('stats', { value: 'nonsense' }), 'error'],
      [commandOf('stats', { value: 'reset' }), 'end'],
      [commandOf('flush', { exptime: 1000 }), 'ok'],
      [commandOf('flush'), 'ok'],
      [commandOf('packet', { packet: { opcode: 0x30 } }), 'error'],
      [commandOf('packet', { packet: { opcode: 0x20 } }), 'error'],
      [commandOf('packet', { key: 'PLAIN', value: '\0user\0pass', packet: { opcode: 0x21 } }), 'error'],
    ],
  },
];

/** One reply of the real server, live, and again as bytes. */
function judge(raw: Buffer, to: Command): string {
  let seen = '';
  const decoder = binaryCodec.replyDecoder({
    onReply(reply) {
      seen = reply.part === 'whole' ? reply.status : reply.part;
      if (to.verb === 'noop' && to.key === 'end of items') seen = 'end';
      expect(answered(reply, to).toString('hex')).toBe(raw.toString('hex'));
    },
  });
  decoder.push(raw);
  decoder.end();
  return seen;
}

/** The server's side of a command: what its bytes mean, each packet by itself. */
function received(command: Command, bytes: Buffer): Command[] {
  const commands = commandsIn(bytes);
  const last = commands.at(-1);
  if (command.keys !== undefined && last !== undefined) last.key = 'end of items';
  return commands;
}

/** Sends a command with an opaque of its own and gives what was answered. */
async function run(peer: Peer, command: Command, opaque: number): Promise<{ answer: string; packets: Buffer[] }> {
  const bytes = written((writer) => encodePacketCommand(command, writer, opaque));
  const { bytes: raw, closed } = await peer.ask(bytes);
  expect(closed).toBe(false);
  const sent = received(command, bytes);
  const packets = packetsIn(raw);
  const answers = packets.map((packet) => {
    expect(packet.readUInt32BE(12)).toBe(opaque);
    const to = sent.find((each) => each.packet?.opcode === packet[1] && isAbout(packet, each));
    return judge(packet, to!);
  });
  return { answer: answers.length === 0 ? 'silent' : answers.join(' '), packets };
}

/** Items of a multi-key get are distinguished by their key. */
function isAbout(packet: Buffer, to: Command): boolean {
  const length = packet.readUInt16BE(2);
  const keyAt = 24 + packet[4]!;
  return to.verb !== 'get' || length === 0 || packet.toString('latin1', keyAt, keyAt + length) === to.key;
}

describeReal('the real memcached as judge of the binary codec', () => {
  let server: RealMemcached;
  let peer: Peer;

  beforeAll(async () => {
    server = await startMemcached(['-I', '1m']);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    peer = new Peer(server.port);
    await peer.ask(encoded(commandOf('flush')));
  });
  afterEach(() => peer.close());

  test.each(transcripts)(
    '$name: the reply of memcached is decoded and encoded to the same bytes',
    async ({ steps }) => {
      for (const [index, [command, expected]] of steps.entries()) {
        const { answer } = await run(peer, command, 0xfffffff0 + index);
        expect(`${index} ${answer}`).toBe(`${index} ${expected}`);
      }
    },
  );

  test('stats: items and the empty packet at the end', async () => {
    const { answer } = await run(peer, commandOf('stats', { value: 'settings' }), 9);
    expect(answer).toMatch(/^(item ){20,}end$/);
  });

  test('incr wraps at 2^64, decr stops at 0, and both are exact', async () => {
    const ask = async (command: Command): Promise<string> => {
      const { bytes } = await peer.ask(encoded(command));
      let text = '';
      binaryCodec.replyDecoder({ onReply: (reply) => void (text = reply.text()) }).push(bytes);
      return text;
    };
    expect(await ask(commandOf('arith', { key, initial: 2n ** 64n - 1n }))).toBe('18446744073709551615');
    expect(await ask(commandOf('arith', { key, delta: 3 }))).toBe('2');
    expect(await ask(commandOf('arith', { key, delta: 2n ** 53n + 1n }))).toBe('9007199254740995');
    expect(await ask(commandOf('arith', { key, delta: 2n ** 63n, decrement: true }))).toBe('0');
  });

  describe('silence: a quiet command is spelled as memcached spells it, or not at all', () => {
    const value = '5';
    const cases: readonly (readonly [string, boolean, Command])[] = [
      ['get hit', true, get],
      ['get miss', false, get],
      ['getk hit', true, commandOf('get', { key, packet: returnKey })],
      ['getk miss', false, commandOf('get', { key, packet: returnKey })],
      ['gat hit', true, commandOf('get', { key, touch: true })],
      ['gatk miss', false, commandOf('get', { key, touch: true, packet: returnKey })],
      ['set', true, commandOf('store', { key, value })],
      ['set with another cas', true, commandOf('store', { key, cas: 77n })],
      ['set with cas, missing', false, commandOf('store', { key, cas: 77n })],
      ['add', false, commandOf('store', { key, value, mode: 'add' })],
      ['add, present', true, commandOf('store', { key, value, mode: 'add' })],
      ['add with cas, missing', false, commandOf('store', { key, value, mode: 'add', cas: 77n })],
      ['replace', true, commandOf('store', { key, value, mode: 'replace' })],
      ['replace, missing', false, commandOf('store', { key, value, mode: 'replace' })],
      ['append', true, commandOf('store', { key, value, mode: 'append' })],
      ['append, missing', false, commandOf('store', { key, value, mode: 'append' })],
      ['append with another cas', true, commandOf('store', { key, value, mode: 'append', cas: 77n })],
      ['prepend, missing', false, commandOf('store', { key, value, mode: 'prepend' })],
      ['delete', true, commandOf('delete', { key })],
      ['delete, missing', false, commandOf('delete', { key })],
      ['incr', true, commandOf('arith', { key })],
      ['decr, missing', false, commandOf('arith', { key, decrement: true })],
      ['flush', true, commandOf('flush')],
    ];

    /** The cas is another each time. */
    const withoutCas = (bytes: Buffer): string =>
      packetsIn(Buffer.from(bytes))
        .map((packet) => packet.fill(0, 16, 24).toString('hex'))
        .join(' ');

    test.each(cases)('%s', async (_, present, command) => {
      const prepare = present ? encoded(commandOf('store', { key, value })) : encoded(commandOf('delete', { key }));
      const loud = async (): Promise<Buffer> => {
        await peer.ask(prepare);
        return (await peer.ask(encoded(command))).bytes;
      };
      const answer = await loud();
      const hushed = Object.assign(commandOf(command.verb), command, { quiet: true });
      await peer.ask(prepare);
      const { bytes: real } = await peer.ask(encoded(hushed));
      const [to] = commandsIn(encoded(hushed));
      let own: Buffer = Buffer.alloc(0);
      binaryCodec.replyDecoder({ onReply: (reply) => void (own = answered(reply, to!)) }).push(answer);
      expect(withoutCas(own)).toBe(withoutCas(real));
    });
  });

  /** How a session answers what the decoder refused. */
  function sessionAnswer(bytes: Buffer, maxValue = 1_000_000): { bytes: Buffer; closed: boolean } {
    const [command] = commandsIn(bytes, [], { maxValue });
    const fault = command?.fault;
    if (command === undefined || fault === undefined) throw new Error('the decoder refused nothing');
    const reply = new Reply().setError(fault.kind, fault.message, fault.status);
    return { bytes: answered(reply, command), closed: fault.close };
  }

  test.each(refusals)('refused as memcached refuses it: $name', async ({ bytes }) => {
    const request = hex(bytes);
    request.writeUInt32BE(0xfffffff1, 12);
    const real = await peer.ask(request);
    const own = sessionAnswer(request);
    expect(own.bytes.toString('hex')).toBe(real.bytes.toString('hex'));
    expect(own.closed).toBe(real.closed);
  });

  test.each([
    ['set', 'miss'],
    ['add', 'ok'],
    ['replace', 'ok'],
    ['append', 'ok'],
  ] as const)(
    'a value too large for %s gets an error, its bytes are dropped, and the old value is a %s',
    async (mode, then) => {
      await run(peer, set, 1);
      const request = encoded(commandOf('store', { key, mode, value: Buffer.alloc(2_000_000) }));
      const real = await peer.ask(request);
      const own = sessionAnswer(request);
      expect(own.bytes.toString('hex')).toBe(real.bytes.toString('hex'));
      expect(real.closed).toBe(false);
      expect((await run(peer, get, 2)).answer).toBe(then);
      expect(commandsIn(request, [], { maxValue: 1_000_000 })[0]?.fault?.forget).toBe(then === 'miss');
    },
  );

  test('bad magic closes without a reply, where the decoder throws a ProtocolError', async () => {
    const request = Buffer.concat([encoded(commandOf('noop', { packet: { opaque: 1 } })), Buffer.alloc(24, 'x')]);
    const real = await peer.ask(request);
    expect(real.closed).toBe(true);
    expect(packetsIn(real.bytes).length).toBeLessThanOrEqual(1);
  });

  test.each([
    ['QUIT', false, 1],
    ['QUITQ', true, 0],
  ])('%s closes', async (_, quiet, answers) => {
    const request = encoded(commandOf('quit', { quiet, packet: { opaque: 5 } }));
    const real = await peer.ask(request);
    expect(real.closed).toBe(true);
    expect(packetsIn(real.bytes)).toHaveLength(answers);
    const [to] = commandsIn(request);
    expect(answered(new Reply().reset('ok'), to!).toString('hex')).toBe(real.bytes.toString('hex'));
  });

  test('memcached does not know VERBOSITY, and falls out of step with the stream by its extras', async () => {
    const real = await peer.ask(encoded(commandOf('verbosity', { exptime: 1 }), commandOf('noop'), commandOf('noop')));
    expect(real.closed).toBe(true);
  });
});
