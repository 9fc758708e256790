/** Counters: 64 bits, exact. */
import type { Command } from '../core/command.ts';
import { UndecodableError, UnsafeIntegerError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { maxU64, refuseArgument } from './arguments.ts';
import type { CounterOptions } from './call-options.ts';
import type { ClientCore } from './core.ts';
import { exptimeOf } from './ttl.ts';
import { putTerms } from './write-terms.ts';

/** Gives an `arith` its delta and its terms, and the initial value and ttl of a counter that it creates. */
export function putStep(
  command: Command,
  delta: number | bigint,
  options: number | CounterOptions | undefined,
  core: ClientCore,
): void {
  command.delta = checkDelta('delta', delta);
  putTerms(command, options, core);
  const { initial, ttl = core.ttl } = typeof options === 'object' ? options : {};
  if (initial === undefined) return;
  command.initial = BigInt(checkDelta('initial', initial));
  command.exptime = exptimeOf(ttl, core.fleet.clock);
}

/** A delta or initial value: a whole number from 0 to 2^64−1; as a number only up to 2^53−1. */
function checkDelta(name: string, value: number | bigint): number | bigint {
  const isFit = typeof value === 'bigint' ? value >= 0n && value <= maxU64 : Number.isSafeInteger(value) && value >= 0;
  if (!isFit) refuseArgument(name, value, 'a whole number from 0 to 2^64−1 (beyond 2^53−1 a bigint)');
  return value;
}

/** Throws UndecodableError unless the text is decimal: BigInt('') is 0, and BigInt('0x1') is 1. */
function readDigits(text: string): bigint {
  if (!/^\d+ *$/.test(text)) throw new UndecodableError('the reply is not a counter');
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
  if (!/^\d+ *$/.test(text)) throw new UndecodableError('the reply is not a counter');
  if (!Number.isSafeInteger(value))
    throw new UnsafeIntegerError(`the counter is ${text}, beyond 2^53−1; pass the delta as a bigint`, { sent: true });
  return value;
};
