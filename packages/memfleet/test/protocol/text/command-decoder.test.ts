/**
 * What the lines of the classic protocol mean. How the wire answers is in the transcripts; this is the neutral Command
 * behind it.
 */
import { describe, expect, it } from 'vitest';
import { textVerbs } from '../../../src/protocol/text/parse-command.ts';
import { decode, keysOf, type Shown, shownOf } from '../../support/decode-commands.ts';

const text = { dialect: 'text' } as const;
const tooLongKey = 'k'.repeat(251);

function refused(fault: string, more: Partial<Shown> = {}): Shown {
  return { verb: 'invalid', ...text, fault, ...more };
}
const error = refused('ERROR');
const badFormat = refused('CLIENT_ERROR bad command line format');
const badExptime = refused('CLIENT_ERROR invalid exptime argument');
const badDelta = refused('CLIENT_ERROR invalid numeric delta argument');
const quiet = { quiet: true };
const silently = (fault: Shown): Shown => ({ ...fault, ...quiet });

const lines: readonly (readonly [string, Shown])[] = [
  ['get a', { verb: 'get', ...text, key: 'a' }],
  ['get a b c', { verb: 'get', ...text, keys: ['a', 'b', 'c'] }],
  ['get a a', { verb: 'get', ...text, keys: ['a', 'a'] }],
  ['gets a', { verb: 'get', ...text, key: 'a', wantCas: true }],
  ['gets a b', { verb: 'get', ...text, keys: ['a', 'b'], wantCas: true }],
  ['gat 30 a', { verb: 'get', ...text, key: 'a', touch: true, exptime: 30 }],
  ['gats -1 a b', { verb: 'get', ...text, keys: ['a', 'b'], touch: true, exptime: -1, wantCas: true }],
  ['get', error],
  ['gat', error],
  ['gat a', badExptime],
  ['gat x a', badExptime],
  ['gat 1', badFormat],
  [`get ${tooLongKey}`, badFormat],
  [`get a ${tooLongKey}`, badFormat],
  ['delete a', { verb: 'delete', ...text, key: 'a' }],
  ['delete a 0', { verb: 'delete', ...text, key: 'a' }],
  ['delete a noreply', { verb: 'delete', ...text, key: 'a', ...quiet }],
  ['delete a 0 noreply', { verb: 'delete', ...text, key: 'a', ...quiet }],
  ['delete noreply', { verb: 'delete', ...text, key: 'noreply' }],
  ['delete a 5', refused('CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]')],
  ['delete a 5 noreply', silently(refused('CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]'))],
  ['delete a b c d', error],
  ['incr a 5', { verb: 'arith', ...text, key: 'a', delta: 5 }],
  ['incr a 1', { verb: 'arith', ...text, key: 'a' }],
  ['decr a 18446744073709551615', { verb: 'arith', ...text, key: 'a', decrement: true, delta: 18446744073709551615n }],
  ['incr a 999999999999999', { verb: 'arith', ...text, key: 'a', delta: 999999999999999 }],
  ['incr a 1000000000000000', { verb: 'arith', ...text, key: 'a', delta: 1000000000000000n }],
  ['incr a 18446744073709551616', badDelta],
  ['incr a -1', badDelta],
  ['incr a +5', { verb: 'arith', ...text, key: 'a', delta: 5n }],
  ['incr a 1.5', badDelta],
  ['incr a', error],
  ['incr a noreply', silently(badDelta)],
  ['incr a 5 noreply', { verb: 'arith', ...text, key: 'a', delta: 5, ...quiet }],
  ['incr a 5 other', { verb: 'arith', ...text, key: 'a', delta: 5 }],
  ['touch a 0', { verb: 'touch', ...text, key: 'a' }],
  ['touch a 30 noreply', { verb: 'touch', ...text, key: 'a', exptime: 30, ...quiet }],
  ['touch a 2147483647', { verb: 'touch', ...text, key: 'a', exptime: 2147483647 }],
  ['touch a 2147483648', { verb: 'touch', ...text, key: 'a', exptime: -2147483648 }],
  ['touch a -2147483648', { verb: 'touch', ...text, key: 'a', exptime: -2147483648 }],
  ['touch a -2147483649', { verb: 'touch', ...text, key: 'a', exptime: 2147483647 }],
  ['touch a 9223372036854775807', { verb: 'touch', ...text, key: 'a', exptime: -1 }],
  ['touch a 9223372036854775808', badExptime],
  ['touch a -9223372036854775808', { verb: 'touch', ...text, key: 'a' }],
  ['touch a -9223372036854775809', badExptime],
  ['touch a +10', { verb: 'touch', ...text, key: 'a', exptime: 10 }],
  ['touch a -', badExptime],
  ['touch a', error],
  ['flush_all', { verb: 'flush', ...text }],
  ['flush_all 10', { verb: 'flush', ...text, exptime: 10 }],
  ['flush_all -5', { verb: 'flush', ...text }],
  ['flush_all noreply', { verb: 'flush', ...text, ...quiet }],
  ['flush_all 10 noreply', { verb: 'flush', ...text, exptime: 10, ...quiet }],
  ['flush_all x', badExptime],
  ['flush_all 1 2 3', error],
  ['version', { verb: 'version', ...text }],
  ['verbosity 2', { verb: 'verbosity', ...text, exptime: 2 }],
  ['verbosity 2 noreply', { verb: 'verbosity', ...text, exptime: 2, ...quiet }],
  ['verbosity', error],
  ['verbosity x', badFormat],
  ['stats', { verb: 'stats', ...text }],
  ['stats items', { verb: 'stats', ...text, value: 'items' }],
  ['stats  detail   on ', { verb: 'stats', ...text, value: 'detail on' }],
  ['quit', { verb: 'quit', ...text }],
  ['GET a', error],
  ['getx a', error],
  ['', error],
  ['  ', error],
  ['a', error],
  ['\x00\x00mn', error],
  ['averyveryverylongverb a', error],
  ['GET / HTTP/1.1', { verb: 'quit', ...text, fault: 'ERROR' }],
];

