/** Numbers as decimal text. */
import type { RawValue, StoredValue } from '../transcoder.ts';
import { exactly } from './exact-number.ts';
import { asRaw } from './stored-value.ts';

/**
 * As `String` writes numbers; decr pads with spaces (docs/protocols.md#text-protocol). Every digit fits one place
 * alone: where several would do, a long text that is no number takes time in proportion to the square of its length.
 */
const numberText = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|Infinity|NaN) *$/i;
const integerText = /^[+-]?\d+ *$/;

/** A number as text, so that it comes back as it was. */
export const numberAsText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** A number, exact. `Number` alone makes 0 of an empty text, and NaN of most. */
export function readNumber(value: StoredValue): number | RawValue {
  const text = value.text();
  return numberText.test(text) ? exactly(Number(text), text) : asRaw(value);
}

/** A bigint of at most so many digits: reading takes time in proportion to the square of their number. */
export function readBigint(value: StoredValue, maxDigits: number): bigint | RawValue {
  if (value.length > maxDigits) return asRaw(value);
  const text = value.text();
  return integerText.test(text) ? BigInt(text) : asRaw(value);
}

/** An integer of a language that has one type for all sizes: a number where it is safe, else a bigint. */
export function readInteger(value: StoredValue, maxDigits: number): number | bigint | RawValue {
  const integer = readBigint(value, maxDigits);
  if (typeof integer !== 'bigint') return integer;
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** The text of a number or bigint that `readInteger` gives; undefined for every other value. */
export function integerAsText(value: unknown): string | undefined {
  if (typeof value === 'bigint') return String(value);
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
}
