import { createHash } from 'node:crypto';

/**
 * The first four bytes of a SHA-1 digest as a big-endian number: a point of Dalli's ring (the first eight hex digits).
 * Used when a ring is built, never per key, so node:crypto is fast enough.
 *
 * @param bytes a byte string
 * @returns an unsigned 32-bit number
 */
export function sha1(bytes: string): number {
  return createHash('sha1').update(bytes, 'latin1').digest().readUInt32BE(0);
}
