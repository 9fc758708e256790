/** What a page of the shops shows: one part that all pages have, and products drawn by Zipf's law. */
import type { Random } from '../random.ts';
import { Zipf } from '../zipf.ts';

/** A part of a page: its key, its size in bytes, and the seconds for which it is fresh. */
export interface Part {
  readonly key: string;
  readonly size: number;
  readonly ttl: number;
}

const products = { count: 60, shown: 3, size: 1000, ttl: 30 } as const;
/** It expires while everybody asks for it. */
const hot = { size: 2000, ttl: 2 } as const;

const law = new Zipf(products.count);

/** The parts of the next page. */
export function drawPage(prefix: string, hotKey: string, random: Random): Part[] {
  return [{ key: hotKey, ...hot }, ...law.drawSome(products.shown, random).map((rank) => product(prefix, rank))];
}

/** The part that somebody edits next; every second time the hot one. */
export function drawEdit(prefix: string, hotKey: string, random: Random): string {
  return random() < 0.5 ? hotKey : product(prefix, law.draw(random)).key;
}

/** A key for the hot part that a node serves. `nodeOf`: where a key goes. */
export function hotKeyOn(node: string, prefix: string, nodeOf: (key: string) => string | undefined): string {
  const keys = Array.from({ length: 200 }, (_, at) => `${prefix}front:${at}`);
  return keys.find((key) => nodeOf(key) === node) ?? (keys[0] as string);
}

function product(prefix: string, rank: number): Part {
  return { key: `${prefix}product:${rank}`, size: products.size, ttl: products.ttl };
}
