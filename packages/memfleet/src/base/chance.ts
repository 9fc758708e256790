/**
 * Chance: the only file that names the runtime's. Whoever needs a random number takes a source of them, which tests and
 * simulations replace.
 */
import { randomBytes } from 'node:crypto';

/** The next number, from 0 up to, but not including, 1. */
export type Random = () => number;

/** Returns so many random bytes. */
export type RandomBytes = (size: number) => Buffer;

/** `Math.random`, as it is at the time of the call: tests of users replace it. */
export const systemRandom: Random = () => Math.random();

/** Bytes that nobody can guess. */
export const systemRandomBytes: RandomBytes = (size) => randomBytes(size);

/** Bytes from `random`; without it, bytes that nobody can guess. */
export function randomBytesOf(random: Random | undefined): RandomBytes {
  if (random === undefined) return systemRandomBytes;
  return (size) => Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
}
