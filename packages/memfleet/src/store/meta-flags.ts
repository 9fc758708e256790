import type { Command } from '../core/command.ts';
import type { MetaFlags } from '../core/meta-flags.ts';
import type { Reply } from '../core/reply.ts';
import type { ItemStore } from './item-store.ts';
import type { Item } from './item.ts';

/** A time that the same request has set to the past, which memcached shows as a number of 32 bits. */
function shown(ttl: number): number {
  return ttl < -1 ? ttl >>> 0 : ttl;
}

/**
 * Applies the flags of mg and ma that change or return an item's lifetime, in their order: a `t` before `T` returns the
 * old ttl, a `t` before the `N` that created the item returns −1 (memcached 1.6.18). `isMade`: the item was made by
 * this command.
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
        reply.ttl = shown(item.ttl(now));
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
