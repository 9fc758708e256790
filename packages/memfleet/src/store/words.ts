/**
 * Numbers in the words of an admin request, as memcached reads them (`safe_strtoul`, `safe_strtol`,
 * `safe_strtod` of its `util.c`).
 */

const maxU64 = 0xffffffffffffffffn;
const maxI64 = 0x7fffffffffffffffn;

/** Blanks other than a space may stand before a number, and whatever stands behind one of them does not count. */
function wholeNumber(word: string | undefined): bigint | undefined {
  const digits = /^[\t-\r]*([+-]?)(\d+)(?:[\t-\r]|$)/.exec(word ?? '');
  if (digits === null) return undefined;
  const value = BigInt(digits[2] as string);
  return digits[1] === '-' ? -value : value;
}

/** The low 32 bits of an unsigned number; undefined when it is not a number. */
export function unsignedWord(word: string | undefined): number | undefined {
  const value = wholeNumber(word);
  return value === undefined || value < 0n || value > maxU64 ? undefined : Number(BigInt.asUintN(32, value));
}

/** The low 32 bits of a signed number; undefined when it is not a number. */
export function signedWord(word: string | undefined): number | undefined {
  const value = wholeNumber(word);
  return value === undefined || value < -maxI64 - 1n || value > maxI64 ? undefined : Number(BigInt.asIntN(32, value));
}

/** A number with a fraction; undefined when it is not a number. */
export function fractionWord(word: string | undefined): number | undefined {
  return word !== undefined && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(word) ? Number(word) : undefined;
}
