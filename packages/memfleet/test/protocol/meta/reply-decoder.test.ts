/** Every reply line of the meta protocol (docs/protocols.md#meta-protocol), and what is none. */
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/core/errors.ts';
import type { Answer } from '../../support/ask.ts';
import { repliesOf } from '../../support/decode-replies.ts';

const lines: readonly (readonly [string, Answer])[] = [
  ['HD', { status: 'ok' }],
  ['EN', { status: 'miss' }],
  ['NF', { status: 'miss' }],
  ['NS', { status: 'notStored' }],
  ['EX', { status: 'exists' }],
  ['MN', { status: 'ok' }],
  ['HD f7 c123 t-1 s5', { status: 'ok', flags: 7, cas: 123n, ttl: -1, size: 5 }],
  ['HD t30', { status: 'ok', ttl: 30 }],
  ['HD c18446744073709551615', { status: 'ok', cas: 18446744073709551615n }],
  ['HD h0 l0', { status: 'ok', hit: false, lastAccess: 0 }],
  ['HD h1 l99', { status: 'ok', hit: true, lastAccess: 99 }],
  ['HD kfoo Oabc', { status: 'ok', key: 'foo', opaque: 'abc' }],
  ['HD kYSBi b', { status: 'ok', key: 'a b' }],
  ['HD k/w0K b f1', { status: 'ok', key: '\xff\r\n', flags: 1 }],
  ['EN kfoo O1', { status: 'miss', key: 'foo', opaque: '1' }],
  ['NF kfoo O1', { status: 'miss', key: 'foo', opaque: '1' }],
  ['HD W', { status: 'ok', won: true }],
  ['HD X W', { status: 'ok', stale: true, won: true }],
  ['HD Z X', { status: 'ok', recaching: true, stale: true }],
  ['HD ', { status: 'ok' }],
  ['HD  f1  c2 ', { status: 'ok', flags: 1, cas: 2n }],
  ['HD ?new f1 &', { status: 'ok', flags: 1 }],
  [
    'ME foo exp=-1 la=3 cas=4 fetch=no cls=1 size=63',
    {
      status: 'ok',
      message: 'foo exp=-1 la=3 cas=4 fetch=no cls=1 size=63',
      value: 'foo exp=-1 la=3 cas=4 fetch=no cls=1 size=63',
    },
  ],
];

const values: readonly (readonly [string, Answer])[] = [
  ['VA 0\r\n\r\n', { status: 'ok', value: '' }],
  ['VA 3\r\nabc\r\n', { status: 'ok', value: 'abc' }],
  ['VA 3 f9 c8 t60 s3\r\n\r\n!\r\n', { status: 'ok', value: '\r\n!', flags: 9, cas: 8n, ttl: 60, size: 3 }],
  ['VA 0 t30 W\r\n\r\n', { status: 'ok', value: '', ttl: 30, won: true }],
  ['VA 4 kYQ== b Ox\r\nEN\r\n\r\n', { status: 'ok', value: 'EN\r\n', key: 'a', opaque: 'x' }],
];

/**
 * Nothing that a node says. A flag that cannot be read must not give a value with other flags than it was stored with.
 */
const nonsense: readonly string[] = [
  // Numbers that no double holds: told on, they would be others.
  'HD t9007199254740992\r\n',
  'HD t-99999999999999999999\r\n',
  'HD s99999999999999999999\r\n',
  'HD l9007199254740993\r\n',
  'H\r\n',
  'HDx\r\n',
  'hd\r\n',
  'XX\r\n',
  'VA\r\n',
  'VA \r\n',
  'VA x\r\n',
  'VA -1\r\n',
  'VA 1x\r\nv\r\n',
  'VA  1\r\nv\r\n',
  'VA 999999999999999999999\r\n',
  'VA 1 f\r\nv\r\n',
  'VA 1 fx\r\nv\r\n',
  'VA 1 f-1\r\nv\r\n',
  'HD c\r\n',
  'HD cx\r\n',
  'HD c-1\r\n',
  'HD c123456789012345678901\r\n',
  'HD s\r\n',
  'HD s1x\r\n',
  'HD t\r\n',
  'HD t-\r\n',
  'HD t1.5\r\n',
  'HD lx\r\n',
];

describe('a reply to a meta command', () => {
  it.each(lines)('%j', (line, answer) => {
    expect(repliesOf(`${line}\r\n`)).toEqual([answer]);
  });

  it.each(values)('%j', (bytes, answer) => {
    expect(repliesOf(`${bytes}MN\r\n`)).toEqual([answer, { status: 'ok' }]);
  });

  it.each(nonsense)('%j is not a reply', (bytes) => {
    expect(() => repliesOf(bytes)).toThrow(ProtocolError);
  });

  it('leaves nothing of itself in the next one', () => {
    const answers = repliesOf('VA 1 f1 c2 t3 s4 h1 l5 kx b Oo W X Z\r\nv\r\nHD\r\n');
    expect(answers[1]).toEqual({ status: 'ok' });
  });

  it('says whether the key was stored as base64', () => {
    const seen: (boolean | undefined)[] = [];
    repliesOf('HD kYQ== b\r\nHD ka\r\nHD\r\n', { onReply: (reply) => seen.push(reply.encodedKey) });
    expect(seen).toEqual([true, undefined, undefined]);
  });
});
