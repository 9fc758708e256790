/**
 * Snappy: values that another implementation compressed (`snappy` 7.4.3 of npm, which is Rust's `snap`), and whatever
 * this one compresses.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compress } from '../../../src/protocol/snappy/compress.ts';
import { uncompress } from '../../../src/protocol/snappy/uncompress.ts';

const sentence = 'the quick brown fox jumps over the lazy dog, the quick brown fox sleeps';
const numbers = Array.from({ length: 100 }, (_, i) => `${i.toString(36)}-`).join('');
const users = JSON.stringify(Array.from({ length: 6 }, (_, i) => ({ id: i, name: `user ${i}`, active: true })));

/** What it is, the text, its compressed bytes in base64. */
const foreign: readonly (readonly [string, string, string])[] = [
  ['nothing', '', 'AA=='],
  ['one byte', 'a', 'AQBh'],
  ['a run of one byte', 'a'.repeat(100), 'ZABh/gEAigEA'],
  ['a run of two bytes', 'ab'.repeat(50), 'ZARhYv4CAIYCAA=='],
  ['a sentence', sentence, 'R3h0aGUgcXVpY2sgYnJvd24gZm94IGp1bXBzIG92ZXIgAR8gbGF6eSBkb2csBQ4+LQAUc2xlZXBz'],
  ['letters of two bytes', `${'é'.repeat(40)}ü`, 'UgTDqf4CADoCAAC8'],
  [
    'a JSON document',
    users,
    '6wGgW3siaWQiOjAsIm5hbWUiOiJ1c2VyIDAiLCJhY3RpdmUiOnRydWV9LHsFJwAxNicAADFaJwAAMjYnAAAyWicAADM2JwAAM1onAAA0NicAADRaJwAANTYnAAA1PicAAF0=',
  ],
  [
    'a long literal, and copies from far back',
    numbers + numbers,
    'kAT0DgEwLTEtMi0zLTQtNS02LTctOC05LWEtYi1jLWQtZS1mLWctaC1pLWotay1sLW0tbi1vLXAtcS1yLXMtdC11LXYtdy14LXktei0xMC0xMS0xMi0xMy0xNC0xNS0xNi0xNy0xOC0xOS0xYS0xYi0xYy0xZC0xZS0xZi0xZy0xaC0xaS0xai0xay0xbC0xbS0xbi0xby0xcC0xcS0xci0xcy0xdC0xdS0xdi0xdy0xeC0xeS0xei0yMC0yMS0yMi0yMy0yNC0yNS0yNi0yNy0yOC0yOS0yYS0yYi0yYy0yZC0yZS0yZi0yZy0yaC0yaS0yai0yay0ybC0ybS0ybi0yby0ycC0ycS0yci0wLTEtMi0z/ggB/ggB/ggB7ggBJQg=',
  ],
];

function packed(input: Uint8Array, limit = input.length + Math.ceil(input.length / 6) + 32): Buffer | undefined {
  const output = Buffer.alloc(limit);
  const length = compress(input, output, limit);
  return length < 0 ? undefined : output.subarray(0, length);
}

describe('a value of another implementation', () => {
  test.each(foreign)('%s', (_, text, base64) => {
    expect(String(uncompress(Buffer.from(base64, 'base64'), 10_000))).toBe(text);
  });

  test('with an offset of 32 bits, which compressors do not write', () => {
    expect(String(uncompress(Buffer.from([8, 0x0c, ...Buffer.from('abcd'), 0x0f, 4, 0, 0, 0]), 8))).toBe('abcdabcd');
  });
});

