/** Numbers that look random and are the same for the same seed. */
import type { Random } from '../../base/chance.ts';

/** A number of a name (FNV-1a over its UTF-16 units). */
function numberOf(name: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x0100_0193);
  return hash;
}

/** A source of numbers: `stream` numbers or names the independent sources of one seed (mulberry32). */
export function randomOf(seed: number, stream: number | string = 0): Random {
  const number = typeof stream === 'number' ? stream : numberOf(stream);
  let state = (seed ^ Math.imul(number, 0x9e37_79b9)) | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
