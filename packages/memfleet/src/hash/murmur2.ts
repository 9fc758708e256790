import { partialWord, word } from './word.ts';

const M = 0x5bd1e995;

/**
 * MurmurHash2 as libhashkit and twemproxy call it (`murmur`): the seed is 0xdeadbeef times the length.
 *
 * @param bytes a byte string
 * @returns an unsigned 32-bit number
 */
export function murmur2(bytes: string): number {
  const length = bytes.length;
  let hash = Math.imul(0xdeadbeef, length) ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k = Math.imul(word(bytes, at), M);
    k = Math.imul(k ^ (k >>> 24), M);
    hash = Math.imul(hash, M) ^ k;
  }
  if (at < length) hash = Math.imul(hash ^ partialWord(bytes, at, length), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return (hash ^ (hash >>> 15)) >>> 0;
}
