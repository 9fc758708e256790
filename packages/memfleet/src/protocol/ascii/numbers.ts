/**
 * Numbers in request lines. Read as newer memcached reads them: no plus sign, nothing behind the digits, no wrap-around. (1.6.18 takes `+5`, and cuts an
 * exptime or client flags of 2^32 to 0, which turns "far in the future" into "never".)
 */
import { bigintAt, digitsEnd, numberAt } from './digits.ts';

/** What `int32At` says of bytes that are no 32-bit number. */
export const notNumber = -0x80000001;

/** The largest unsigned 32-bit number. */
export const maxU32 = 0xffffffff;

const maxInt32 = 0x7fffffff;
const maxU64 = 0xffffffffffffffffn;
/** Digits of 2^64−1; more are refused unread, leading zeros too. */
const maxDigits = 20;
const minus = 45;

function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  return end > start && end - start <= maxDigits && digitsEnd(bytes, start, end) === end;
}

/** The bytes `start` … `end` as a number of 0 … `max` (≤ 2^53); −1 when they are none. */
export function unsignedAt(bytes: Uint8Array, start: number, end: number, max: number): number {
  if (!isNumber(bytes, start, end)) return -1;
  const value = numberAt(bytes, start, end);
  return value <= max ? value : -1;
}

/** The bytes `start` … `end` as a signed 32-bit number, or `notNumber`. */
export function int32At(bytes: Uint8Array, start: number, end: number): number {
  if (end > start && bytes[start] === minus) {
    const value = unsignedAt(bytes, start + 1, end, maxInt32 + 1);
    return value < 0 ? notNumber : 0 - value;
  }
  const value = unsignedAt(bytes, start, end, maxInt32);
  return value < 0 ? notNumber : value;
}

/**
 * The exptime or delay as a line can say it. The binary protocol has 32 bits without a sign, lines one with: what is beyond (2038) is the farthest that they have.
 * memcached reads such a number on a line as a negative one, or refuses it.
 */
export function exptimeOnLine(exptime: number): number {
  return Math.min(exptime, maxInt32);
}

/** The bytes `start` … `end` as an unsigned 64-bit number; undefined when they are none. */
export function u64At(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  if (!isNumber(bytes, start, end)) return undefined;
  const value = bigintAt(bytes, start, end);
  return value <= maxU64 ? value : undefined;
}

/** Digits that a JS number always holds exactly. */
const safeDigits = 15;

/** The same as a number while that is exact by its length, else as a bigint. */
export function deltaAt(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
  return end - start > safeDigits
    ? u64At(bytes, start, end)
    : isNumber(bytes, start, end)
      ? numberAt(bytes, start, end)
      : undefined;
}
