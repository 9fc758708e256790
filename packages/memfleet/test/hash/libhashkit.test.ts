import { describe, expect, test } from 'vitest';
import { crc16 } from '../../src/hash/crc16.ts';
import { crc32Libmemcached } from '../../src/hash/crc32.ts';
import { fnv1, fnv1a, fnv1aWide, fnv1Wide } from '../../src/hash/fnv.ts';
import { hsieh } from '../../src/hash/hsieh.ts';
import { jenkins } from '../../src/hash/jenkins.ts';
import { md5 } from '../../src/hash/md5.ts';
import { murmur2 } from '../../src/hash/murmur2.ts';
import { murmur3Libmemcached } from '../../src/hash/murmur3.ts';
import { oneAtATime } from '../../src/hash/one-at-a-time.ts';

const keys = ['a', 'foo', Buffer.from('naïve').toString('latin1')];

/** What libhashkit 1.1.4 gives for the three keys; the last has bytes above 0x7f, which count as signed on x86. */
const vectors: [string, (bytes: string) => number, [number, number, number]][] = [
  ['one_at_a_time', oneAtATime, [3392050242, 596015325, 3077829736]],
  ['md5', md5, [3111502092, 3675831724, 1805420899]],
  ['crc', crc32Libmemcached, [26807, 3187, 21775]],
  ['fnv1_64', fnv1Wide, [2248259518, 1805727027, 2371232727]],
  ['fnv1a_64', fnv1aWide, [2248273036, 4275688823, 476754091]],
  ['fnv1_32', fnv1, [84696446, 1083137555, 1562511767]],
  ['fnv1a_32', fnv1a, [3826002220, 2851307223, 3440832043]],
  ['murmur', murmur2, [1262581116, 3303027599, 3988402755]],
  ['jenkins', jenkins, [3768813200, 2583187353, 1691692467]],
  ['murmur3', murmur3Libmemcached, [2289228744, 2784297138, 1292541895]],
];

describe('the hashes of libhashkit', () => {
  test.each(vectors)('%s', (_, hash, expected) => {
    expect(keys.map(hash)).toEqual(expected);
  });

  test.each([
    ...vectors.map(([name, hash]) => [name, hash] as const),
    ['crc16', crc16] as const,
    ['hsieh', hsieh] as const,
  ])('%s is an unsigned 32-bit number at every length', (_, hash) => {
    for (let length = 0; length < 60; length++) {
      const value = hash(String.fromCharCode(...Array.from({ length }, (_, i) => (i * 89 + length * 57) & 0xff)));
      expect(value >>> 0).toBe(value);
    }
  });
});
