/**
 * What the simulation stores, so that each byte that is read tells where it comes from.
 *
 *   a write of key k7, the 12th of the run, 30 bytes long:   k7#12:30;...................
 *   append: one behind the other
 */
import type { Result } from './history.ts';
import { isCounterKey } from './plan.ts';

/** A value that was written: its number, and its length in bytes. */
export interface Written {
  readonly number: number;
  readonly length: number;
}

/** The text of one write. */
export function valueOf(key: string, { number, length }: Written): string {
  return `${key}#${number}:${length};`.padEnd(length, '.');
}

const head = /([^#;.]+)#(\d+):(\d+);/y;

/**
 * The numbers of the writes that a text consists of, in order; undefined = it is not what was written for the key, byte
 * for byte.
 */
export function numbersIn(key: string, text: string): readonly number[] | undefined {
  const numbers: number[] = [];
  for (let at = 0; at < text.length;) {
    head.lastIndex = at;
    const found = head.exec(text);
    if (found === null || found[1] !== key) return undefined;
    const number = Number(found[2]);
    const expected = valueOf(key, { number, length: Number(found[3]) });
    if (!text.startsWith(expected, at)) return undefined;
    numbers.push(number);
    at += expected.length;
  }
  return numbers.length === 0 ? undefined : numbers;
}

/** What a read of a key returned; undefined = a miss. */
export function readResult(key: string, text: string | undefined): Result {
  if (isCounterKey(key)) return { count: text === undefined ? undefined : Number(text) };
  return { value: text === undefined ? undefined : (numbersIn(key, text) ?? []) };
}
