import { describe, expect, test } from 'vitest';
import { javaString } from '../../src/hash/java-string.ts';
import { murmur3, murmur3CodePoints } from '../../src/hash/murmur3.ts';
import { sha1 } from '../../src/hash/sha1.ts';
import { utf8Text } from '../../src/hash/utf8.ts';

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('hashes of the text of a key', () => {
  test.each([
    ['', 0],
    ['a', 97],
    ['hello', 99162322],
    ['The quick brown fox jumps over the lazy dog', -609428141],
    ['naïve', 104710475],
    ['🙂', 1772965],
  ])('Java hashCode of %j counts UTF-16 units, not bytes', (text, hash) => {
    expect(javaString(bytes(text))).toBe(hash);
  });

  test('bytes that are not UTF-8 are hashed as bytes', () => {
    expect(utf8Text('a\xff')).toBe('a\xff');
    expect(javaString('a\xff')).toBe(97 * 31 + 255);
  });

  test('murmur3 of code points differs from murmur3 of bytes only beyond ASCII', () => {
    expect(murmur3CodePoints('hello')).toBe(murmur3('hello'));
    expect(murmur3CodePoints(bytes('naïve'))).toBe(murmur3('na\xefve'));
    expect(murmur3CodePoints(bytes('naïve'))).not.toBe(murmur3(bytes('naïve')));
    expect(murmur3CodePoints(bytes('🙂'))).toBe(murmur3('\x42'));
  });
});

describe('murmur3', () => {
  test.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['\x21', 0, 0x72661cf4],
    ['\x21\x43', 0, 0xa0f7b07a],
    ['\x21\x43\x65', 0, 0x7e4a8634],
    ['\x21\x43\x65\x87', 0, 0xf55b516b],
    ['test', 0, 0xba6bd213],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
  ])('%j, seed %i', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });
});

test('the first four bytes of SHA-1, big-endian', () => {
  expect(sha1('abc')).toBe(0xa9993e36);
});
