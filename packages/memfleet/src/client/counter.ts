/** Counters: 64 bits, exact. */
import { UndecodableError, UnsafeIntegerError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { maxU64, refuseArgument } from './arguments.ts';

/** A delta or initial value: a whole number from 0 to 2^64−1; as a number only up to 2^53−1. */
export function checkDelta(name: string, value: number | bigint): number | bigint {
  const isFit = typeof value === 'bigint' ? value >= 0n && value <= maxU64 : Number.isSafeInteger(value) && value >= 0;
  if (!isFit) refuseArgument(name, value, 'a whole number from 0 to 2^64−1 (beyond 2^53−1 a bigint)');
  return value;
}

/** Empty text would be 0, and hexadecimal digits a number. */
function readDigits(text: string): bigint {
  if (!/^\d+ *$/.test(text)) throw new UndecodableError('the answer is no counter');
  return BigInt(text);
}

/** The new value of a counter whose delta was a bigint. */
export const readBigint = (reply: Reply): bigint | undefined =>
  reply.status === 'ok' ? readDigits(reply.text()) : undefined;

/** The new value of a counter whose delta was a number. Throws UnsafeIntegerError beyond 2^53−1. */
export const readNumber = (reply: Reply): number | undefined => {
  if (reply.status !== 'ok') return undefined;
  const text = reply.text();
  const value = Number(text);
  if (!/^\d+ *$/.test(text)) throw new UndecodableError('the answer is no counter');
  if (!Number.isSafeInteger(value))
    throw new UnsafeIntegerError(`the counter is ${text}, beyond 2^53−1; give the delta as a bigint`, { sent: true });
  return value;
};
