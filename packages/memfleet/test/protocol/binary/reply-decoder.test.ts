import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../../src/core/errors.ts';
import { binaryCodec } from '../../../src/protocol/binary/codec.ts';
import { couchbaseOpcode } from '../../../src/protocol/binary/couchbase-opcodes.ts';
import { opcode } from '../../../src/protocol/binary/opcodes.ts';
import { feed, hex, type KeptReply, repliesIn, wordsIn } from './support/wire.ts';

/** The one reply in the bytes. */
function reply(digits: string): KeptReply {
  const replies = repliesIn(hex(digits));
  expect(replies).toHaveLength(1);
  return replies[0]!;
}

/** A reply packet with this opcode, status and value. */
function packet(
  code: number,
  statusCode: number,
  value = '',
  { extras = '', key = '', first = 0x81, type = 0 } = {},
): Buffer {
  const body = Buffer.from(extras + key + value, 'latin1');
  const header = Buffer.alloc(24);
  header[0] = first;
  header[1] = code;
  header.writeUInt16BE(key.length, 2);
  header[4] = extras.length;
  header[5] = type;
  header.writeUInt16BE(statusCode, 6);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt32BE(0xcafe, 12);
  return Buffer.concat([header, body]);
}

describe('what a reply says', () => {
  test('GET: flags, value, cas, opaque', () => {
    expect(reply('81 00 0000 04 00 0000 00000009 fffffffe ffffffffffffffff deadbeef 576f726c64')).toMatchObject({
      status: 'ok',
      part: 'whole',
      opcode: opcode.get,
      opaque: 0xfffffffe,
      code: 0,
      key: '',
      flags: 0xdeadbeef,
      cas: 2n ** 64n - 1n,
      value: 'World',
      extras: undefined,
      isOwned: false,
    });
  });

  test('an empty value differs from a missing one', () => {
    expect(reply('81 00 0000 04 00 0000 00000004 00000000 0000000000000001 00000000').value).toBe('');
    expect(reply('81 01 0000 00 00 0000 00000000 00000000 0000000000000001').value).toBeUndefined();
    expect(reply('81 1c 0000 04 00 0000 00000004 00000000 0000000000000001 00000007')).toMatchObject({
      flags: 7,
      value: undefined,
    });
  });

  test('GETK has the key, GETKQ and GATKQ are items, NOOP is a whole reply', () => {
    const k = '0001 04 00 0000 00000006 00000009 0000000000000001 00000000 6b 76';
    const replies = repliesIn(
      hex(`81 0c ${k} 81 0d ${k} 81 24 ${k} 81 0a 0000 00 00 0000 00000000 00000009 0000000000000000`),
    );
    expect(replies.map(({ key, value, part, opcode: code }) => [code, key, value, part])).toEqual([
      [opcode.getK, 'k', 'v', 'whole'],
      [opcode.getKQ, 'k', 'v', 'item'],
      [opcode.gatKQ, 'k', 'v', 'item'],
      [opcode.noop, '', undefined, 'whole'],
    ]);
  });

  test.each([
    ['0000000000000000', '0'],
    ['001fffffffffffff', '9007199254740991'],
    ['0020000000000001', '9007199254740993'],
    ['ffffffffffffffff', '18446744073709551615'],
  ])('a counter %s is the decimal text %s', (bytes, digits) => {
    expect(reply(`81 05 0000 00 00 0000 00000008 00000000 0000000000000005 ${bytes}`)).toMatchObject({
      value: digits,
      cas: 5n,
    });
  });

  test('a version is message and value', () => {
    expect(reply('81 0b 0000 00 00 0000 00000006 00000000 0000000000000000 312e362e3138')).toMatchObject({
      message: '1.6.18',
      value: '1.6.18',
    });
  });

  test('stats are items until the empty packet; an empty stat is not the end', () => {
    const stats = [
      packet(opcode.stat, 0, '1', { key: 'pid' }),
      packet(opcode.stat, 0, '', { key: 'empty' }),
      packet(opcode.stat, 0),
    ];
    expect(repliesIn(Buffer.concat(stats)).map(({ part, key, value }) => [part, key, value])).toEqual([
      ['item', 'pid', '1'],
      ['item', 'empty', ''],
      ['end', '', ''],
    ]);
  });

  test('extras that are not flags stay extras', () => {
    expect(repliesIn(packet(opcode.set, 0, '', { extras: 'x' }))[0]).toMatchObject({ status: 'ok', extras: 'x' });
    expect(repliesIn(packet(couchbaseOpcode.getMeta, 0, '', { extras: 'x' }))[0]).toMatchObject({
      extras: 'x',
      flags: 0,
    });
  });

  test.each([opcode.set, opcode.append, opcode.delete, couchbaseOpcode.subdocMultiMutation])(
    'the extras of a mutation (opcode %i) are its token, unless it is a read',
    (code) => {
      const extras = '\0\0\0\0\0\0\0\x01\xff\0\0\0\0\0\0\x02';
      const [reply] = repliesIn(packet(code, 0, '', { extras }));
      expect(reply).toMatchObject({ extras: undefined, token: { uuid: 1n, seqno: 0xff00_0000_0000_0002n } });
      expect(repliesIn(packet(couchbaseOpcode.getMeta, 0, '', { extras }))[0]).toMatchObject({
        token: undefined,
        extras,
      });
    },
  );

  test('framing extras of the alternative format are passed over', () => {
    expect(reply('18 00 03 01 04 00 0000 0000000a 00000000 0000000000000000 02ffff 00000007 6b 7676')).toMatchObject({
      flags: 7,
      key: 'k',
      value: 'vv',
    });
  });
});

