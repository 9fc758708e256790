/** Packets byte for byte. The layouts are those of memcached's protocol_binary.h and Couchbase's BinaryProtocol. */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import { InvalidArgumentError, InvalidKeyError, UnsupportedError } from '../../../src/core/errors.ts';
import { encodePacketCommand } from '../../../src/protocol/binary/command-encoder.ts';
import { opcodeOf } from '../../../src/protocol/binary/command-opcode.ts';
import { couchbaseOpcode } from '../../../src/protocol/binary/couchbase-opcodes.ts';
import { opcodeName } from '../../../src/protocol/binary/opcode-names.ts';
import { isQuietOpcode } from '../../../src/protocol/binary/opcode-shapes.ts';
import { opcode } from '../../../src/protocol/binary/opcodes.ts';
import { commandOf, encoded, hex, written } from './support/wire.ts';

const vectors: readonly (readonly [string, Command, string])[] = [
  [
    'GET to vBucket 51, opaque 3',
    commandOf('get', { key: 'foo', vbucket: 51, packet: { opaque: 3 } }),
    '80 00 0003 00 00 0033 00000003 00000003 0000000000000000 666f6f',
  ],
  [
    'GET without the cas that an mg compares with',
    commandOf('get', { key: 'foo', cas: 7n, meta: { tokens: ['v', 'C7'], hasCas: true } }),
    '80 00 0003 00 00 0000 00000003 00000000 0000000000000000 666f6f',
  ],
  [
    'quiet GET',
    commandOf('get', { key: 'foo', quiet: true }),
    '80 09 0003 00 00 0000 00000003 00000000 0000000000000000 666f6f',
  ],
  [
    'GAT',
    commandOf('get', { key: 'k', touch: true, exptime: 60 }),
    '80 1d 0001 04 00 0000 00000005 00000000 0000000000000000 0000003c 6b',
  ],
  [
    'multi-key GET: GETKQ per key and NOOP, one opaque for all',
    commandOf('get', { keys: ['a', 'bc'], vbucket: 1, packet: { opaque: 0xdeadbeef } }),
    `80 0d 0001 00 00 0001 00000001 deadbeef 0000000000000000 61
     80 0d 0002 00 00 0001 00000002 deadbeef 0000000000000000 6263
     80 0a 0000 00 00 0000 00000000 deadbeef 0000000000000000`,
  ],
  [
    'multi-key GAT',
    commandOf('get', { keys: ['a'], touch: true, exptime: 1 }),
    `80 24 0001 04 00 0000 00000005 00000000 0000000000000000 00000001 61
     80 0a 0000 00 00 0000 00000000 00000000 0000000000000000`,
  ],
  [
    'SET with flags, exptime, cas',
    commandOf('store', { key: 'Hello', value: 'World', flags: 0xdeadbeef, exptime: 3600, cas: 0x0102030405060708n }),
    '80 01 0005 08 00 0000 00000012 00000000 0102030405060708 deadbeef 00000e10 48656c6c6f 576f726c64',
  ],
  [
    'quiet ADD of bytes',
    commandOf('store', { key: 'k', value: Uint8Array.of(0, 255), mode: 'add', quiet: true }),
    '80 12 0001 08 00 0000 0000000b 00000000 0000000000000000 00000000 00000000 6b 00ff',
  ],
  [
    'REPLACE of a JSON value',
    commandOf('store', { key: 'k', value: '1', mode: 'replace', packet: { datatype: 1 } }),
    '80 03 0001 08 01 0000 0000000a 00000000 0000000000000000 00000000 00000000 6b 31',
  ],
  [
    'APPEND has no extras',
    commandOf('store', { key: 'k', value: '!', mode: 'append', flags: 7, exptime: 7 }),
    '80 0e 0001 00 00 0000 00000002 00000000 0000000000000000 6b 21',
  ],
  [
    'PREPENDQ',
    commandOf('store', { key: 'k', value: '!', mode: 'prepend', quiet: true }),
    '80 1a 0001 00 00 0000 00000002 00000000 0000000000000000 6b 21',
  ],
  [
    'SET with a negative exptime means expired, which is a second long past',
    commandOf('store', { key: 'k', exptime: -1 }),
    '80 01 0001 08 00 0000 00000009 00000000 0000000000000000 00000000 00278d01 6b',
  ],
  [
    'DELETE with cas',
    commandOf('delete', { key: 'k', cas: 9n }),
    '80 04 0001 00 00 0000 00000001 00000000 0000000000000009 6b',
  ],
  [
    'INCREMENT with initial value and exptime',
    commandOf('arith', { key: 'counter', delta: 1, initial: 0n, exptime: 3600 }),
    '80 05 0007 14 00 0000 0000001b 00000000 0000000000000000 0000000000000001 0000000000000000 00000e10 636f756e746572',
  ],
  [
    'DECREMENT without initial value fails on a miss: exptime ffffffff',
    commandOf('arith', { key: 'k', delta: 2n ** 64n - 1n, decrement: true }),
    '80 06 0001 14 00 0000 00000015 00000000 0000000000000000 ffffffffffffffff 0000000000000000 ffffffff 6b',
  ],
  [
    'INCREMENT with initial value: an exptime beyond 32 bits is not that mark',
    commandOf('arith', { key: 'k', initial: 5n, exptime: 2 ** 40 }),
    '80 05 0001 14 00 0000 00000015 00000000 0000000000000000 0000000000000001 0000000000000005 fffffffe 6b',
  ],
  [
    'TOUCH',
    commandOf('touch', { key: 'k', exptime: 10 }),
    '80 1c 0001 04 00 0000 00000005 00000000 0000000000000000 0000000a 6b',
  ],
  ['NOOP', commandOf('noop'), '80 0a 0000 00 00 0000 00000000 00000000 0000000000000000'],
  ['FLUSH', commandOf('flush'), '80 08 0000 00 00 0000 00000000 00000000 0000000000000000'],
  [
    'FLUSHQ with delay',
    commandOf('flush', { exptime: 10, quiet: true }),
    '80 18 0000 04 00 0000 00000004 00000000 0000000000000000 0000000a',
  ],
  ['VERSION', commandOf('version'), '80 0b 0000 00 00 0000 00000000 00000000 0000000000000000'],
  [
    'VERBOSITY',
    commandOf('verbosity', { exptime: 2 }),
    '80 1b 0000 04 00 0000 00000004 00000000 0000000000000000 00000002',
  ],
  ['STAT', commandOf('stats'), '80 10 0000 00 00 0000 00000000 00000000 0000000000000000'],
  [
    'STAT with a group',
    commandOf('stats', { value: 'items' }),
    '80 10 0005 00 00 0000 00000005 00000000 0000000000000000 6974656d73',
  ],
  ['QUIT', commandOf('quit'), '80 07 0000 00 00 0000 00000000 00000000 0000000000000000'],
  ['QUITQ', commandOf('quit', { quiet: true }), '80 17 0000 00 00 0000 00000000 00000000 0000000000000000'],
  [
    'a packet of any opcode',
    commandOf('packet', {
      packet: { opcode: couchbaseOpcode.getMeta, extras: hex('02') },
      key: 'k',
      value: 'v',
      cas: 1n,
      vbucket: 2,
    }),
    '80 a0 0001 01 00 0002 00000003 00000000 0000000000000001 02 6b 76',
  ],
  [
    'durable SET: framing extras, magic 08',
    commandOf('store', { key: 'k', value: 'v', vbucket: 3, packet: { framing: hex('13012328') } }),
    '08 01 04 01 08 00 0003 0000000e 00000000 0000000000000000 13012328 00000000 00000000 6b 76',
  ],
];

