/**
 * The time that a Couchbase node worked on a request, in the 16 bits of its replies: precise for short times, up to two
 * minutes (kv_engine BinaryProtocol.md, "Server Recv->Send duration").
 */

const exponent = 1.74;

/** The microseconds of a coded time. */
export function microsecondsOf(coded: number): number {
  return coded ** exponent / 2;
}

/** The code of a time. */
export function codeOf(microseconds: number): number {
  return Math.min(0xffff, Math.round((Math.max(0, microseconds) * 2) ** (1 / exponent)));
}
