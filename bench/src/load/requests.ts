/**
 * Everything that a connection will ever send, as Buffers that are made before the clock runs, and what must come back.
 */
import type { LoadWorkload } from './workload.ts';

/** Bytes to send, and the answer. All answers of a workload have the same length. */
export interface Exchange {
  readonly request: Buffer;
  readonly reply: Buffer;
}

/** So many different requests; connections go through them in turn, each from another place. */
const variety = 1024;
/** Keys that are not all alike need more of them, or the rare ones would never come. */
const zipfVariety = 32_768;

const keyOf = (n: number): string => `memfleet:bench:${String(n).padStart(8, '0')}`;

function valueOf(n: number, size: number): string {
  return keyOf(n)
    .repeat(Math.ceil(size / 23))
    .slice(0, size);
}

/** A pseudo-random sequence that is the same in every run, 0 ≤ x < 1 (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws the numbers of keys. */
function drawing({ keys, zipf }: LoadWorkload): () => number {
  const random = chance(20_260);
  if (!zipf) return () => Math.floor(random() * keys);
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let n = 0; n < keys; n++) sums[n] = sum += 1 / (n + 1);
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const setText = (n: number, size: number): string => `set ${keyOf(n)} 0 0 ${size}\r\n${valueOf(n, size)}\r\n`;
const valueText = (n: number, size: number): string => `VALUE ${keyOf(n)} 0 ${size}\r\n${valueOf(n, size)}\r\n`;

function command(workload: LoadWorkload, draw: () => number): [request: string, reply: string] {
  const { operation, size, batch } = workload;
  if (operation === 'set') return [setText(draw(), size), 'STORED\r\n'];
  const numbers = Array.from({ length: batch }, draw);
  return [`get ${numbers.map(keyOf).join(' ')}\r\n`, `${numbers.map((n) => valueText(n, size)).join('')}END\r\n`];
}

const bytes = (texts: readonly string[]): Buffer => Buffer.from(texts.join(''), 'latin1');

/** All requests of a workload. */
export function makeExchanges(workload: LoadWorkload): Exchange[] {
  const draw = drawing(workload);
  const count = Math.ceil((workload.zipf ? zipfVariety : variety) / workload.depth);
  return Array.from({ length: count }, () => {
    const commands = Array.from({ length: workload.depth }, () => command(workload, draw));
    return { request: bytes(commands.map(([request]) => request)), reply: bytes(commands.map(([, reply]) => reply)) };
  });
}

/** Stores every key: so many sets in a piece. */
export function makeFilling({ keys, size }: LoadWorkload): Exchange[] {
  const piece = Math.max(1, Math.floor(65_536 / (size + 64)));
  return Array.from({ length: Math.ceil(keys / piece) }, (_, i) => {
    const numbers = Array.from({ length: Math.min(piece, keys - i * piece) }, (__, j) => i * piece + j);
    return { request: bytes(numbers.map((n) => setText(n, size))), reply: bytes(numbers.map(() => 'STORED\r\n')) };
  });
}