describe('statuses', () => {
  test.each([
    ['GET, not found', opcode.get, 1, 'miss'],
    ['DELETE, not found', opcode.delete, 1, 'miss'],
    ['SET with cas, not found', opcode.set, 1, 'miss'],
    ['REPLACE, not found', opcode.replace, 1, 'notStored'],
    ['REPLACEQ, not found', opcode.replaceQ, 1, 'notStored'],
    ['ADD, exists', opcode.add, 2, 'notStored'],
    ['ADDQ, exists', opcode.addQ, 2, 'notStored'],
    ['SET, exists', opcode.set, 2, 'exists'],
    ['DELETE, exists', opcode.delete, 2, 'exists'],
    ['APPEND, not stored', opcode.append, 5, 'notStored'],
    ['PREPENDQ, not stored', opcode.prependQ, 5, 'notStored'],
  ] as const)('%s', (_, code, statusCode, status) => {
    expect(repliesIn(packet(code, statusCode, 'Some text'))[0]).toMatchObject({
      status,
      code: statusCode,
      value: undefined,
      message: '',
    });
  });

  test.each([
    [0x81, 'Unknown command', 'unknownCommand', 'Unknown command'],
    [0x03, 'Too large.', 'client', 'Too large.'],
    [0x04, 'Invalid arguments', 'client', 'Invalid arguments'],
    [0x06, '', 'client', 'Non-numeric server-side value for incr or decr'],
    [0x20, 'Auth failure.', 'server', 'Auth failure.'],
    [0x82, 'Out of memory storing object', 'server', 'Out of memory storing object'],
    [0x86, '', 'server', 'Temporary failure'],
    [0x99, '', 'server', 'Status 0x99'],
    [0x24, '{"error":{"context":"no privilege Read","ref":"x"}}', 'server', 'No access: no privilege Read'],
    [0x24, '{"error":{"ref":"x"}}', 'server', 'No access'],
    [0x24, '{"error":', 'server', 'No access'],
    [0x24, 'x'.repeat(5000), 'server', 'No access'],
  ] as const)('0x%s with body %j is an error', (statusCode, body, errorKind, message) => {
    expect(repliesIn(packet(opcode.get, statusCode, body))[0]).toMatchObject({
      status: 'error',
      code: statusCode,
      errorKind,
      message,
      value: body,
    });
  });

  test('NOT_MY_VBUCKET carries the cluster map as its value', () => {
    expect(repliesIn(packet(opcode.get, 7, '{"rev":5}', { type: 1 }))[0]).toMatchObject({
      status: 'error',
      code: 7,
      message: 'Not my vbucket',
      value: '{"rev":5}',
      datatype: 1,
    });
  });

  test('AUTH_CONTINUE is no failure', () => {
    expect(repliesIn(packet(opcode.saslAuth, 0x21, 'r=abc'))[0]).toMatchObject({
      status: 'ok',
      code: 0x21,
      value: 'r=abc',
    });
  });

  test('a miss of GETK names the key', () => {
    expect(repliesIn(packet(opcode.getK, 1, '', { key: 'k' }))[0]).toMatchObject({ status: 'miss', key: 'k' });
  });
});

describe('words of the server', () => {
  const change = packet(1, 0, '{"rev":6}', { first: 0x82, extras: '\0\0\0\x06', key: 'bucket', type: 1 });
  const noop = packet(opcode.noop, 0);

  test('go to onPush, between replies', () => {
    const { replies, pushes } = wordsIn(Buffer.concat([noop, change, noop]));
    expect(replies).toHaveLength(2);
    expect(pushes).toMatchObject([
      { opcode: 1, key: 'bucket', extras: '\0\0\0\x06', value: '{"rev":6}', datatype: 1, status: 'ok' },
    ]);
  });

  test('are dropped without a listener', () => {
    expect(repliesIn(Buffer.concat([change, noop]))).toHaveLength(1);
  });
});

