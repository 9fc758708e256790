/**
 * What memcached itself never has to say, or says only in conditions that a test cannot make; the rest is judged in
 * real-memcached.test.ts.
 */
import { describe, expect, test } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import type { ServerErrorKind } from '../../../src/core/errors.ts';
import { Reply } from '../../../src/core/reply.ts';
import { opcode } from '../../../src/protocol/binary/opcodes.ts';
import { answered, commandOf, hex, type KeptReply, repliesIn } from './support/wire.ts';

const set = commandOf('store', { key: 'k', packet: { opcode: opcode.set, opaque: 7 } });
const quietSet = commandOf('store', { key: 'k', quiet: true, packet: { opcode: opcode.setQ } });

/** A reply with some fields set, as it comes out at the client. */
function spelled(to: Command, fill: (reply: Reply) => void): KeptReply[] {
  const reply = new Reply();
  fill(reply);
  return repliesIn(answered(reply, to));
}

function error(kind: ServerErrorKind, message: string, code = 0): KeptReply {
  const replies = spelled(set, (reply) => reply.setError(kind, message, code));
  expect(replies).toHaveLength(1);
  return replies[0]!;
}

describe('errors', () => {
  test.each([
    ['client', 'bad data chunk', 0x04, 'bad data chunk'],
    ['server', 'object too large for cache', 0x03, 'Too large.'],
    [
      'client',
      'cannot increment or decrement non-numeric value',
      0x06,
      'Non-numeric server-side value for incr or decr',
    ],
    ['server', 'out of memory storing object', 0x82, 'out of memory storing object'],
    ['unknownCommand', '', 0x81, 'Unknown command'],
    ['server', 'no node is alive', 0x84, 'no node is alive'],
    ['server', '', 0x84, 'Internal error'],
    ['server', 'Knoten fällt aus €', 0x84, 'Knoten fällt aus €'],
  ] as const)('in words (%s, %j) get a status', (kind, message, code, body) => {
    expect(error(kind, message)).toMatchObject({ status: 'error', code, message: body, opaque: 7, opcode: opcode.set });
  });

  test('with a status keep it; the bodies of memcached are fixed', () => {
    expect(error('client', 'object too large for cache', 3)).toMatchObject({ code: 3, message: 'Too large.' });
    expect(error('server', 'Out of memory allocating item', 0x82)).toMatchObject({
      code: 0x82,
      message: 'Out of memory allocating item',
    });
    expect(error('server', '', 0x86)).toMatchObject({ code: 0x86, message: 'Temporary failure' });
  });

  test('with a body pass as they are: a cluster map, a JSON context', () => {
    const map = '{"rev":5}';
    const [reply] = spelled(set, (each) => {
      each.setError('server', 'Not my vbucket', 7);
      each.setText(map);
      each.datatype = 1;
    });
    expect(reply).toMatchObject({ code: 7, value: map, datatype: 1 });
  });

  test('are never silent', () => {
    expect(spelled(quietSet, (reply) => reply.setError('server', 'x', 0x82))).toHaveLength(1);
    const quietGet = commandOf('get', { key: 'k', quiet: true, packet: { opcode: opcode.getQ } });
    expect(spelled(quietGet, (reply) => reply.setError('server', 'x', 0x82))).toHaveLength(1);
    expect(spelled(quietGet, (reply) => reply.reset('miss'))).toHaveLength(0);
  });

  test('a counter that is no number is an internal error, not a broken packet', () => {
    const incr = commandOf('arith', { key: 'k', packet: { opcode: opcode.increment } });
    expect(spelled(incr, (reply) => reply.reset('ok').setText('12 '))[0]).toMatchObject({
      status: 'error',
      code: 0x84,
    });
  });

  test('of a multi-key get end it', () => {
    const many = commandOf('get', { keys: ['a'], packet: { opcode: opcode.getKQ, opaque: 3 } });
    expect(spelled(many, (reply) => reply.setError('server', 'x', 0x84))[0]).toMatchObject({
      opcode: opcode.noop,
      opaque: 3,
      code: 0x84,
    });
  });
});

describe('statuses by request', () => {
  const on = (mode: Command['mode'], status: Reply['status']): number | undefined =>
    spelled(Object.assign(commandOf('store', { key: 'k', mode }), {}), (reply) => reply.reset(status))[0]?.code;

  test.each([
    ['set', 'notStored', 5],
    ['add', 'notStored', 2],
    ['replace', 'notStored', 1],
    ['append', 'notStored', 5],
    ['prepend', 'notStored', 5],
    ['set', 'miss', 1],
    ['append', 'miss', 5],
    ['set', 'exists', 2],
    ['append', 'exists', 2],
  ] as const)('%s, %s: %i', (mode, status, code) => {
    expect(on(mode, status)).toBe(code);
  });
});

describe('what Couchbase nodes say', () => {
  test('a mutation token stays in the extras', () => {
    const token = Buffer.from('0123456789abcdef');
    const [reply] = spelled(set, (each) => void (each.reset('ok').extras = token));
    const { buffer, byteOffset } = Uint8Array.from(token);
    const view = new DataView(buffer, byteOffset);
    expect(reply).toMatchObject({ status: 'ok', token: { uuid: view.getBigUint64(0), seqno: view.getBigUint64(8) } });
  });

  test('generic packets carry extras, key, value, datatype and "authentication continues"', () => {
    const step = commandOf('packet', { key: 'SCRAM-SHA1', packet: { opcode: opcode.saslAuth, opaque: 9 } });
    const [reply] = spelled(step, (each) => {
      Object.assign(each.reset('ok'), { code: 0x21, datatype: 1, key: 'key', extras: hex('0102') });
      each.setText('r=abc');
    });
    expect(reply).toMatchObject({
      status: 'ok',
      code: 0x21,
      datatype: 1,
      key: 'key',
      extras: '\x01\x02',
      value: 'r=abc',
      opaque: 9,
    });
  });
});

test('values in memory that will be overwritten are copied, those that will not are not', () => {
  const get = commandOf('get', { key: 'k', packet: { opcode: opcode.get } });
  for (const length of [10, 1000, 20_000, 100_000]) {
    const value = Buffer.alloc(length, 'v');
    const reply = new Reply().reset('ok');
    reply.setBytes(value, 0, length, false);
    const bytes = answered(reply, get);
    value.fill('x');
    expect(repliesIn(bytes)[0]?.value).toBe('v'.repeat(length));
  }
});
