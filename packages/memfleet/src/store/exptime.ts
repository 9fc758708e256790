/**
 * What an exptime on the wire means (memcached `protocol.txt`, "Expiration times"): 0 never; 1 … 30 days seconds from now; more a Unix time; negative
 * expired at once. An item remembers the Unix second at which it is gone; memcached's clock ticks once a second, so an exptime of 1 may be over
 * at once.
 */

/** The longest exptime that counts from now: 30 days in seconds. */
export const longestRelative: number = 60 * 60 * 24 * 30;

/** An item with this exptime is gone already. */
const past = 1;

/** The Unix second at which an item given `exptime` at second `now` is gone; 0 = never. */
export function expiresAt(exptime: number, now: number): number {
  if (exptime === 0) return 0;
  if (exptime < 0) return past;
  return exptime > longestRelative ? exptime : now + exptime;
}
