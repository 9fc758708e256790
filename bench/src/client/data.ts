/**
 * Keys and values of a workload: the same for every client, different for every key, so that a mixed-up answer shows.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Workload } from './workload.ts';

/** What a client gets and sets. */
export interface Data {
  readonly keys: readonly string[];
  /** Keys that are never set, as long as the others. */
  readonly missing: readonly string[];
  readonly values: readonly unknown[];
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _';

/** `size` ASCII characters, drawn by a small generator from the seed. */
function text(size: number, seed: number): string {
  const characters: string[] = [];
  let state = (seed * 2654435761 + 12345) >>> 0;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    characters.push(letters.charAt(state >>> 26));
  }
  // Flat, not a rope: clients would pay for flattening it at the first call.
  return Buffer.from(characters.join(''), 'latin1').toString('latin1');
}

/** An object whose JSON has about `size` bytes: nested, with numbers, texts and a list, as cached records look. */
function record(size: number, seed: number): unknown {
  const tags = Array.from({ length: 8 }, (_, i) => text(8, seed + i));
  const head = {
    id: seed,
    name: text(24, seed),
    price: seed / 100,
    active: seed % 2 === 0,
    tags,
    nested: { a: 1, b: [1, 2, 3] },
  };
  const rest = Math.max(1, size - JSON.stringify(head).length - 12);
  return { ...head, body: text(rest, seed + 99) };
}

function value(workload: Workload, seed: number): unknown {
  if (workload.kind === 'object') return record(workload.size, seed);
  const made = text(workload.size, seed);
  return workload.kind === 'text' ? made : Buffer.from(made, 'latin1');
}

export function makeData(workload: Workload): Data {
  const numbers = Array.from({ length: workload.keys }, (_, i) => i);
  return {
    keys: numbers.map((n) => `bench:${workload.kind}:user:${n}`),
    missing: numbers.map((n) => `bench:${workload.kind}:none:${n}`),
    values: numbers.map((n) => value(workload, n)),
  };
}

/** Is it the same value, byte for byte? */
export function isSame(got: unknown, wanted: unknown): boolean {
  if (wanted instanceof Uint8Array) return got instanceof Uint8Array && Buffer.compare(got, wanted) === 0;
  return typeof wanted === 'string' ? got === wanted : isDeepStrictEqual(got, wanted);
}
