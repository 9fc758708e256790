/** `stats sizes`. See `size-histogram.ts`. */
import type { Stat } from '../admin-reply.ts';
import type { Engine } from '../engine.ts';

/** The lines of `stats sizes`. */
export function sizeStats({ store }: Engine): Stat[] {
  if (store.sizes === undefined) return [['sizes_status', 'disabled']];
  return store.sizes.counts().map(([size, count]): Stat => [String(size), count]);
}
