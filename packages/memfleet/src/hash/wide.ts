/*
 * 64-bit arithmetic without BigInt, whose every result is an allocation (docs/performance.md, "64-bit arithmetic"). A
 * number is two signed 32-bit halves, low and high. A function returns the low half of its result; `high()` returns the
 * high half until the next call.
 */

let upper = 0;

/** The high half of the last result. */
export function high(): number {
  return upper;
}

/** a + b, modulo 2^64. */
export function add(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  const low = (aLow + bLow) | 0;
  upper = (aHigh + bHigh + (low >>> 0 < aLow >>> 0 ? 1 : 0)) | 0;
  return low;
}

/** a × b, modulo 2^64. */
export function multiply(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  upper = (topHalf(aLow, bLow) + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0;
  return Math.imul(aLow, bLow);
}

/** The 128-bit product of a and b, its two 64-bit halves XORed. */
export function foldedProduct(aLow: number, aHigh: number, bLow: number, bHigh: number): number {
  // The 128 bits as four words: the sum of four 64-bit products, shifted by 0, 32, 32 and 64 bits.
  const cross = topHalf(aLow, bLow) + (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bHigh) >>> 0);
  const third = Math.imul(aHigh, bHigh) >>> 0;
  const upperSum = topHalf(aHigh, bLow) + topHalf(aLow, bHigh) + third + ((cross / 0x1_0000_0000) >>> 0);
  const top = (topHalf(aHigh, bHigh) + ((upperSum / 0x1_0000_0000) >>> 0)) | 0;
  upper = (cross | 0) ^ top;
  return Math.imul(aLow, bLow) ^ (upperSum | 0);
}

/** The high 32 bits of the unsigned product of two 32-bit numbers, as an unsigned number. */
function topHalf(a: number, b: number): number {
  const x = a >>> 0;
  const y = b >>> 0;
  // The double x × y is off by 2^10 at most; less its exact low half it is a multiple of 2^32 and a small error, which
  // rounding removes.
  return ((x * y - (Math.imul(a, b) >>> 0)) / 0x1_0000_0000 + 0.5) >>> 0;
}