/** Lines with the data block `abc`. */
const stores: readonly (readonly [string, Shown])[] = [
  ['set a 5 30 3', { verb: 'store', ...text, key: 'a', value: 'abc', flags: 5, exptime: 30 }],
  [
    'set a 4294967295 -1 3 noreply',
    { verb: 'store', ...text, key: 'a', value: 'abc', flags: 4294967295, exptime: -1, ...quiet },
  ],
  ['add a 0 0 3', { verb: 'store', ...text, key: 'a', value: 'abc', mode: 'add' }],
  ['replace a 0 0 3', { verb: 'store', ...text, key: 'a', value: 'abc', mode: 'replace' }],
  ['append a 0 0 3', { verb: 'store', ...text, key: 'a', value: 'abc', mode: 'append' }],
  ['prepend a 0 0 3', { verb: 'store', ...text, key: 'a', value: 'abc', mode: 'prepend' }],
  ['cas a 0 0 3 77', { verb: 'store', ...text, key: 'a', value: 'abc', cas: 77n }],
  [
    'cas a 0 0 3 18446744073709551614 noreply',
    { verb: 'store', ...text, key: 'a', value: 'abc', cas: 18446744073709551614n, ...quiet },
  ],
  ['set a 0 0 03', { verb: 'store', ...text, key: 'a', value: 'abc' }],
  ['set a x 0 3', badFormat],
  ['set a -1 0 3', badFormat],
  ['set a 4294967303 0 3', { verb: 'store', ...text, key: 'a', value: 'abc', flags: 7 }],
  ['set a 18446744073709551616 0 3', badFormat],
  ['set a 0 x 3', badFormat],
  ['set a x 0 3 noreply', silently(badFormat)],
  [`set ${tooLongKey} 0 0 3`, badFormat],
  ['cas a 0 0 3 x', badFormat],
  ['cas a 0 0 3 x noreply', silently(badFormat)],
];

/** Lines that do not say the length of their data block `abc`. */
const shapeless: readonly (readonly [string, Shown])[] = [
  ['cas a 0 0 3', error],
  ['cas a 0 0 3 noreply', silently(badFormat)],
  ['cas a a 0 0 3 5', badFormat],
  ['set a 0 0 3 one two', error],
  ['set a a 0 0 3', badFormat],
];

describe('a line of the classic protocol', () => {
  it.each(lines)('%j', (line, shown) => {
    expect(shownOf(`${line}\r\n`)).toEqual([shown]);
    expect(shownOf(`${line}\n`)).toEqual([shown]);
  });

  it.each(stores)('%j with its data block', (line, shown) => {
    const after = { verb: 'version', ...text };
    expect(shownOf(`${line}\r\nabc\r\nversion\r\n`)).toEqual([shown, after]);
  });

  it.each(shapeless)('%j is followed by commands', (line, shown) => {
    expect(shownOf(`${line}\r\nabc\r\nversion\r\n`)).toEqual([shown, error, { verb: 'version', ...text }]);
  });

  it('with an invalid length leaves its data block to be read as commands, because its end is unknown', () => {
    expect(shownOf('set a 0 0 x\r\nabc\r\n')).toEqual([badFormat, error]);
    expect(shownOf('set a 0 0 -3\r\nabc\r\n')).toEqual([badFormat, error]);
    expect(shownOf('set a 0 0\r\nabc\r\n')).toEqual([error, error]);
  });

  it('compares with a token that no item has where the token is 0, which would mean "no compare" in a Command', () => {
    expect(decode('cas a 0 0 1 0\r\nx\r\n')[0]?.cas).toBe(0xffffffffffffffffn);
  });

  it('marks keys that every protocol can carry', () => {
    const isPlain = (line: string): boolean | undefined => decode(line)[0]?.isPlainKey;
    expect(isPlain('get user:1\r\n')).toBe(true);
    expect(isPlain('get caf\xc3\xa9\r\n')).toBe(true);
    expect(isPlain('get a\x7fb\r\n')).toBe(false);
    expect(isPlain('get a\tb\r\n')).toBe(false);
    expect(isPlain('get a\rb\r\n')).toBe(false);
    expect(isPlain('delete user:1 noreply\r\n')).toBe(true);
  });

  it('names all keys of a get, however many', () => {
    for (const count of [2, 23, 24, 30, 31, 32, 33, 64, 1000]) {
      const keys = Array.from({ length: count }, (_, i) => `key${i}`);
      expect(keysOf(decode(`get ${keys.join(' ')}\r\n`))).toEqual(keys);
      expect(keysOf(decode(`gats 10   ${keys.join('   ')} \n`))).toEqual(keys);
      expect(shownOf(`get ${keys.join(' ')} ${tooLongKey} a\r\n`).at(-1)).toEqual(badFormat);
    }
  });

  it('is not understood by a table without its verb', () => {
    expect(shownOf('mg a v\r\nmn\r\nget a\r\n', { verbs: textVerbs })).toEqual([
      error,
      error,
      { verb: 'get', ...text, key: 'a' },
    ]);
  });
});
