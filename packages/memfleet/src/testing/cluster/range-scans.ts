/**
 * The range scans that are open on one copy of a vBucket:
 *
 *   create ─▶ snapshot: the items of the range, sorted by key ─▶ id
 *   continue ─▶ the next ones, until a limit ─▶ more, or complete: the scan is closed
 *   cancel, the copy is no longer active, the time is over ─▶ closed
 */
import type { RandomBytes } from '../../base/chance.ts';
import type { KeyRange, ScannedItem } from '../../protocol/binary/range-scan.ts';
import { randomOf } from '../faults/random.ts';

/** How long a scan may exist, in ms (kv_engine `range_scan_max_lifetime`). */
const maxLifetime = 180_000;

/** The items that a scan takes. */
export interface ScanWish {
  readonly range: KeyRange;
  readonly keysOnly: boolean;
  /** The id of the collection. */
  readonly collection: number;
  /** About so many items at random; undefined = all. */
  readonly samples: number | undefined;
  readonly seed: number;
}

/** One open scan. */
export interface RangeScan {
  readonly collection: number;
  readonly keysOnly: boolean;
  readonly items: readonly ScannedItem[];
  /** The number of items that were returned so far. */
  next: number;
  /** When it was made: ms on the clock. */
  readonly since: number;
}

/** The open scans of a copy. */
export class RangeScans {
  /** By id, a byte string. */
  readonly #scans = new Map<string, RangeScan>();
  readonly #randomBytes: RandomBytes;

  /** `randomBytes`: for the ids. */
  constructor(randomBytes: RandomBytes) {
    this.#randomBytes = randomBytes;
  }

  /** Opens a scan over these items of the range. Undefined: there are none. Returns the id, a byte string. */
  open(items: ScannedItem[], wish: ScanWish, now: number): string | undefined {
    items.sort((one, other) => (one.key < other.key ? -1 : 1));
    const taken = sampled(items, wish);
    if (taken.length === 0) return undefined;
    const id = this.#randomBytes(16).toString('latin1');
    const { collection, keysOnly } = wish;
    this.#scans.set(id, { collection, keysOnly, items: taken, next: 0, since: now });
    return id;
  }

  find(id: string, now: number): RangeScan | undefined {
    const scan = this.#scans.get(id);
    if (scan === undefined || now - scan.since < maxLifetime) return scan;
    this.#scans.delete(id);
    return undefined;
  }

  /** False: there is no such scan. */
  close(id: string): boolean {
    return this.#scans.delete(id);
  }

  closeAll(): void {
    this.#scans.clear();
  }
}

/** Whether a key is in a range. */
export function isIn({ start, isAfterStart, end, isBeforeEnd }: KeyRange, key: string): boolean {
  return (isAfterStart ? key > start : key >= start) && (isBeforeEnd ? key < end : key <= end);
}

/** Each item with the same probability, as kv_engine does: not exactly as many as wished. */
function sampled(items: readonly ScannedItem[], { samples, seed }: ScanWish): readonly ScannedItem[] {
  if (samples === undefined || samples >= items.length) return items;
  const random = randomOf(seed);
  return items.filter(() => random() < samples / items.length);
}
