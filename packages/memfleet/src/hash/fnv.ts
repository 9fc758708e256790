/*
 * The four FNV hashes of libmemcached and twemproxy. Both add plain C `char`s, signed on x86: bytes from 0x80 on are
 * sign-extended. Both take 32 bits of the "64-bit" ones: the low halves of the 64-bit offset and prime, in 32-bit
 * arithmetic.
 */

const OFFSET_32 = 0x811c9dc5;
const PRIME_32 = 0x01000193;
/** The low half of 0xcbf29ce484222325. */
const OFFSET_64_LOW = 0x84222325;
/** The low half of 0x100000001b3. */
const PRIME_64_LOW = 0x000001b3;

/** FNV-1: multiply, then XOR. @param bytes a byte string @returns an unsigned 32-bit number */
export function fnv1(bytes: string): number {
  return multiplyXor(bytes, OFFSET_32, PRIME_32);
}

/** FNV-1a: XOR, then multiply. @param bytes a byte string @returns an unsigned 32-bit number */
export function fnv1a(bytes: string): number {
  return xorMultiply(bytes, OFFSET_32, PRIME_32);
}

/** The low 32 bits of FNV-1 in 64 bits (`fnv1_64`). @param bytes a byte string @returns an unsigned 32-bit number */
export function fnv1Wide(bytes: string): number {
  return multiplyXor(bytes, OFFSET_64_LOW, PRIME_64_LOW);
}

/**
 * `fnv1a_64` of libmemcached and twemproxy, twemproxy's default. @param bytes a byte string @returns an unsigned
 * 32-bit number
 */
export function fnv1aWide(bytes: string): number {
  return xorMultiply(bytes, OFFSET_64_LOW, PRIME_64_LOW);
}

function multiplyXor(bytes: string, offset: number, prime: number): number {
  let hash = offset | 0;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash, prime) ^ ((bytes.charCodeAt(i) << 24) >> 24);
  return hash >>> 0;
}

function xorMultiply(bytes: string, offset: number, prime: number): number {
  let hash = offset | 0;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ ((bytes.charCodeAt(i) << 24) >> 24), prime);
  return hash >>> 0;
}
