/**
 * Lists of items: `stats cachedump` and `lru_crawler metadump` (memcached 1.6.18 `item_cachedump`,
 * `crawler_metadump_eval`).
 */
import { clientError, type AdminReply } from './admin-reply.ts';
import type { ItemStore } from './item-store.ts';
import type { Item } from './item.ts';
import { classOf, maxClasses } from './slab-classes.ts';
import { unsignedWord } from './words.ts';

/** The maximum size of the reply to `stats cachedump`, in bytes. */
const cacheDumpLimit = 2 * 1024 * 1024;

/** `stats cachedump CLASS LIMIT`: the items of a class, those stored last first; limit 0 = all. */
export function cacheDump(store: ItemStore, words: readonly string[]): AdminReply {
  if (words.length < 2) return clientError('bad command line');
  const number = unsignedWord(words[0]);
  const limit = unsignedWord(words[1]);
  if (number === undefined || limit === undefined) return clientError('bad command line format');
  if (number >= maxClasses) return clientError('Illegal slab id');
  return { lines: cachedItems(store, number, limit) };
}

const lineEnd = /[\r\n]/;

function* cachedItems(store: ItemStore, number: number, limit: number): Iterable<string> {
  let left = store.classes.numbered(number)?.items ?? 0;
  if (limit > 0) left = Math.min(left, limit);
  let bytes = 0;
  for (const item of store.items('newest first')) {
    if (left === 0) return;
    if (classOf(item.size) !== number) continue;
    left--;
    // A key that was stored in base64, or by the binary protocol, may contain any byte: a line end in it would end the
    // line.
    if (item.isBase64 || lineEnd.test(item.key)) continue;
    const line = `ITEM ${item.key} [${item.length} b; ${item.exptime} s]\r\n`;
    bytes += line.length;
    if (bytes > cacheDumpLimit) return;
    yield line;
  }
}

/**
 * The lines of `lru_crawler metadump`: every item of these classes that is not expired; undefined = of all. The key is
 * escaped as in a URL.
 */
export function* dumpedItems(store: ItemStore, classes: ReadonlySet<number> | undefined): Iterable<string> {
  const now = store.tick();
  for (const item of store.items()) {
    if (item.isExpired(now)) continue;
    const number = classOf(item.size);
    if (classes === undefined || classes.has(number)) yield dumpLine(item, number);
  }
}

function dumpLine(item: Item, number: number): string {
  const expires = item.exptime === 0 ? -1 : item.exptime;
  const fetched = item.isFetched ? 'yes' : 'no';
  const head = `key=${escaped(item.key)} exp=${expires} la=${item.accessed} cas=${item.cas}`;
  return `${head} fetch=${fetched} cls=${number} size=${item.size}\n`;
}

/** Every byte but letters, digits and `-._~` as `%XX` (memcached `uriencode`). */
export function escaped(key: string): string {
  return key.replaceAll(/[^\w.~-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
