import { describe, expect, test } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import { ProtocolError } from '../../../src/core/errors.ts';
import { binaryCodec } from '../../../src/protocol/binary/codec.ts';
import { opcode } from '../../../src/protocol/binary/opcodes.ts';
import { refusals } from './support/refusals.ts';
import { commandOf, commandsIn, encoded, feed, hex } from './support/wire.ts';

function command(digits: string): Command {
  const commands = commandsIn(hex(digits));
  expect(commands).toHaveLength(1);
  return commands[0]!;
}

describe('what a request means', () => {
  test('GATKQ', () => {
    expect(command('80 24 0001 04 00 0033 00000005 fffffffe 0000000000000000 0000003c 6b')).toMatchObject({
      verb: 'get',
      dialect: 'binary',
      key: 'k',
      touch: true,
      exptime: 60,
      quiet: true,
      wantValue: true,
      wantCas: true,
      vbucket: 0x33,
      packet: { opcode: opcode.gatKQ, opaque: 0xfffffffe, returnKey: true, datatype: 0 },
    });
  });

  test('SET', () => {
    expect(command('80 01 0001 08 01 0000 0000000a 00000000 0000000000000009 deadbeef ffffffff 6b 76')).toMatchObject({
      verb: 'store',
      mode: 'set',
      key: 'k',
      value: 'v',
      flags: 0xdeadbeef,
      exptime: 0xffffffff,
      cas: 9n,
      quiet: false,
      packet: { datatype: 1, returnKey: false },
    });
  });

  test('APPENDQ', () => {
    expect(command('80 19 0001 00 00 0000 00000002 00000000 0000000000000000 6b 76')).toMatchObject({
      verb: 'store',
      mode: 'append',
      quiet: true,
      value: 'v',
    });
  });

  test('DECREMENTQ without and with an initial value', () => {
    const head = '80 16 0001 14 00 0000 00000015 00000000 0000000000000000';
    expect(command(`${head} ffffffffffffffff 0000000000000005 ffffffff 6b`)).toMatchObject({
      verb: 'arith',
      decrement: true,
      quiet: true,
      delta: 2n ** 64n - 1n,
      initial: undefined,
      exptime: 0,
    });
    expect(command(`${head} 0000000000000002 0000000000000005 00000e10 6b`)).toMatchObject({
      delta: 2,
      initial: 5n,
      exptime: 3600,
    });
  });

  test('STAT: the group is the value', () => {
    expect(command('80 10 0005 00 00 0000 00000005 00000000 0000000000000000 6974656d73')).toMatchObject({
      verb: 'stats',
      key: '',
      value: 'items',
    });
  });

  test('FLUSHQ with delay, VERBOSITY with level', () => {
    expect(command('80 18 0000 04 00 0000 00000004 00000000 0000000000000000 0000000a')).toMatchObject({
      verb: 'flush',
      exptime: 10,
      quiet: true,
    });
    expect(command('80 1b 0000 04 00 0000 00000004 00000000 0000000000000000 00000002')).toMatchObject({
      verb: 'verbosity',
      exptime: 2,
    });
  });

  test('opcodes without a neutral verb are packets, with all that they carry', () => {
    const packet = command('80 a3 0001 02 01 0007 00000004 00000000 0000000000000001 aabb 6b 76');
    expect(packet).toMatchObject({ verb: 'packet', key: 'k', value: 'v', cas: 1n, vbucket: 7, quiet: true });
    expect(packet.packet).toMatchObject({ opcode: 0xa3, datatype: 1, extras: Uint8Array.of(0xaa, 0xbb) });
    expect(command('80 21 0005 00 00 0000 00000007 00000000 0000000000000000 504c41494e 0061')).toMatchObject({
      verb: 'packet',
      key: 'PLAIN',
      value: '\0a',
    });
  });

  test('framing extras are kept on every verb', () => {
    const durable = command(
      '08 01 04 01 08 00 0003 0000000e 00000000 0000000000000000 13012328 00000000 00000000 6b 76',
    );
    expect(durable).toMatchObject({
      verb: 'store',
      key: 'k',
      value: 'v',
      packet: { framing: Uint8Array.of(0x13, 1, 0x23, 0x28) },
    });
  });

  test('values are byte strings up to 4 KB and buffers of their own above', () => {
    const sizes = [0, 4096, 4097, 65_536, 65_537, 200_000];
    const bytes = encoded(
      ...sizes.map((size) => commandOf('store', { key: 'k', value: Buffer.alloc(size, 'ü', 'latin1') })),
    );
    const commands = commandsIn(bytes, [40, 5000, 33, 100_000]);
    expect(commands.map(({ value }) => value.length)).toEqual(sizes);
    expect(commands.map(({ value }) => typeof value)).toEqual([
      'string',
      'string',
      'object',
      'object',
      'object',
      'object',
    ]);
    for (const { value } of commands) {
      const text = typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
      expect(text).toBe('ü'.repeat(text.length));
    }
  });
});

