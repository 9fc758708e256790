import { remembered } from './remembered.ts';
import { partialWord, word } from './word.ts';

/*
 * MD5 (RFC 1321) of byte strings, for rings only. A ketama client hashes every key of every call, and a digest object
 * of node:crypto costs ten times the hash itself (docs/performance.md, "MD5"). This file is the fastest at every length
 * of a key, so there is no second implementation; unrolling all 64 rounds would not be worth its 64 lines.
 */

/** Constant i is floor(2^32 × |sin(i + 1)|). */
const SINE: Int32Array = Int32Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 0x1_0000_0000),
);

// One computation at a time: nothing here can be interrupted.
const block: Int32Array = new Int32Array(16);
const state: Int32Array = new Int32Array(4);

/**
 * The first four digest bytes of a byte string as a little-endian number, unsigned: the key hash of every ketama. The
 * hashes of recurring keys are remembered.
 */
export const md5: (bytes: string) => number = remembered((bytes) => {
  digest(bytes);
  return state[0]! >>> 0;
});

/** Writes the whole digest as four little-endian 32-bit numbers: the four points that one label gives a ring. */
export function md5Words(bytes: string, words: Uint32Array): void {
  digest(bytes);
  words.set(state);
}

function digest(bytes: string): void {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  const length = bytes.length;
  let at = 0;
  let next = 0;
  for (; at + 4 <= length; at += 4) {
    block[next++] = word(bytes, at);
    if (next === 16) {
      compress();
      next = 0;
    }
  }
  block[next++] = partialWord(bytes, at, length) | (0x80 << ((length - at) * 8));
  if (next > 14) {
    block.fill(0, next);
    compress();
    next = 0;
  }
  while (next < 14) block[next++] = 0;
  block[14] = length << 3;
  block[15] = 0;
  compress();
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function compress(): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let i = 0; i < 16; i += 4) {
    a = (rotate((a + ((b & c) | (~b & d)) + block[i]! + SINE[i]!) | 0, 7) + b) | 0;
    d = (rotate((d + ((a & b) | (~a & c)) + block[i + 1]! + SINE[i + 1]!) | 0, 12) + a) | 0;
    c = (rotate((c + ((d & a) | (~d & b)) + block[i + 2]! + SINE[i + 2]!) | 0, 17) + d) | 0;
    b = (rotate((b + ((c & d) | (~c & a)) + block[i + 3]! + SINE[i + 3]!) | 0, 22) + c) | 0;
  }
  for (let i = 0; i < 16; i += 4) {
    const g = 5 * i + 1;
    a = (rotate((a + ((b & d) | (c & ~d)) + block[g & 15]! + SINE[i + 16]!) | 0, 5) + b) | 0;
    d = (rotate((d + ((a & c) | (b & ~c)) + block[(g + 5) & 15]! + SINE[i + 17]!) | 0, 9) + a) | 0;
    c = (rotate((c + ((d & b) | (a & ~b)) + block[(g + 10) & 15]! + SINE[i + 18]!) | 0, 14) + d) | 0;
    b = (rotate((b + ((c & a) | (d & ~a)) + block[(g + 15) & 15]! + SINE[i + 19]!) | 0, 20) + c) | 0;
  }
  for (let i = 0; i < 16; i += 4) {
    const g = 3 * i + 5;
    a = (rotate((a + (b ^ c ^ d) + block[g & 15]! + SINE[i + 32]!) | 0, 4) + b) | 0;
    d = (rotate((d + (a ^ b ^ c) + block[(g + 3) & 15]! + SINE[i + 33]!) | 0, 11) + a) | 0;
    c = (rotate((c + (d ^ a ^ b) + block[(g + 6) & 15]! + SINE[i + 34]!) | 0, 16) + d) | 0;
    b = (rotate((b + (c ^ d ^ a) + block[(g + 9) & 15]! + SINE[i + 35]!) | 0, 23) + c) | 0;
  }
  for (let i = 0; i < 16; i += 4) {
    const g = 7 * i;
    a = (rotate((a + (c ^ (b | ~d)) + block[g & 15]! + SINE[i + 48]!) | 0, 6) + b) | 0;
    d = (rotate((d + (b ^ (a | ~c)) + block[(g + 7) & 15]! + SINE[i + 49]!) | 0, 10) + a) | 0;
    c = (rotate((c + (a ^ (d | ~b)) + block[(g + 14) & 15]! + SINE[i + 50]!) | 0, 15) + d) | 0;
    b = (rotate((b + (d ^ (c | ~a)) + block[(g + 21) & 15]! + SINE[i + 51]!) | 0, 21) + c) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
}
