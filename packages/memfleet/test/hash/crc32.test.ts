import { describe, expect, test } from 'vitest';
import { crc32, crc32c, crc32Libmemcached } from '../../src/hash/crc32.ts';

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

// key, CRC-32, and the 15 bits that libmemcached and the vBucket rule use
const vectors: [string, string, number][] = [
  ['', '00000000', 0],
  ['a', 'e8b7be43', 26807],
  ['foo', '8c736521', 3187],
  ['hello', '3610a686', 13840],
  ['key', '8a90aba9', 2704],
  ['key_0000000000', 'b0cf2649', 12495],
  ['user:1', '7ba5c282', 31653],
  ['session:abc', '4405dec9', 17413],
  ['123456789', 'cbf43926', 19444],
  ['The quick brown fox jumps over the lazy dog', '414fa339', 16719],
  [latin1('héllo'), '9e3b8236', 7739],
  ['\x00\xff', '6cdbfd72', 27867],
  ['x'.repeat(250), '89689892', 2408],
];

// RFC 3720, B.4, and the check value of the polynomial.
test.each([
  ['', '00000000'],
  ['123456789', 'e3069283'],
  ['\0'.repeat(32), '8a9136aa'],
  ['\xff'.repeat(32), '62a8ab43'],
])('CRC-32C of %j', (text, hex) => {
  expect(crc32c(text).toString(16).padStart(8, '0')).toBe(hex);
});

describe('crc32', () => {
  test.each(vectors)('%j', (key, hex, bits) => {
    expect(crc32(key).toString(16).padStart(8, '0')).toBe(hex);
    expect(crc32Libmemcached(key)).toBe(bits);
  });
});
