/**
 * Versions of namespaces and tags, and ids of chunked values: 6 bytes of Unix milliseconds and 6 random bytes, as 16
 * characters of base64url.
 *
 * A stamp is never computed from the one before it: a version item that is evicted or lost is replaced by a stamp that
 * no entry carries, so that old entries stay misses. The time makes it differ between two runs with one seed; the
 * random bytes make it differ within a millisecond, and after a clock was set back.
 */
import { asBuffer } from '../base/bytes.ts';
import { type RandomBytes, systemRandomBytes } from '../base/chance.ts';

/** The length of a stamp in bytes. */
export const stampBytes = 12;

const shape = /^[\w-]{16}$/;
const mostMs = 2 ** 48 - 1;

/** A new stamp. `unixMs`: milliseconds since 1970. */
export function versionStamp(unixMs: number, random: RandomBytes = systemRandomBytes): string {
  const bytes = Buffer.alloc(stampBytes);
  bytes.writeUIntBE(Math.min(mostMs, Math.max(0, Math.floor(unixMs))), 0, 6);
  bytes.set(random(6), 6);
  return bytes.toString('base64url');
}

/** Whether a text is a stamp. */
export function isStamp(text: string): boolean {
  return shape.test(text);
}

/** The 12 bytes of a stamp. */
export function bytesOfStamp(stamp: string): Buffer {
  return Buffer.from(stamp, 'base64url');
}

/** The stamp that 12 bytes hold, from `at` on. */
export function stampOfBytes(bytes: Uint8Array, at: number): string {
  return asBuffer(bytes).toString('base64url', at, at + stampBytes);
}
