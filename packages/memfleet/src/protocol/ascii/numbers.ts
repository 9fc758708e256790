/**
 * Numbers in request lines, as memcached 1.6.18 reads them (`util.c`: strtol, strtoul, strtoull): a sign, at most 64
 * bits, of which exptimes, delays and client flags keep the low 32. Blanks other than the space (9 … 13) may stand in
 * front, and behind one of them anything may.
 *
 * A length is read strictly, because the bytes after the line depend on it: digits after an optional plus sign, and no
 * wrap-around.
 */
import { bigintAt, digitsEnd, numberAt } from './digits.ts';

/** The result of `int32At` for bytes that are not a number. */
export const notNumber = -0x80000001;

const u64Span = 0x1_0000_0000_0000_0000n;
const maxU64 = u64Span - 1n;
const maxI64 = 0x7fff_ffff_ffff_ffffn;
const minI64 = -maxI64 - 1n;
/** Digits of 2^64−1. */
const maxDigits = 20;
/** Digits that a JS number always holds exactly. */
const safeDigits = 15;

const zero = 48;
const plus = 43;
const minus = 45;
const firstBlank = 9;
const lastBlank = 13;

function isBlank(byte: number): boolean {
  return byte >= firstBlank && byte <= lastBlank;
}

/** The bytes `start` … `end` if they are 1 … 15 digits, as nearly all numbers are; else −1. */
function fewDigitsAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > safeDigits || end <= start) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - zero;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * The bytes `start` … `end` as any number of at most 20 digits, leading zeros aside; undefined when they are not a
 * number.
 */
function anyAt(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  let at = start;
  while (at < end && isBlank(bytes[at] as number)) at++;
  const sign = at < end ? bytes[at] : undefined;
  if (sign === plus || sign === minus) at++;
  const digits = at;
  while (at < end && bytes[at] === zero) at++;
  const significant = at;
  at = digitsEnd(bytes, at, end);
  if (at === digits || at - significant > maxDigits || (at < end && !isBlank(bytes[at] as number))) return undefined;
  const value = at === significant ? 0n : bigintAt(bytes, significant, at);
  return sign === minus ? -value : value;
}

/**
 * The low 32 bits, signed, of the 64-bit number `start` … `end`; `notNumber` when it is not a number. Exptimes and
 * delays.
 */
export function int32At(bytes: Uint8Array, start: number, end: number): number {
  const value = fewDigitsAt(bytes, start, end);
  if (value >= 0) return value | 0;
  const any = anyAt(bytes, start, end);
  return any === undefined || any < minI64 || any > maxI64 ? notNumber : Number(BigInt.asIntN(32, any));
}

/** The low 32 bits of the unsigned 64-bit number `start` … `end`; −1 when it is not a number. Client flags. */
export function u32At(bytes: Uint8Array, start: number, end: number): number {
  const value = fewDigitsAt(bytes, start, end);
  if (value >= 0) return value >>> 0;
  const any = u64At(bytes, start, end);
  return any === undefined ? -1 : Number(BigInt.asUintN(32, any));
}

/**
 * The bytes `start` … `end` as an unsigned 64-bit number; undefined when they are not a number. A minus sign counts
 * from 2^64 down, as in strtoull; memcached refuses it only where the result is 2^63 or more.
 */
export function u64At(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const any = anyAt(bytes, start, end);
  if (any === undefined || any > maxU64 || any < -maxU64) return undefined;
  if (any >= 0n) return any;
  const wrapped = any + u64Span;
  return wrapped > maxI64 ? undefined : wrapped;
}

/** The same as a number where that is exact, else as a bigint. */
export function deltaAt(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
  const value = fewDigitsAt(bytes, start, end);
  return value >= 0 ? value : u64At(bytes, start, end);
}

/** The bytes `start` … `end` as a length of 0 … `max` (≤ 2^53); −1 when they are not a length. */
export function lengthAt(bytes: Uint8Array, start: number, end: number, max: number): number {
  const digits = end - start > 1 && bytes[start] === plus ? start + 1 : start;
  if (end - digits > maxDigits || digitsEnd(bytes, digits, end) !== end) return -1;
  const value = numberAt(bytes, digits, end);
  return value <= max ? value : -1;
}

const maxInt32 = 0x7fffffff;

/**
 * The exptime or delay in the form of a line. The binary protocol has 32 unsigned bits, lines have 32 signed ones: a
 * later time becomes the latest that a line can express (2038). memcached reads such a number on a line as a negative
 * one.
 */
export function exptimeOnLine(exptime: number): number {
  return Math.min(exptime, maxInt32);
}
