/** Numbers from decimal text, exact or an error: counters have 64 bits, numbers 53. */
import { UnsafeIntegerError } from '../../core/errors.ts';

const integerText = /^[+-]?\d+$/;
/** The longest integer that `String` writes without an exponent: 21 digits and a sign. */
const longestInteger = 22;

/**
 * `number`, as it was read from `text`. Throws UnsafeIntegerError if the text is an integer that no number holds, such
 * as a counter beyond 2^53−1. What `String` writes of a number comes back as that number, however large.
 */
export function exactly(number: number, text: string): number {
  if (Number.isSafeInteger(number)) return number;
  const digits = text.trim();
  if (!integerText.test(digits) || digits === String(number)) return number;
  const isShort = digits.length <= longestInteger;
  if (isShort && BigInt(digits) === BigInt(number)) return number;
  const shown = isShort ? digits : `an integer of ${digits.length} digits`;
  throw new UnsafeIntegerError(
    `the value is ${shown}, which no number holds; incr(key, 0n) reads a counter as a bigint`,
  );
}

/** The value of a JSON text. A number that is the whole text is exact. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return typeof value === 'number' ? exactly(value, text) : value;
}
