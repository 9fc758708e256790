/** The longest life of the items of a collection, applied to the expiry of a write (kv_engine `processExpiryTime`). */
import { type Command, isJoin } from '../../core/command.ts';
import { longestRelative } from '../../core/exptime.ts';

/** `exptime` (wire format), no later than `maxTtl` seconds from `now` (Unix seconds). `maxTtl` ≤ 0: unchanged. */
export function limitedExptime(exptime: number, maxTtl: number, now: number): number {
  if (maxTtl <= 0) return exptime;
  const isRelative = exptime > 0 && exptime <= longestRelative;
  const ttl = exptime === 0 ? Infinity : isRelative ? exptime : exptime - now;
  if (ttl <= maxTtl) return exptime;
  return maxTtl <= longestRelative ? maxTtl : now + maxTtl;
}

/** Limits the expiry of a command that sets one. */
export function limitExpiry(command: Command, maxTtl: number, now: number): void {
  const { verb } = command;
  const sets =
    verb === 'touch' ||
    (verb === 'get' && command.touch) ||
    (verb === 'arith' && command.initial !== undefined) ||
    (verb === 'store' && !isJoin(command));
  if (sets) command.exptime = limitedExptime(command.exptime, maxTtl, now);
}
