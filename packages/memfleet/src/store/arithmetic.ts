/**
 * incr and decr on values that are decimal text, exact to 64 bits unsigned (memcached `do_add_delta`; each rule was
 * verified on 1.6.18): a number is the text that C's `strtoull` reads up to white space or the end, so ` 12`, `+12` and
 * `12 abc` do and `12abc` does not.
 */

const modulus = 1n << 64n;
const signBit = 1n << 63n;
/** Up to this many digits a sum of two numbers is exact as a double. */
const plainDigits = 15;
const largestPlain = 10 ** plainDigits;
const plain = /^\d{1,15}$/;
// strtoull skips leading white space; a NUL ends a C string.
const readable = /^[ \t\n\v\f\r]*([+-]?)(\d+)(?:[ \t\n\v\f\r\0]|$)/;

/** The number in a value, or undefined when it has none. */
export function parseCounter(text: string): bigint | undefined {
  const match = readable.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2] ?? '');
  if (magnitude >= modulus) return undefined;
  if (match[1] !== '-') return magnitude;
  // strtoull negates modulo 2^64; memcached refuses results that then look negative, and so reads -18446744073709551615
  // as 1.
  const value = BigInt.asUintN(64, -magnitude);
  return value >= signBit ? undefined : value;
}

/**
 * The decimal text after adding or subtracting `delta` (0 … 2^64−1), or undefined when `text` is not a number. incr
 * wraps at 2^64, decr stops at 0.
 */
export function counted(text: string, delta: number | bigint, decrement: boolean): string | undefined {
  if (typeof delta === 'number' && delta < largestPlain && plain.test(text)) {
    const value = Number(text);
    return String(decrement ? Math.max(0, value - delta) : value + delta);
  }
  const value = parseCounter(text);
  if (value === undefined) return undefined;
  const step = BigInt(delta);
  if (!decrement) return String(BigInt.asUintN(64, value + step));
  return String(value > step ? value - step : 0n);
}

/**
 * The value to store after counting: a shorter number keeps the old length, padded with spaces, because memcached
 * writes it in place.
 */
export function storedCounter(number: string, oldLength: number): string {
  return number.length < oldLength ? number.padEnd(oldLength, ' ') : number;
}
