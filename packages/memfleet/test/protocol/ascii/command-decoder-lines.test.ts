/** Lines of requests: their bounds, and gets that are too long for one piece. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/core/command.ts';
import { AsciiCommandDecoder } from '../../../src/protocol/ascii/command-decoder.ts';
import { defaultLimits } from '../../../src/protocol/codec.ts';
import { metaVerbs } from '../../../src/protocol/meta/parse-command.ts';
import { decode, decoderOf, keysOf, show, shownOf } from '../../support/decode-commands.ts';

const text = { dialect: 'text' } as const;
const error = { verb: 'invalid', ...text, fault: 'ERROR' };
const lineTooLong = { verb: 'invalid', ...text, fault: 'CLIENT_ERROR line too long, close' };

describe('a line', () => {
  const limits = { maxLine: 20 };

  it.each([
    ['delete 3456789012345', [{ verb: 'delete', ...text, key: '3456789012345' }]],
    ['delete 34567890123456', [lineTooLong]],
    ['get 567890 234567890', [{ verb: 'get', ...text, keys: ['567890', '234567890'] }]],
    ['                    get a', [lineTooLong]],
    ['getx 67890 2345678901', [lineTooLong]],
    ['mg 4567890 234567890 v', [lineTooLong]],
  ])('of a bounded length, but for gets: %j', (line, shown) => {
    expect(shownOf(`${line}\r\nversion\r\n`, { limits }).slice(0, 1)).toEqual(shown);
    expect(shownOf(`${line}\n`, { limits })).toEqual(shown);
    expect(shownOf(`${line}\r\n`, { limits, chunks: [1] })).toEqual(shown);
  });

  it('that never ends is refused when the bound is passed, and nothing is read after it', () => {
    const { decoder, commands } = decoderOf(limits);
    decoder.push(Buffer.from('x'.repeat(20)));
    expect(commands).toEqual([]);
    decoder.push(Buffer.from('x'));
    expect(commands.map(show)).toEqual([lineTooLong]);
    decoder.push(Buffer.from('\r\nversion\r\n'));
    expect(commands).toHaveLength(1);
    expect(decoder.target()).toBeUndefined();
    decoder.end();
  });

  it('of a get may be of any length: it comes in pieces, the same ones whatever the chunks', () => {
    const keys = Array.from({ length: 300_000 }, (_, i) => `key${i}`);
    const line = `get ${keys.join(' ')}\r\nversion\r\n`;
    const commands = decode(line, { chunks: [65_536] });
    expect(keysOf(commands)).toEqual(keys);
    expect(commands.at(-1)?.verb).toBe('version');
    const pieces = commands.slice(0, -1);
    expect(Math.max(...pieces.map((piece) => piece.keys?.length ?? 0))).toBeLessThan(1024);
    expect(new Set(pieces.map((piece) => piece.line)).size).toBe(1);
    expect(pieces[0]?.line?.last).toBe(pieces.at(-1));
    const lengths = pieces.map((piece) => piece.keys?.length);
    for (const chunks of [[line.length], [1000], [64_000, 3]]) {
      expect(
        decode(line, { chunks })
          .slice(0, -1)
          .map((piece) => piece.keys?.length),
      ).toEqual(lengths);
    }
  });

  const piece = { verb: 'get', ...text, line: 'goes on' };
  const end = { ...piece, line: 'end' };
  const badFormat = { verb: 'invalid', ...text, fault: 'CLIENT_ERROR bad command line format' };

  it.each([
    [
      'get 567890 23456789012',
      [
        { ...piece, keys: ['567890'] },
        { ...end, keys: ['23456789012'] },
      ],
    ],
    [
      'get 567890 2345678 01',
      [
        { ...piece, keys: ['567890', '2345678'] },
        { ...end, keys: ['01'] },
      ],
    ],
    [
      'gets 567890 2345678     ',
      [
        { ...piece, wantCas: true, keys: ['567890', '2345678'] },
        { ...end, wantCas: true, keys: [] },
      ],
    ],
    [
      '   gat 9 67890  abc d e',
      [
        { ...piece, touch: true, exptime: 9, keys: ['67890', 'abc'] },
        { ...end, touch: true, exptime: 9, keys: ['d', 'e'] },
      ],
    ],
    [
      'get a b c d e f g h i j k',
      [
        { ...piece, keys: 'abcdefgh'.split('') },
        { ...end, keys: 'ijk'.split('') },
      ],
    ],
    [
      'get a 12345678901\r 234 b',
      [
        { ...piece, keys: ['a'] },
        { ...end, keys: ['12345678901\r', '234', 'b'] },
      ],
    ],
    ['get 567890123456789012345', [badFormat]],
    ['get a 1234567890123 b c d', [badFormat]],
    ['get 567890 2345678 0123456789012 a', [{ ...piece, keys: ['567890', '2345678'] }, badFormat]],
    ['get 567890 2345678 01 23 4567890123456 c d', [{ ...piece, keys: ['567890', '2345678'] }, badFormat]],
    ['gat x 567890 2345678 01 23', [{ verb: 'invalid', ...text, fault: 'CLIENT_ERROR invalid exptime argument' }]],
    ['get                          a', [error]],
    [
      'get a b c d e f g h i\0 j k',
      [
        { ...piece, keys: 'abcdefgh'.split('') },
        { ...end, keys: ['i'] },
      ],
    ],
    [
      'get a b c d e f g\0h i j k',
      [
        { ...piece, keys: 'abcdefg'.split('') },
        { ...end, keys: [] },
      ],
    ],
    [
      'get a\0 1234567890123456 b c',
      [
        { ...piece, keys: ['a'] },
        { ...end, keys: [] },
      ],
    ],
  ])('of a get that is longer than others is read in pieces: %j', (said, shown) => {
    const short = { ...limits, maxKey: 12 };
    for (const lineEnd of ['\r\n', '\n']) {
      for (const chunks of [[100], [1], [7], [21], [22, 1], [23]]) {
        expect(shownOf(`${said}${lineEnd}version\r\n`, { limits: short, chunks })).toEqual([
          ...shown,
          { verb: 'version', ...text },
        ]);
      }
    }
  });

  it('is not read on when the sink has enough, and what is left is pushed again', () => {
    const commands: Command[] = [];
    const decoder = new AsciiCommandDecoder(
      metaVerbs,
      { onCommand: (command) => commands.push(command) < 0 },
      { ...defaultLimits, maxLine: 20 },
    );
    let rest = Buffer.from(`get ${'k '.repeat(150)}\r\nset a 0 0 1\r\nx\r\nmn\r\n`);
    const taken: number[] = [];
    while (rest.length > 0) {
      const count = decoder.push(rest);
      taken.push(count);
      rest = rest.subarray(count);
    }
    expect(commands.map(({ verb, keys }) => keys?.length ?? verb)).toEqual([8, 64, 64, 14, 'store', 'noop']);
    expect(taken).toHaveLength(6);
  });

  it('has keys up to the limit', () => {
    expect(shownOf('get abcde\r\nget abcdef\r\n', { limits: { maxKey: 5 } })).toEqual([
      { verb: 'get', ...text, key: 'abcde' },
      { verb: 'invalid', ...text, fault: 'CLIENT_ERROR bad command line format' },
    ]);
  });
});
