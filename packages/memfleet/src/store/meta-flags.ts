import type { Command } from '../core/command.ts';
import type { MetaFlags } from '../core/meta-flags.ts';
import type { Reply } from '../core/reply.ts';
import type { ItemStore } from './item-store.ts';
import type { Item } from './item.ts';

/**
 * The flags of mg and ma that act on an item's lifetime or tell it, one after the other as they stand: a `t` before `T`
 * tells the ttl that was, a `t` before the `N` that made the item tells −1 (memcached 1.6.18). `isMade`: the item was
 * made by this command.
 */
export function applyLifetime(
  store: ItemStore,
  reply: Reply,
  item: Item,
  command: Command,
  meta: MetaFlags,
  now: number,
  isMade: boolean,
): void {
  for (const token of meta.tokens) {
    switch (token.charAt(0)) {
      case 't':
        reply.ttl = item.ttl(now);
        break;
      case 'T':
        if (command.touch) item.exptime = store.expiresAt(command.exptime, now);
        break;
      case 'N':
        if (isMade && meta.vivify !== undefined) item.exptime = store.expiresAt(meta.vivify, now);
        break;
      case 'R':
        if (isMade || item.isTokenSent || item.exptime === 0 || meta.recache === undefined) break;
        if (item.exptime < store.expiresAt(meta.recache, now)) reply.won = true;
        break;
      default:
    }
  }
}
