import { codePointString } from './utf8.ts';
import { partialWord, word } from './word.ts';

/**
 * MurmurHash3 x86 32 bits.
 *
 * @param bytes a byte string
 * @param seed a 32-bit number. @default 0
 * @returns an unsigned 32-bit number
 */
export function murmur3(bytes: string, seed = 0): number {
  const length = bytes.length;
  let hash = seed | 0;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    hash ^= scramble(word(bytes, at));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (at < length) hash ^= scramble(partialWord(bytes, at, length));
  return avalanche(hash ^ length);
}

/** MurmurHash3 with the seed of libhashkit: 0xdeadbeef times the length. @returns an unsigned 32-bit number */
export function murmur3Libmemcached(bytes: string): number {
  return murmur3(bytes, Math.imul(0xdeadbeef, bytes.length));
}

/**
 * MurmurHash3 as pymemcache computes it: over the code points of the text, each cut to its low 8 bits, not over its
 * UTF-8 bytes. Equal to {@link murmur3} for ASCII.
 *
 * @param bytes a byte string that holds UTF-8; if it does not, its bytes are hashed
 * @returns an unsigned 32-bit number
 */
export function murmur3CodePoints(bytes: string): number {
  return murmur3(codePointString(bytes));
}

/**
 * The final mix of MurmurHash3: every bit of the input changes every bit of the result. @returns an unsigned 32-bit
 * number
 */
export function avalanche(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(k: number): number {
  k = Math.imul(k, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
