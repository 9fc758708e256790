/**
 * What is encoded comes out of the decoder as it went in, however the stream is chunked; noise never hangs and never
 * comes out as something else.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, StoreMode, Verb } from '../../../src/core/command.ts';
import { ProtocolError } from '../../../src/core/errors.ts';
import { Reply } from '../../../src/core/reply.ts';
import { binaryCodec } from '../../../src/protocol/binary/codec.ts';
import { opcodeOf } from '../../../src/protocol/binary/command-opcode.ts';
import { headerLength } from '../../../src/protocol/binary/header.ts';
import { answered, commandOf, commandsIn, encoded, feed, keep, type KeptReply, repliesIn } from './support/wire.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 70_000 })), {
  maxLength: 40,
});

/** A byte string. */
function byteString(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength, maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
}

const key = fc.oneof({ weight: 5, arbitrary: byteString(1, 20) }, byteString(250, 250));
const large = fc
  .record({ seed: fc.uint8Array({ minLength: 1, maxLength: 50 }), length: fc.integer({ min: 4000, max: 140_000 }) })
  .map(({ seed, length }) => Buffer.alloc(length, seed));
const value: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 10, arbitrary: byteString(0, 50) },
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 50 }) },
  { weight: 1, arbitrary: large },
);
const modes: fc.Arbitrary<StoreMode> = fc.constantFrom('set', 'add', 'replace', 'append', 'prepend');
const common = { cas: u64, vbucket: u16, quiet: fc.boolean() };
const packet = fc.record({
  opcode: fc.constant(0),
  opaque: u32,
  datatype: fc.integer({ min: 0, max: 255 }),
  returnKey: fc.boolean(),
});

function make(verb: Verb, fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Command> {
  return fc
    .record({ ...common, packet, ...fields })
    .map((given) => commandOf(verb, given as Partial<Command> as object));
}

const commands: fc.Arbitrary<Command> = fc.oneof(
  make('get', { key }),
  make('get', { key, touch: fc.constant(true), exptime: u32.filter((n) => n !== 0xffffffff) }),
  make('store', { key, value, mode: modes, flags: u32, exptime: fc.integer({ min: 0, max: 0xfffffffe }) }),
  make('delete', { key }),
  make('arith', { key, delta: u64, decrement: fc.boolean() }),
  make('arith', { key, delta: u64, initial: u64, exptime: fc.integer({ min: 0, max: 0xfffffffe }) }),
  make('touch', { key, exptime: fc.integer({ min: 0, max: 0xfffffffe }) }),
  make('noop', {}),
  make('flush', { exptime: fc.integer({ min: 0, max: 0xfffffffe }) }),
  make('version', {}),
  make('verbosity', { exptime: u32 }),
  make('stats', { value: fc.oneof(fc.constant(''), key) }),
  make('quit', {}),
  make('packet', {
    key: byteString(0, 250),
    value,
    packet: fc.record({
      opcode: fc.constantFrom(0x1f, 0x89, 0xa0, 0xb5, 0xee, 0xfe),
      opaque: u32,
      datatype: fc.integer({ min: 0, max: 255 }),
      extras: fc.uint8Array({ minLength: 1, maxLength: 255 }),
      framing: fc.option(fc.uint8Array({ minLength: 1, maxLength: 255 }), { nil: undefined }),
    }),
  }),
);

/** What of a command its packet carries. */
function essence(command: Command): object {
  const { verb, key: name, cas, vbucket, packet: fields } = command;
  const code = opcodeOf(command);
  const stores = verb === 'store';
  const joins = stores && (command.mode === 'append' || command.mode === 'prepend');
  const text = typeof command.value === 'string' ? command.value : Buffer.from(command.value).toString('latin1');
  return {
    verb,
    key: name,
    value: text,
    mode: command.mode,
    flags: stores && !joins ? command.flags : 0,
    exptime: joins ? 0 : command.exptime,
    touch: command.touch,
    cas,
    decrement: command.decrement,
    delta: BigInt(command.delta),
    initial: command.initial,
    vbucket,
    opcode: code,
    opaque: fields?.opaque,
    datatype: fields?.datatype,
    extras: fields?.extras === undefined ? '' : Buffer.from(fields.extras).toString('hex'),
    framing: fields?.framing === undefined ? '' : Buffer.from(fields.framing).toString('hex'),
    returnKey: verb === 'get' && fields?.returnKey,
  };
}

describe('commands', () => {
  test('come out as they went in, in any chunks', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 8 }), sizes, (given, cuts) => {
        const taken = commandsIn(encoded(...given), cuts);
        expect(taken.map(essence)).toEqual(given.map(essence));
      }),
    );
  });

  test('a multi-key get comes out as quiet gets with one opaque and a NOOP', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 20 }), u32, sizes, (keys, opaque, cuts) => {
        const taken = commandsIn(encoded(commandOf('get', { keys, packet: { opaque } })), cuts);
        expect(taken.map((command) => command.key)).toEqual([...keys, '']);
        expect(taken.every((command) => command.packet?.opaque === opaque)).toBe(true);
        expect(taken.slice(0, -1).every((command) => command.quiet && command.verb === 'get')).toBe(true);
        expect(taken.at(-1)?.verb).toBe('noop');
      }),
    );
  });
});

/** An answer, the command it is to, and what must come out. */
interface Exchange {
  readonly to: Command;
  readonly fill: (reply: Reply) => void;
  readonly expected: Partial<KeptReply>;
}