test.each(vectors)('%s', (_, command, bytes) => {
  expect(encoded(command).toString('hex')).toBe(hex(bytes).toString('hex'));
});

test('a connection numbers its packets itself, whatever opaque the command came with', () => {
  const command = commandOf('get', { keys: ['a', 'b'], packet: { opaque: 5 } });
  const bytes = written((writer) => encodePacketCommand(command, writer, 0xfffffffe));
  expect([12, 37, 62].map((at) => bytes.readUInt32BE(at))).toEqual([0xfffffffe, 0xfffffffe, 0xfffffffe]);
});

test('values over the copy limit follow their header', () => {
  const value = Buffer.alloc(100_000, 'x');
  const bytes = encoded(commandOf('store', { key: 'k', value }), commandOf('noop'));
  expect(bytes.length).toBe(24 + 9 + 100_000 + 24);
  expect(bytes.subarray(33, 100_033).equals(value)).toBe(true);
  expect(bytes[100_033 + 1]).toBe(opcode.noop);
});

describe('what cannot be said is refused before a byte is written', () => {
  const refused: readonly (readonly [string, Command, new (message: string) => Error, RegExp])[] = [
    ['an empty key', commandOf('get', { key: '' }), InvalidKeyError, /empty/],
    ['a key of 251 bytes', commandOf('store', { key: 'k'.repeat(251) }), InvalidKeyError, /251 bytes/],
    ['one long key of many', commandOf('get', { keys: ['a', 'k'.repeat(251)] }), InvalidKeyError, /251/],
    ['a group of stats that is too long', commandOf('stats', { value: 's'.repeat(251) }), InvalidKeyError, /251/],
    ['a negative delta', commandOf('arith', { key: 'k', delta: -1 }), InvalidArgumentError, /delta -1/],
    ['a delta of 2^64', commandOf('arith', { key: 'k', delta: 2n ** 64n }), InvalidArgumentError, /delta/],
    ['a delta with a fraction', commandOf('arith', { key: 'k', delta: 1.5 }), InvalidArgumentError, /delta 1.5/],
    ['an initial value of 2^64', commandOf('arith', { key: 'k', initial: 2n ** 64n }), InvalidArgumentError, /initial/],
    ['an ASCII token', commandOf('auth', { value: 'user pass' }), UnsupportedError, /auth/],
    ['me', commandOf('debug', { key: 'k' }), UnsupportedError, /me "k"/],
    ['an invalid command', commandOf('invalid'), UnsupportedError, /invalid/],
    [
      'mg N',
      commandOf('get', { key: 'k', meta: { tokens: ['N30'], vivify: 30 } }),
      UnsupportedError,
      /N \(vivify\) of get/,
    ],
    ['mg R', commandOf('get', { key: 'k', meta: { tokens: ['R30'], recache: 30 } }), UnsupportedError, /R/],
    ['md I', commandOf('delete', { key: 'k', meta: { tokens: ['I'], invalidate: true } }), UnsupportedError, /I/],
    ['md x', commandOf('delete', { key: 'k', meta: { tokens: ['x'], clearValue: true } }), UnsupportedError, /x/],
    ['ms E', commandOf('store', { key: 'k', meta: { tokens: ['E9'], newCas: 9n } }), UnsupportedError, /E/],
    ['ma T', commandOf('arith', { key: 'k', touch: true, meta: { tokens: ['T9'] } }), UnsupportedError, /T/],
    [
      'extras of 256 bytes',
      commandOf('packet', { packet: { extras: Buffer.alloc(256) } }),
      InvalidArgumentError,
      /256/,
    ],
    [
      'framing extras of 256 bytes',
      commandOf('packet', { packet: { framing: Buffer.alloc(256) } }),
      InvalidArgumentError,
      /256/,
    ],
    [
      'a key of 256 bytes behind framing extras',
      commandOf('packet', { key: 'k'.repeat(256), packet: { framing: hex('00') } }),
      InvalidKeyError,
      /256/,
    ],
    [
      'a packet key of 65536 bytes',
      commandOf('packet', { key: 'k'.repeat(65_536), packet: {} }),
      InvalidKeyError,
      /65536/,
    ],
  ];

  test.each(refused)('%s', (_, command, kind, message) => {
    const bytes = written((writer) => {
      expect(() => encodePacketCommand(command, writer, 0)).toThrow(kind);
      expect(() => encodePacketCommand(command, writer, 0)).toThrow(message);
    });
    expect(bytes.length).toBe(0);
  });
});

test('ma N names the exptime of the counter that is made', () => {
  const command = commandOf('arith', { key: 'k', initial: 5n, meta: { tokens: ['N60', 'J5'], vivify: 60 } });
  expect(encoded(command).subarray(40, 44).toString('hex')).toBe('0000003c');
});

test('meta flags that only shape the reply are no hindrance', () => {
  const command = commandOf('get', {
    key: 'k',
    meta: { tokens: ['u', 'k', 'Oab'], noBump: true, returnKey: true, opaque: 'ab' },
  });
  expect(encoded(command)[1]).toBe(opcode.get);
});

test('opcodes have names for messages, and know whether they are quiet', () => {
  expect([0x0d, 0x89, 0xee].map(opcodeName)).toEqual(['getKQ', 'selectBucket', 'opcode 0xee']);
  const quiet = Array.from({ length: 256 }, (_, code) => code).filter(isQuietOpcode);
  expect(quiet.map((code) => code.toString(16)).join(' ')).toBe('9 d 11 12 13 14 15 16 17 18 19 1a 1e 24 a3 a5 a9');
  expect(isQuietOpcode(opcodeOf(commandOf('touch', { key: 'k', quiet: true })))).toBe(false);
});