describe('values by size', () => {
  const large = 'x'.repeat(70_000);
  const stream = Buffer.concat([
    packet(opcode.get, 0, 'small', { extras: '\0\0\0\0' }),
    packet(opcode.getKQ, 0, large, { extras: '\0\0\0\x07', key: 'k' }),
    packet(opcode.noop, 0),
  ]);

  test('over 64 KB they are read into a buffer of their own', () => {
    const [small, own, noop] = repliesIn(stream, [100, 1000]);
    expect(small).toMatchObject({ value: 'small', isOwned: false });
    expect(own).toMatchObject({ value: large, isOwned: true, flags: 7, key: 'k', part: 'item' });
    expect(noop).toMatchObject({ opcode: opcode.noop });
  });

  test('the decoder names the place for the rest of a large value, and for that only', () => {
    const decoder = binaryCodec.replyDecoder({ onReply() {} });
    expect(decoder.target()).toBeUndefined();
    decoder.push(stream.subarray(0, 60));
    expect(decoder.target()).toBeUndefined();
    decoder.push(stream.subarray(60, 33 + 29 + 10));
    expect(decoder.target()?.length).toBe(69_990);
    decoder.push(stream.subarray(72, 73));
    expect(decoder.target()?.length).toBe(69_989);
  });
});

describe('what is not the protocol kills the decoder', () => {
  test.each([
    ['an ASCII reply', Buffer.from('ERROR Too many open connections\r\n'), /0x45 is not the magic byte/],
    ['a request', packet(0, 0, '', { first: 0x80 }), /0x80 is not the magic byte/],
    ['a client response', packet(0, 0, '', { first: 0x83 }), /0x83/],
    [
      'a body shorter than its key',
      hex('81 00 0005 00 00 0000 00000004 00000000 0000000000000000 00000000'),
      /total body length 4 is less than extras 0 and key 5 in a reply to get/,
    ],
    [
      'a body shorter than its framing',
      hex('18 00 05 00 00 00 0000 00000004 00000000 0000000000000000 00000000'),
      /extras 5/,
    ],
    [
      'a value over the limit',
      hex('81 00 0000 04 00 0000 7fffffff 00000000 0000000000000000 00000000'),
      /value length 2147483643 is over the limit of 134217728 in a reply to get/,
    ],
    [
      'a counter of 7 bytes',
      packet(opcode.incrementQ, 0, '1234567'),
      /value length 7 in a reply to incrementQ, 8 expected/,
    ],
  ])('%s', (_, bytes, message) => {
    for (const sizes of [[], [1, 1, 20, 5]]) {
      const decoder = binaryCodec.replyDecoder({ onReply() {} });
      expect(() => feed(decoder, bytes, sizes)).toThrow(ProtocolError);
      expect(() => decoder.push(packet(opcode.noop, 0))).toThrow(message);
      expect(() => decoder.end()).toThrow(message);
      expect(decoder.target()).toBeUndefined();
    }
  });

  test('replies before the bad bytes have been handed over', () => {
    const seen: number[] = [];
    const decoder = binaryCodec.replyDecoder({ onReply: (r) => void seen.push(r.opcode) });
    expect(() => decoder.push(Buffer.concat([packet(opcode.noop, 0), Buffer.alloc(24)]))).toThrow(ProtocolError);
    expect(seen).toEqual([opcode.noop]);
  });

  test('the limit is an option', () => {
    expect(() => repliesIn(packet(opcode.get, 0, 'abcdef', { extras: '\0\0\0\0' }), [], { maxValue: 5 })).toThrow(
      /limit of 5/,
    );
    expect(repliesIn(packet(opcode.get, 0, 'abcde', { extras: '\0\0\0\0' }), [], { maxValue: 5 })).toHaveLength(1);
  });

  test.each([1, 23, 24, 30])('the end of the stream after %i bytes of a packet', (length) => {
    const decoder = binaryCodec.replyDecoder({ onReply() {} });
    decoder.push(packet(opcode.get, 0, 'World', { extras: '\0\0\0\0' }).subarray(0, length));
    expect(() => decoder.end()).toThrow(/ended inside a packet/);
  });

  test('the end between packets is fine', () => {
    const decoder = binaryCodec.replyDecoder({ onReply() {} });
    decoder.end();
    decoder.push(packet(opcode.noop, 0));
    decoder.end();
  });
});
