/** Every verb and option as a line of the classic protocol, and everything that the protocol cannot express. */
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/base/byte-writer.ts';
import { Command, type Verb } from '../../../src/core/command.ts';
import { InvalidKeyError, UnsupportedError } from '../../../src/core/errors.ts';
import type { MetaFlags } from '../../../src/core/meta-flags.ts';
import { encodeTextCommand } from '../../../src/protocol/text/encode-command.ts';
import { commandOf } from '../../support/ask.ts';

function wire(command: Command): string {
  const writer = new ByteWriter();
  encodeTextCommand(command, writer);
  return Buffer.concat(writer.take()).toString('latin1');
}

/** What it throws; nothing may have been written. */
function refusal(command: Command): unknown {
  const writer = new ByteWriter();
  try {
    encodeTextCommand(command, writer);
  } catch (error) {
    expect(writer.length).toBe(0);
    return error;
  }
  throw new Error(`it was written: ${JSON.stringify(Buffer.concat(writer.take()).toString('latin1'))}`);
}

const quiet = { quiet: true } as const;

const lines: readonly (readonly [verb: Verb, fields: Partial<Command>, line: string])[] = [
  ['get', { key: 'a' }, 'get a\r\n'],
  ['get', { key: 'a', wantCas: true }, 'gets a\r\n'],
  ['get', { key: 'a', touch: true, exptime: 30 }, 'gat 30 a\r\n'],
  ['get', { key: 'a', touch: true, exptime: 0, wantCas: true }, 'gats 0 a\r\n'],
  ['get', { keys: ['a', 'b', 'a'] }, 'get a b a\r\n'],
  ['get', { keys: ['a', 'b'], wantCas: true }, 'gets a b\r\n'],
  ['get', { keys: ['a', 'b'], touch: true, exptime: -1 }, 'gat -1 a b\r\n'],
  ['store', { key: 'a', value: 'xy' }, 'set a 0 0 2\r\nxy\r\n'],
  ['store', { key: 'a', value: Buffer.from('xy'), flags: 4294967295, exptime: -1 }, 'set a 4294967295 -1 2\r\nxy\r\n'],
  ['store', { key: 'a', value: '', ...quiet }, 'set a 0 0 0 noreply\r\n\r\n'],
  ['store', { key: 'a', value: '\r\nflush_all\r\n' }, 'set a 0 0 13\r\n\r\nflush_all\r\n\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'add', exptime: 60 }, 'add a 0 60 1\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'replace' }, 'replace a 0 0 1\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'append' }, 'append a 0 0 1\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'prepend' }, 'prepend a 0 0 1\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', cas: 18446744073709551615n }, 'cas a 0 0 1 18446744073709551615\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', cas: 7n, ...quiet }, 'cas a 0 0 1 7 noreply\r\nx\r\n'],
  ['store', { key: 'a', value: 'x', mode: 'replace', cas: 7n }, 'cas a 0 0 1 7\r\nx\r\n'],
  ['delete', { key: 'a' }, 'delete a\r\n'],
  ['delete', { key: 'a', ...quiet }, 'delete a noreply\r\n'],
  ['arith', { key: 'a' }, 'incr a 1\r\n'],
  ['arith', { key: 'a', delta: 18446744073709551615n }, 'incr a 18446744073709551615\r\n'],
  ['arith', { key: 'a', delta: 5, decrement: true, ...quiet }, 'decr a 5 noreply\r\n'],
  ['touch', { key: 'a', exptime: 2592001 }, 'touch a 2592001\r\n'],
  ['touch', { key: 'a', ...quiet }, 'touch a 0 noreply\r\n'],
  ['noop', {}, 'version\r\n'],
  ['version', {}, 'version\r\n'],
  ['verbosity', { exptime: 2 }, 'verbosity 2\r\n'],
  ['flush', {}, 'flush_all\r\n'],
  ['flush', { exptime: 10 }, 'flush_all 10\r\n'],
  ['flush', quiet, 'flush_all noreply\r\n'],
  ['stats', {}, 'stats\r\n'],
  ['stats', { value: 'items' }, 'stats items\r\n'],
  ['stats', { value: 'detail on' }, 'stats detail on\r\n'],
  ['stats', { value: Buffer.from('slabs') }, 'stats slabs\r\n'],
  ['quit', {}, 'quit\r\n'],
  ['auth', { value: 'user pass word' }, 'set auth 0 0 14\r\nuser pass word\r\n'],
];

const flagsOf = (fields: Partial<MetaFlags>): MetaFlags => ({ tokens: [], ...fields });

