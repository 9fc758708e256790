/** Wire exptimes that a route shortens (memcached `protocol.txt`, "Expiration times"). */
import { copyCommand, type Command } from '../../core/command.ts';
import { exptimeIn, longestRelative } from '../../core/exptime.ts';
import { type MetaFlags, ttlLetters } from '../../core/meta-flags.ts';

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

/** A copy whose items live at most `ttl` seconds. */
export function withCappedTtl(command: Command, ttl: number, unixNow: number): Command {
  const copy = copyCommand(command);
  const cap = (exptime: number): number => capExptime(exptime, ttl, unixNow);
  if (setsExptime(command)) copy.exptime = cap(command.exptime);
  if (command.meta !== undefined) copy.meta = withCappedTokens(command.meta, cap);
  // Without a time to live, what is stored stays forever.
  const { meta } = copy;
  if (meta !== undefined && command.verb === 'store' && !meta.tokens.some((token) => token.startsWith('T')))
    copy.meta = { ...meta, tokens: [...meta.tokens, `T${copy.exptime}`] };
  return copy;
}

/** Meta commands have their times in tokens, which nodes of the meta protocol receive, and in fields. */
function withCappedTokens(meta: MetaFlags, cap: (exptime: number) => number): MetaFlags {
  const tokens = meta.tokens.map((token) =>
    ttlLetters.includes(token.charAt(0)) ? `${token.charAt(0)}${cap(Number(token.slice(1)))}` : token,
  );
  return { ...meta, tokens, vivify: meta.vivify === undefined ? undefined : cap(meta.vivify) };
}
