/** Every reply line of the classic protocol (docs/protocols.md#text-protocol), and what is none. */
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../src/core/errors.ts';
import { metaCodec } from '../../../src/protocol/meta/codec.ts';
import { textCodec } from '../../../src/protocol/text/codec.ts';
import type { Answer } from '../../support/ask.ts';
import { repliesOf } from '../../support/decode-replies.ts';

const end: Answer = { status: 'ok', part: 'end' };

function error(errorKind: 'unknownCommand' | 'client' | 'server', message = ''): Answer {
  return { status: 'error', errorKind, ...(message === '' ? {} : { message }) };
}

const lines: readonly (readonly [string, Answer])[] = [
  ['STORED', { status: 'ok' }],
  ['NOT_STORED', { status: 'notStored' }],
  ['EXISTS', { status: 'exists' }],
  ['NOT_FOUND', { status: 'miss' }],
  ['DELETED', { status: 'ok' }],
  ['TOUCHED', { status: 'ok' }],
  ['OK', { status: 'ok' }],
  ['RESET', { status: 'ok' }],
  ['END', end],
  ['0', { status: 'ok', value: '0', message: '0' }],
  ['18446744073709551615', { status: 'ok', value: '18446744073709551615', message: '18446744073709551615' }],
  ['9 ', { status: 'ok', value: '9', message: '9' }],
  ['9   ', { status: 'ok', value: '9', message: '9' }],
  ['VERSION 1.6.18', { status: 'ok', message: '1.6.18', value: '1.6.18' }],
  ['VERSION moxi 1.8 beta', { status: 'ok', message: 'moxi 1.8 beta', value: 'moxi 1.8 beta' }],
  ['STAT pid 123', { status: 'ok', part: 'item', key: 'pid', value: '123' }],
  ['STAT version 1.6.18 (x)', { status: 'ok', part: 'item', key: 'version', value: '1.6.18 (x)' }],
  ['STAT empty ', { status: 'ok', part: 'item', key: 'empty', value: '' }],
  ['STAT bare', { status: 'ok', part: 'item', key: 'bare', value: '' }],
  ['ERROR', error('unknownCommand')],
  ['ERROR Too many open connections', error('unknownCommand', 'Too many open connections')],
  ['ERROR: shutdown not enabled', error('unknownCommand', 'shutdown not enabled')],
  ['CLIENT_ERROR bad command line format', error('client', 'bad command line format')],
  ['CLIENT_ERROR', error('client')],
  ['SERVER_ERROR object too large for cache', error('server', 'object too large for cache')],
  ['SERVER_ERROR: shutdown not enabled', error('server', 'shutdown not enabled')],
];

const values: readonly (readonly [string, Answer])[] = [
  ['VALUE a 0 3\r\nabc\r\n', { status: 'ok', part: 'item', key: 'a', value: 'abc' }],
  ['VALUE a 7 0\r\n\r\n', { status: 'ok', part: 'item', key: 'a', flags: 7, value: '' }],
  [
    'VALUE a 4294967295 2 77\r\n\r\n\r\n',
    { status: 'ok', part: 'item', key: 'a', flags: 4294967295, cas: 77n, value: '\r\n' },
  ],
  [
    'VALUE caf\xc3\xa9 0 7 18446744073709551615\r\n\r\nEND\r\n\r\n',
    { status: 'ok', part: 'item', key: 'caf\xc3\xa9', cas: 18446744073709551615n, value: '\r\nEND\r\n' },
  ],
];

/** Nothing that a node says. */
const nonsense: readonly string[] = [
  'STORES\r\n',
  'EXISTZ\r\n',
  'ENX\r\n',
  'OX\r\n',
  'NOT_FOUNT\r\n',
  '\r\n',
  '\n',
  'STORED\n',
  ' STORED\r\n',
  'STORED \r\n',
  'stored\r\n',
  'STOREDX\r\n',
  'ERRORS\r\n',
  'ERROR_\r\n',
  'VERSION\r\n',
  'VALUE\r\n',
  'VALUE \r\n',
  'VALUE a\r\n',
  'VALUE a 0\r\n',
  'VALUE a 0 \r\n',
  'VALUE a 0 x\r\n',
  'VALUE a x 1\r\n',
  'VALUE a -1 1\r\n',
  'VALUE a 0 -1\r\n',
  'VALUE  0 1\r\n',
  'VALUE a 0 1 \r\n',
  'VALUE a 0 1 x\r\n',
  'VALUE a 0 1 2 3\r\n',
  'VALUE a 0 999999999999999999999\r\n',
  '12x\r\n',
  '123456789012345678901\r\n',
  '-1\r\n',
  'HTTP/1.1 400 Bad Request\r\n',
  '\x81\x00\x00\r\n',
];

describe.each([
  ['text', textCodec],
  ['meta', metaCodec],
] as const)('a reply to a classic command, read by the %s decoder', (_name, codec) => {
  it.each(lines)('%j', (line, answer) => {
    expect(repliesOf(`${line}\r\n`, { codec })).toEqual([answer]);
  });

  it.each(values)('%j', (bytes, answer) => {
    expect(repliesOf(`${bytes}END\r\n`, { codec })).toEqual([answer, end]);
  });

  it.each(nonsense)('%j is not a reply', (bytes) => {
    expect(() => repliesOf(bytes, { codec })).toThrow(ProtocolError);
  });
});

it('a meta reply is an error where only classic commands were sent', () => {
  expect(() => repliesOf('HD\r\n', { codec: textCodec })).toThrow(ProtocolError);
  expect(() => repliesOf('VA 1\r\nx\r\n', { codec: textCodec })).toThrow(ProtocolError);
});
