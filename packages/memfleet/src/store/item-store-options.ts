/** The options of a store of items. */
import { type Clock, systemClock } from '../base/clock.ts';

/** Bounds of a store. */
export interface ItemStoreOptions {
  /** The memory of all items in bytes, including their index. @default 67 108 864 */
  readonly maxBytes: number;
  /** The maximum size of one item in bytes, as memcached's `-I`. Not more than `maxBytes`. @default 1 048 576 */
  readonly maxItemSize: number;
  /** False: a store for which there is no memory fails, and no item is evicted. @default true */
  readonly evicts: boolean;
  /** False: the cas of every item is 0. @default true */
  readonly hasCas: boolean;
  /** @default the system's */
  readonly clock: Clock;
}

/** The defaults of `ItemStoreOptions`. */
export const itemStoreDefaults: ItemStoreOptions = Object.freeze({
  maxBytes: 64 * 1024 * 1024,
  maxItemSize: 1024 * 1024,
  evicts: true,
  hasCas: true,
  clock: systemClock,
});
