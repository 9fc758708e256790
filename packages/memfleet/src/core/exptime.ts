/** Exptimes on the wire (memcached `protocol.txt`, "Expiration times"). */

/** The longest exptime that counts from now, in seconds: 30 days. Beyond it an exptime is a Unix time. */
export const longestRelative: number = 30 * 24 * 60 * 60;

/** The exptime of an item that expires in the given number of whole seconds. */
export function exptimeIn(seconds: number, unixNow: number): number {
  return seconds <= longestRelative ? seconds : unixNow + seconds;
}
