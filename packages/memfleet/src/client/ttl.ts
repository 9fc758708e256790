/**
 * ttl of the API (seconds from now) → exptime of the wire (memcached `protocol.txt`, "Expiration times"). Nothing else
 * converts.
 */
import type { Clock } from '../base/clock.ts';
import { InvalidArgumentError } from '../core/errors.ts';
import { longestRelative } from '../core/exptime.ts';
import type { Reply } from '../core/reply.ts';
import { refuseArgument } from './arguments.ts';

const maxExptime = 0xffff_ffff;

/**
 * 0 and Infinity: never. Fractions are rounded up. More than 30 days: converted to a Unix time, since the node would
 * read the number as one. Negative numbers, NaN and times after 2106 throw InvalidArgumentError.
 */
export function exptimeOf(ttl: number, clock: Clock): number {
  if (ttl === 0 || ttl === Infinity) return 0;
  if (typeof ttl !== 'number' || !(ttl > 0)) refuseArgument('ttl', ttl, 'seconds from 0 on');
  const seconds = Math.ceil(ttl);
  // Reads the clock only if it is needed.
  if (seconds <= longestRelative) return seconds;
  const exptime = clock.unixSeconds() + seconds;
  if (exptime > maxExptime)
    throw new InvalidArgumentError(`a ttl of ${ttl} seconds ends after 2106; use Infinity for "never"`);
  return exptime;
}

/** The ttl of a reply in seconds; Infinity = no expiry. */
export const ttlInSeconds = ({ ttl }: Reply): number | undefined => (ttl === -1 ? Infinity : ttl);
