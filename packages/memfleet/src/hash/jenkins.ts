import { partialWord, word } from './word.ts';

// The state of the one computation that runs: a, b and c of lookup3.
let a = 0;
let b = 0;
let c = 0;

/**
 * Bob Jenkins' lookup3 (`hashlittle`) with the start value 13, as in libhashkit and twemproxy.
 *
 * @param bytes a byte string
 * @returns an unsigned 32-bit number
 */
export function jenkins(bytes: string): number {
  const length = bytes.length;
  a = b = c = (0xdeadbeef + length + 13) | 0;
  if (length === 0) return c >>> 0;
  let at = 0;
  for (; length - at > 12; at += 12) {
    a = (a + word(bytes, at)) | 0;
    b = (b + word(bytes, at + 4)) | 0;
    c = (c + word(bytes, at + 8)) | 0;
    mix();
  }
  a = (a + partialWord(bytes, at, length)) | 0;
  b = (b + partialWord(bytes, at + 4, length)) | 0;
  c = (c + partialWord(bytes, at + 8, length)) | 0;
  finish();
  return c >>> 0;
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function mix(): void {
  a = (a - c) ^ rotate(c, 4);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 6);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 8);
  b = (b + a) | 0;
  a = (a - c) ^ rotate(c, 16);
  c = (c + b) | 0;
  b = (b - a) ^ rotate(a, 19);
  a = (a + c) | 0;
  c = (c - b) ^ rotate(b, 4);
  b = (b + a) | 0;
}

function finish(): void {
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
}
