/**
 * `stats slabs`: a group of lines for each slab class that holds or held items, and the sums. Pages and chunks are
 * those that memcached would have for the most items that there were at a time; the store itself has none.
 */
import type { Stat } from '../admin-reply.ts';
import type { Engine } from '../engine.ts';
import { chunkSizes, slabPage } from '../slab-classes.ts';

/** The lines of `stats slabs`. */
export function slabStats({ store }: Engine): Stat[] {
  const lines: Stat[] = [];
  let classes = 0;
  let pages = 0;
  for (const [number, counters] of store.classes.used()) {
    const chunk = chunkSizes[number] as number;
    const perPage = Math.floor(slabPage / chunk);
    const used = counters.items;
    const own = Math.ceil(counters.mostItems / perPage);
    classes++;
    pages += own;
    const put = (name: string, value: number): number => lines.push([`${number}:${name}`, value]);
    put('chunk_size', chunk);
    put('chunks_per_page', perPage);
    put('total_pages', own);
    put('total_chunks', own * perPage);
    put('used_chunks', used);
    put('free_chunks', own * perPage - used);
    put('free_chunks_end', 0);
    for (const name of commandNames) put(name, counters[name]);
  }
  return [...lines, ['active_slabs', classes], ['total_malloced', pages * slabPage]];
}

const commandNames = [
  'get_hits',
  'cmd_set',
  'delete_hits',
  'incr_hits',
  'decr_hits',
  'cas_hits',
  'cas_badval',
  'touch_hits',
] as const;
