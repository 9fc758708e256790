/** Kinds of values that only options of the cache have. */
import { type Kind, number } from '../core/option-kinds.ts';

/** Seconds, whole or not. */
export function seconds(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const isOpen = max === Number.MAX_SAFE_INTEGER;
  return { ...number(min, max), name: 'seconds', wanted: `seconds from ${min}${isOpen ? '' : ` to ${max}`}` };
}

const finite = seconds(0);

/** A time to live; Infinity is the same as null. */
export const secondsOrNull: Kind<number | null> = {
  name: 'seconds',
  wanted: 'seconds from 0, or null for "no expiry"',
  fits: (value) => value === null || value === Infinity || finite.fits(value),
};
