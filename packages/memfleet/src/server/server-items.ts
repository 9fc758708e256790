/** The items of a server on their way into a snapshot and back. */
import { latin1Of, latin1Write } from '../base/bytes.ts';
import type { SnapshotItem } from '../snapshot/format.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { Item } from '../store/item.ts';
import { OutOfMemoryError } from '../store/memory.ts';

/**
 * All items that have not expired, those first that were not used for longest. A value is valid until the next item is
 * taken.
 */
export function* savedItems(store: ItemStore): Generator<SnapshotItem, void, undefined> {
  const now = store.tick();
  const ahead = store.options.clock.unixSeconds() - now;
  for (const item of store.items()) {
    const { key: text, exptime } = item;
    if (item.isExpired(now)) continue;
    const key = Buffer.allocUnsafe(text.length);
    latin1Write(key, text, 0);
    const { value, flags, cas, isBase64 } = item;
    yield { key, value, flags, exptime: exptime === 0 ? 0 : exptime + ahead, cas, isBase64 };
  }
}

/**
 * Stores an item of a snapshot with its expiry time and its cas. False: it has expired, is too large here, or there is
 * no memory for it.
 */
export function restoreItem(store: ItemStore, item: SnapshotItem): boolean {
  const now = store.tick();
  const exptime = item.exptime === 0 ? 0 : item.exptime - store.options.clock.unixSeconds() + now;
  const key = latin1Of(item.key);
  if ((exptime !== 0 && exptime <= now) || !store.fits(key, item.value.length, item.flags)) return false;
  let stored: Item;
  try {
    stored = store.put(store.find(key, now), key, item.value, item.flags, exptime, now);
  } catch (error) {
    if (error instanceof OutOfMemoryError) return false;
    throw error;
  }
  stored.isBase64 = item.isBase64;
  if (item.cas !== 0n && store.options.hasCas) store.recas(stored, item.cas, true);
  return true;
}
