/** Wire exptimes that a route shortens (memcached `protocol.txt`, "Expiration times"). */
import { copyCommand, type Command } from '../../core/command.ts';
import { exptimeIn, longestRelative } from '../../core/exptime.ts';

/** The exptime, but at most `ttl` seconds from now. */
function capExptime(exptime: number, ttl: number, unixNow: number): number {
  if (exptime < 0) return exptime;
  if (exptime === 0) return exptimeIn(ttl, unixNow);
  if (exptime <= longestRelative) return exptime <= ttl ? exptime : exptimeIn(ttl, unixNow);
  return Math.min(exptime, unixNow + ttl);
}

/** Whether the command sets the time to live of an item. */
function setsExptime(command: Command): boolean {
  return command.verb === 'store' || command.verb === 'touch' || command.touch || command.initial !== undefined;
}

/** A copy whose items live at most `ttl` seconds. Meta commands carry it in their tokens, which are rewritten. */
export function withCappedTtl(command: Command, ttl: number, unixNow: number): Command {
  const copy = copyCommand(command);
  if (!setsExptime(command)) return copy;
  copy.exptime = capExptime(command.exptime, ttl, unixNow);
  const { meta } = command;
  if (meta === undefined) return copy;
  const flag = command.verb === 'arith' && !command.touch ? 'N' : 'T';
  const tokens = meta.tokens.filter((token) => !token.startsWith(flag));
  copy.meta = { ...meta, tokens: [...tokens, `${flag}${copy.exptime}`], hasExptime: meta.hasExptime };
  return copy;
}