function exchange(
  to: Command,
  fields: Partial<Reply>,
  given: string | Uint8Array | undefined,
  expected: Partial<KeptReply> = {},
): Exchange {
  const { opaque = 0 } = to.packet ?? {};
  const fill = (reply: Reply): void => {
    Object.assign(reply.reset('ok'), fields);
    if (typeof given === 'string') reply.setText(given);
    else if (given !== undefined) reply.setBytes(given, 0, given.length, false);
  };
  const { status = 'ok', part = 'whole', key: name = '', flags = 0, cas = 0n } = fields;
  const text =
    given === undefined ? undefined : typeof given === 'string' ? given : Buffer.from(given).toString('latin1');
  return {
    to,
    fill,
    expected: {
      status,
      part,
      key: name,
      flags,
      cas,
      opaque,
      datatype: fields.datatype ?? 0,
      value: text,
      ...expected,
    },
  };
}

const exchanges: fc.Arbitrary<Exchange> = fc
  .record({
    name: key,
    given: value,
    flags: u32,
    cas: u64,
    opaque: u32,
    datatype: fc.integer({ min: 0, max: 7 }),
    count: u64,
    mode: modes,
  })
  .chain(({ name, given, flags, cas, opaque, datatype, count, mode }) => {
    const on = (verb: Verb, fields: object = {}): Command => {
      const command = commandOf(verb, { key: name, packet: { opaque }, ...fields });
      command.packet = { ...command.packet!, opcode: opcodeOf(command) };
      return command;
    };
    return fc.constantFrom<Exchange>(
      exchange(on('get'), { flags, cas, datatype }, given),
      exchange(on('get', { packet: { opaque, returnKey: true } }), { flags, cas, key: 'ignored' }, given, {
        key: name,
      }),
      exchange(on('get', { keys: [name] }), { part: 'item', key: name, flags, cas }, given),
      exchange(on('get', { keys: [name] }), { part: 'end' }, undefined, { part: 'whole', opcode: 0x0a }),
      exchange(on('get'), { status: 'miss' }, undefined),
      exchange(on('store', { mode }), { cas }, undefined),
      exchange(on('store', { mode }), { status: 'notStored' }, undefined),
      exchange(on('store', { cas }), { status: 'exists' }, undefined),
      exchange(on('arith'), { cas }, String(count)),
      exchange(on('touch'), { flags, cas }, undefined),
      exchange(on('delete'), {}, undefined),
      exchange(on('version'), { message: '1.6.18' }, undefined, { value: '1.6.18', message: '1.6.18' }),
      exchange(on('stats'), { part: 'item', key: name }, given),
      exchange(on('stats'), { part: 'end' }, undefined, { value: '' }),
      exchange(on('get'), { status: 'error', errorKind: 'client', message: 'Invalid arguments', code: 4 }, undefined, {
        value: 'Invalid arguments',
      }),
    );
  });

describe('replies', () => {
  test('come out as they went in, in any chunks', () => {
    fc.assert(
      fc.property(fc.array(exchanges, { maxLength: 8 }), sizes, (given, cuts) => {
        const reply = new Reply();
        const bytes = given.map(({ to, fill }) => {
          fill(reply);
          return answered(reply, to);
        });
        const taken = repliesIn(Buffer.concat(bytes), cuts);
        expect(taken).toMatchObject(given.map(({ expected }) => expected));
      }),
    );
  });
});

/** Bytes that often begin like packets. */
const noise = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom(0x80, 0x81, 0x82, 0x08, 0x18),
        fc.uint8Array({ minLength: 23, maxLength: 23 }),
        fc.integer({ min: 0, max: 60 }),
      )
      .map(([first, rest, length]) => {
        const bytes = Buffer.concat([Buffer.of(first), rest, Buffer.alloc(length, 'x')]);
        bytes.writeUInt32BE(length, 8);
        return bytes;
      }),
  ),
  { maxLength: 6 },
);

/** What comes out until the decoder dies or waits. */
function outcome<T>(run: (collect: (each: T) => void) => void): { taken: T[]; died: boolean } {
  const taken: T[] = [];
  try {
    run((each) => void taken.push(each));
    return { taken, died: false };
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return { taken, died: true };
  }
}

describe('noise', () => {
  test('is a ProtocolError or waits, the same in any chunks', () => {
    fc.assert(
      fc.property(noise, sizes, (pieces, cuts) => {
        const bytes = Buffer.concat(pieces);
        const read = (chunks: readonly number[]): object =>
          outcome<KeptReply>((collect) =>
            feed(binaryCodec.replyDecoder({ onReply: (reply) => collect(keep(reply)) }), bytes, chunks),
          );
        const obey = (chunks: readonly number[]): object =>
          outcome<Command>((collect) => feed(binaryCodec.commandDecoder({ onCommand: collect }), bytes, chunks));
        expect(read(cuts)).toEqual(read([]));
        expect(obey(cuts)).toEqual(obey([]));
      }),
      { numRuns: 500 },
    );
  });

  test('behind good replies never changes them', () => {
    fc.assert(
      fc.property(
        fc.array(u32, { minLength: 1, maxLength: 5 }),
        fc.uint8Array({ minLength: headerLength, maxLength: 100 }),
        (opaques, rest) => {
          const reply = new Reply();
          const good = opaques.map((opaque) =>
            answered(reply.reset('ok'), commandOf('noop', { packet: { opcode: 0x0a, opaque } })),
          );
          const { taken } = outcome<number>((collect) =>
            feed(
              binaryCodec.replyDecoder({ onReply: (each) => collect(each.opaqueNumber) }),
              Buffer.concat([...good, rest]),
            ),
          );
          expect(taken.slice(0, opaques.length)).toEqual(opaques);
        },
      ),
    );
  });
});
