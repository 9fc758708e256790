/** Readers of values. memcached takes what is no number as 0; here it is refused. */
import { refuse } from './failure.ts';

/** A whole number. `flag`: for the message. */
export function whole(text: string, flag: string): number {
  if (!/^\s*[-+]?\d{1,15}$/.test(text)) refuse(`${flag}: "${text}" is not a whole number`);
  return Number(text);
}

/** A number with a fraction. */
export function decimal(text: string, flag: string): number {
  if (!/^\s*[-+]?\d{0,15}(?:\.\d{1,15})?$/.test(text) || text.trim() === '')
    refuse(`${flag}: "${text}" is not a number`);
  return Number(text);
}

/** A size in bytes, with `k` or `m` for 1024 and 1 048 576 of them. */
export function size(text: string, flag: string): number {
  const unit = /[km]$/i.exec(text)?.[0].toLowerCase();
  const count = whole(unit === undefined ? text : text.slice(0, -1), flag);
  return count * (unit === 'k' ? 1024 : unit === 'm' ? 1024 * 1024 : 1);
}
