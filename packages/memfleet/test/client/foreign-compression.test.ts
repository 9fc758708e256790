/** FastLZ and Zstandard, which other clients compress with: known vectors. */
import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { RawValue, transcoders } from '../../src/client/index.ts';
import { UndecodableError } from '../../src/core/errors.ts';
import { behindLength, decode, hex } from '../support/foreign-bytes.ts';

const { memcacheClient, php } = transcoders;

describe('FastLZ', () => {
  const unpack = (length: number, packed: string): unknown => decode(php, 0x50, behindLength(length, hex(packed)));

  test.each([
    ['bytes as they are', 'abc', '02 616263'],
    ['a run', 'aaaaaaaa', '00 61 a0 00'],
    ['a match that repeats what it writes', 'abababab', '01 6162 80 01'],
    ['a long match of level 1', 'a'.repeat(1 + 9 + 200), '00 61 e0 c8 00'],
    ['a long match of level 2', 'a'.repeat(1 + 9 + 255 + 3), '20 61 e0 ff 03 00'],
  ])('%s', (_, text, packed) => {
    expect(unpack(text.length, packed)).toBe(text);
  });

  test('an offset of 16 bits on level 2', () => {
    const first = Buffer.from(Array.from({ length: 8300 }, (_, i) => 97 + ((i * i) % 26)));
    const literals: Buffer[] = [];
    for (let at = 0; at < first.length; at += 32) {
      const part = first.subarray(at, at + 32);
      literals.push(Buffer.from([part.length - 1 + (at === 0 ? 0x20 : 0)]), part);
    }
    // 8192 + 100 bytes back.
    const match = Buffer.from([0x3f, 0xff, 0x00, 0x64]);
    const start = 8300 - 8192 - 100;
    const expected = Buffer.concat([first, first.subarray(start, start + 3)]);
    expect(decode(php, 0x50, behindLength(expected.length, Buffer.concat([...literals, match])))).toBe(
      String(expected),
    );
  });

  test.each([
    ['nothing', 1, ''],
    ['an unknown level', 3, '42 616263'],
    ['a literal that ends early', 3, '02 6162'],
    ['a literal beyond the length', 2, '02 616263'],
    ['a match before the beginning', 8, '00 61 a0 01'],
    ['a match beyond the length', 5, '00 61 a0 00'],
    ['a match that ends early', 8, '00 61 a0'],
    ['fewer bytes than it says', 9, '00 61 a0 00'],
  ])('%s is an UndecodableError', (_, length, packed) => {
    expect(() => unpack(length, packed)).toThrow(UndecodableError);
  });
});

describe('Zstandard', () => {
  /** 400 times x, as zstd 1.5 compresses it. */
  const packed = hex('28b52ffd 04 58 4d0000 10 78 78 01 00 8b 2a c0 02 be984cc0');
  const isReadable = 'zstdDecompressSync' in zlib;

  test.each([
    ['memcache-client', memcacheClient, 1, packed],
    ['PHP', php, 0x90, behindLength(400, packed)],
  ] as const)('of %s is read where Node can, and else a RawValue', (_, transcoder, flags, data) => {
    const expected = isReadable ? 'x'.repeat(400) : new RawValue(data, flags);
    expect(decode(transcoder, flags, data)).toEqual(expected);
  });
});