describe('compress', () => {
  const limit = 300_000;
  /** Bytes with and without repetitions, near and far, within blocks of 64 KB and beyond. */
  const inputs = fc
    .array(
      fc.record({ seed: fc.uint8Array({ minLength: 1, maxLength: 60 }), times: fc.integer({ min: 1, max: 2000 }) }),
      {
        maxLength: 6,
      },
    )
    .map((parts) => Buffer.concat(parts.map(({ seed, times }) => Buffer.alloc(seed.length * times, seed))));

  test('makes of any bytes what uncompress reads as the same bytes', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        expect(uncompress(packed(input)!, limit).equals(input)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('of random bytes makes a sixth more at most', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (input) => {
        expect(packed(input)!.length).toBeLessThanOrEqual(input.length + Math.ceil(input.length / 6) + 32);
      }),
    );
  });

  test('finds what repeats as well as other implementations', () => {
    expect(packed(Buffer.from(users))!.length).toBeLessThanOrEqual(Buffer.from(foreign[6]![2], 'base64').length + 4);
    expect(packed(Buffer.alloc(100_000, 'x'))!.length).toBeLessThan(5000);
  });

  test('gives up as soon as the result has more bytes than the limit', () => {
    const input = Buffer.from(users);
    const { length } = packed(input)!;
    expect(packed(input, length - 1)).toBeUndefined();
    expect(compress(input, Buffer.alloc(input.length), 1)).toBe(-1);
    expect(compress(input, Buffer.alloc(input.length), 0)).toBe(-1);
  });

  test('writes nothing behind the limit', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 200 }), (input, most) => {
        const output = Buffer.alloc(most + 100, 0xee);
        compress(input, output, most);
        expect(output.subarray(most).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });
});

describe('bytes that no compressor makes are a RangeError', () => {
  const abcd = [0x0c, ...Buffer.from('abcd')];
  test.each([
    ['no bytes', []],
    ['a length without an end', [0x80]],
    ['a length of six bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ['a length of 2^32 and more', [0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a length without elements', [4]],
    ['fewer bytes than the length', [5, ...abcd]],
    ['more bytes than the length', [3, ...abcd]],
    ['a literal that ends early', [4, 0x0c, 0x61]],
    ['a literal whose length ends early', [70, 0xf4, 70]],
    ['a literal whose length has 32 bits', [70, 0xfc, 0xff, 0xff, 0xff, 0xff]],
    ['a copy without an offset', [8, ...abcd, 0x01]],
    ['a copy with half an offset', [8, ...abcd, 0x0e, 4]],
    ['an offset of 0', [8, ...abcd, 0x01, 0]],
    ['an offset of 0 with 16 bits', [8, ...abcd, 0x0e, 0, 0]],
    ['an offset before the value', [8, ...abcd, 0x01, 5]],
    ['an offset of 32 bits before the value', [8, ...abcd, 0x0f, 0xff, 0xff, 0xff, 0xff]],
    ['a copy at the beginning', [4, 0x01, 1]],
    ['a copy beyond the length', [7, ...abcd, 0x01, 4]],
    ['bytes behind the value', [4, ...abcd, 0x00]],
  ])('%s', (_, bytes) => {
    expect(() => uncompress(Uint8Array.from(bytes), 1 << 30)).toThrow(RangeError);
  });

  test('any bytes are a value or a RangeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(uncompress(bytes, 1000).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('every change of one byte of a value is a value of the same bounds, or a RangeError', () => {
    const right = packed(Buffer.from(users))!;
    for (let at = 0; at < right.length; at++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
        const wrong = Buffer.from(right);
        wrong[at]! ^= bit;
        try {
          uncompress(wrong, 1 << 30);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
    }
  });
});

describe('a value that unfolds to more than it may', () => {
  test('takes no memory beyond the limit', () => {
    const zeros = packed(Buffer.alloc(1_000_000))!;
    expect(() => uncompress(zeros, 999_999)).toThrow(
      'the value of Snappy has 1000000 bytes; at most 999999 are allowed',
    );
    expect(uncompress(zeros, 1_000_000).length).toBe(1_000_000);
  });

  test('takes no memory if it claims more bytes than its elements can make', () => {
    expect(() => uncompress(Uint8Array.from([0xff, 0xff, 0xff, 0x7f, 0]), 1 << 30)).toThrow(
      'the value of Snappy claims more bytes than it can have',
    );
  });
});
