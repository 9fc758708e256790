import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { md5, md5Words } from '../../src/hash/md5.ts';

describe('md5 of a byte string', () => {
  test('equals the first four digest bytes of node:crypto, little-endian, at every length from 0 to 300', () => {
    for (let length = 0; length <= 300; length++) {
      const text = String.fromCharCode(...Array.from({ length }, (_, i) => (i * 167 + length * 31) & 0xff));
      expect(md5(text), `length ${length}`).toBe(createHash('md5').update(text, 'latin1').digest().readUInt32LE(0));
    }
  });

  test('gives the four ring points of a label', () => {
    const words = new Uint32Array(4);
    md5Words('10.0.0.1:11210-0', words);
    expect([...words]).toEqual([1598148784, 702126831, 1526249748, 3798778517]);
  });

  test.each([
    ['', 3649838548],
    ['a', 3111502092],
    ['foo', 3675831724],
    ['session:abc', 226189362],
    ['x'.repeat(250), 1263649145],
  ])('key hash of %j is %i', (key, hash) => {
    expect(md5(key)).toBe(hash);
  });
});