describe('requests that memcached refuses, and then closes', () => {
  test.each(refusals)('$name', ({ bytes, status }) => {
    const more = encoded(commandOf('noop'));
    for (const sizes of [[], [1, 22, 1, 1]]) {
      const commands = commandsIn(Buffer.concat([hex(bytes), more]), sizes);
      expect(commands).toHaveLength(1);
      expect(commands[0]).toMatchObject({
        verb: 'invalid',
        dialect: 'binary',
        fault: { status, message: status === 4 ? 'Invalid arguments' : 'Unknown command', close: true },
      });
    }
  });
});

test.each([
  [opcode.set, true],
  [opcode.setQ, true],
  [opcode.add, false],
  [opcode.replaceQ, false],
])('a value over the limit gets an error and is dropped (opcode %i), the next command is read', (code, forget) => {
  const mode = code === opcode.add ? 'add' : code === opcode.replaceQ ? 'replace' : 'set';
  const quiet = code === opcode.setQ || code === opcode.replaceQ;
  const large = commandOf('store', { key: 'key', value: 'x'.repeat(1001), mode, quiet });
  const bytes = encoded(large, commandOf('noop', { packet: { opaque: 7 } }));
  for (const sizes of [[], [10, 30, 500], [24 + 8 + 3], [24 + 8 + 3 + 1001]]) {
    const commands = commandsIn(bytes, sizes, { maxValue: 1000 });
    expect(commands).toHaveLength(2);
    expect(commands[0]).toMatchObject({
      verb: 'invalid',
      key: 'key',
      fault: { kind: 'client', message: 'Too large.', status: 3, close: false, forget },
      packet: { opcode: code },
    });
    expect(commands[1]).toMatchObject({ verb: 'noop', packet: { opaque: 7 } });
  }
});

test('a value of exactly the limit is taken', () => {
  const bytes = encoded(commandOf('store', { key: 'key', value: 'x'.repeat(1000) }));
  expect(commandsIn(bytes, [], { maxValue: 1000 })[0]).toMatchObject({ verb: 'store' });
});

test('keys may be longer where the limit says so: collection ids stand in front of keys', () => {
  const bytes = hex(`80 00 00fb 00 00 0000 000000fb 00000000 0000000000000000 ${'6b'.repeat(251)}`);
  expect(commandsIn(bytes, [], { maxKey: 255 })[0]).toMatchObject({ verb: 'get', key: 'k'.repeat(251) });
});

test.each([0x81, 0x82, 0x00, 0x67])('magic 0x%s kills the decoder', (first) => {
  const bytes = encoded(commandOf('noop'), commandOf('noop'));
  bytes[24] = first;
  const seen: Command[] = [];
  const decoder = binaryCodec.commandDecoder({ onCommand: (each) => void seen.push(each) });
  expect(() => feed(decoder, bytes, [10, 20])).toThrow(ProtocolError);
  expect(seen).toHaveLength(1);
  expect(() => decoder.push(encoded(commandOf('noop')))).toThrow(/magic/);
});