/** Said in another protocol, lost in this one: the caller must know. */
const unsupported: readonly (readonly [what: string, verb: Verb, fields: Partial<Command>])[] = [
  ['debug', 'debug', { key: 'a' }],
  ['a binary packet', 'packet', { key: 'a' }],
  ['a faulty request', 'invalid', {}],
  ['append with a cas', 'store', { key: 'a', mode: 'append', cas: 1n }],
  ['add with a cas', 'store', { key: 'a', mode: 'add', cas: 1n }],
  ['delete with a cas', 'delete', { key: 'a', cas: 1n }],
  ['incr with a cas', 'arith', { key: 'a', cas: 1n }],
  ['incr with an initial value', 'arith', { key: 'a', initial: 0n }],
  ['a get that makes the item', 'get', { key: 'a', meta: flagsOf({ vivify: 30 }) }],
  ['a get that wins the refresh', 'get', { key: 'a', meta: flagsOf({ recache: 30 }) }],
  ['an append that makes the item', 'store', { key: 'a', mode: 'append', meta: flagsOf({ vivify: 30 }) }],
  ['a store that may be stale', 'store', { key: 'a', cas: 1n, meta: flagsOf({ invalidate: true }) }],
  ['a store with the cas to give', 'store', { key: 'a', meta: flagsOf({ newCas: 9n }) }],
  ['a delete that marks stale', 'delete', { key: 'a', meta: flagsOf({ invalidate: true }) }],
  ['a delete that empties', 'delete', { key: 'a', meta: flagsOf({ clearValue: true }) }],
  ['a delete with an exptime', 'delete', { key: 'a', touch: true, meta: flagsOf({ hasExptime: true }) }],
  ['incr with an exptime', 'arith', { key: 'a', touch: true, exptime: 5, meta: flagsOf({ hasExptime: true }) }],
];

/** Each would end the line, start another command, or be cut to a byte that does. */
const badKeys: readonly string[] = [
  '',
  'k'.repeat(251),
  'a b',
  'a\tb',
  'a\r\nflush_all\r\n',
  'a\nflush_all\n',
  'a\0b',
  'a\x7fb',
  'a\u010d\u010aflush_all\u010d\u010a',
  '\u{1f600}',
];

const keyed: readonly (readonly [string, (key: string) => Command])[] = [
  ['get', (key) => commandOf('get', { key })],
  ['get of many', (key) => commandOf('get', { keys: ['a', key] })],
  ['set', (key) => commandOf('store', { key })],
  ['delete', (key) => commandOf('delete', { key })],
  ['incr', (key) => commandOf('arith', { key })],
  ['touch', (key) => commandOf('touch', { key })],
];

/** The largest exptime of the binary protocol; on a line memcached would take it for −1, "expired". */
const farthest = 0xffff_ffff;

const beyond: readonly (readonly [verb: Verb, fields: Partial<Command>, line: string])[] = [
  ['get', { key: 'a', touch: true, exptime: farthest }, 'gat 2147483647 a\r\n'],
  ['store', { key: 'a', value: 'x', exptime: farthest }, 'set a 0 2147483647 1\r\nx\r\n'],
  ['touch', { key: 'a', exptime: farthest }, 'touch a 2147483647\r\n'],
  ['flush', { exptime: farthest }, 'flush_all 2147483647\r\n'],
];

describe('an exptime that only the binary protocol can say is the farthest that a line can say', () => {
  it.each(beyond)('%s', (verb, fields, line) => {
    expect(wire(commandOf(verb, fields))).toBe(line);
  });
});

describe('a command of the classic protocol', () => {
  it.each(lines)('%s %o is %j', (verb, fields, line) => {
    expect(wire(commandOf(verb, fields))).toBe(line);
  });

  it.each(unsupported)('refuses %s', (_what, verb, fields) => {
    expect(refusal(commandOf(verb, fields))).toBeInstanceOf(UnsupportedError);
  });

  it.each(keyed)('%s refuses keys that a line cannot carry', (_name, make) => {
    for (const key of badKeys) expect(refusal(make(key))).toBeInstanceOf(InvalidKeyError);
  });

  it.each(keyed)('%s takes keys of 1 to 250 bytes, UTF-8 among them', (_name, make) => {
    for (const key of ['k', 'k'.repeat(250), 'caf\xc3\xa9', '!~\x80\xff']) expect(wire(make(key))).toContain(key);
  });

  it('relies on a key that is marked as portable, without checking it again', () => {
    expect(wire(commandOf('get', { key: 'k', isPlainKey: true }))).toBe('get k\r\n');
  });

  it.each(['a\r\nflush_all', 'a  b', ' a', 'a ', '\u010a'])('stats refuses the group %j', (value) => {
    expect(refusal(commandOf('stats', { value }))).toBeInstanceOf(InvalidKeyError);
  });

  it('says what of a key is wrong', () => {
    const message = (key: string): string => (refusal(new Command('get', key)) as Error).message;
    expect(message('')).toBe('the key is empty; keys have 1 to 250 bytes');
    expect(message('k'.repeat(251))).toMatch(/^key "k{40}…" has 251 bytes; at most 250 are allowed$/);
    expect(message('a b')).toBe('key "a b" has a space or control byte, which the text protocol cannot carry');
    expect(message('a\u010a')).toContain('is not a byte string');
  });
});
