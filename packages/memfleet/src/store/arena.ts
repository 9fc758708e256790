/**
 * Items in memory outside the heap of V8, within a bound on their total memory: records, index, large values.
 *
 *   key ─hash─▶ ItemIndex ─position─▶ Records ▶ record ─slot─▶ LargeValues (what is too large for a segment)
 *
 * A record is written in its place when it fits there, else appended. When there is no memory for another segment
 *
 *   clean   if a good part of all records is dead: the live ones of the emptiest segment are appended again, and it is
 *           free; else
 *   evict   the oldest records first. One that was used is kept once more (second chance): it is appended again, or,
 *           where most of a segment was used, the whole segment is treated as new.
 *
 * Both work on one segment at a time. Memory for one more segment is never used for items: the records that are
 * appended meanwhile need it. Where the process itself gets no more memory, items are evicted until a segment is free.
 */
import { ItemIndex, type KeyedRecords } from './item-index.ts';
import { Item, itemSize, longestKey, recordBytes } from './item.ts';
import { largeBytes, LargeValues } from './large-values.ts';
import { OutOfMemoryError } from './memory.ts';
import { Records } from './records.ts';
import { bit, type Segment, unitBytes } from './segment.ts';
import type { Segments } from './segments.ts';
import { SoughtKey } from './sought-key.ts';

/** Decides about items that are in the way. */
export interface Keeper {
  /** Whether it may have a second chance, if it was used. */
  isWorthKeeping(item: Item): boolean;
  /** Whether it may be evicted; where not, what needs its memory fails. */
  mayEvict(item: Item): boolean;
  /** Called before an item is evicted. */
  onEvict(item: Item): void;
}

/** A record larger than this part of a segment has its value elsewhere. */
const largestPart = 16;
/** Records are cleaned up rather than items evicted while at most 17/20 of the records is live. */
const [liveParts, allParts] = [17, 20];
/** The number of mostly used segments that are skipped before an item is evicted. */
const maxRotations = 8;

/** The memory of all items, outside the heap of V8, within a bound in bytes. */
export class Arena implements KeyedRecords {
  readonly #keeper: Keeper;
  readonly #large: LargeValues;
  readonly #records: Records;
  readonly #segments: Segments;
  #index = new ItemIndex();
  /** The index of the flushed items, for a while. */
  #flushed: ItemIndex | undefined;
  #maxBytes: number;
  /** The size of all items, in bytes. */
  #bytes = 0;
  /** Whether memory is being freed: records appended meanwhile take a spare segment or a new one. */
  #isReclaiming = false;
  #rotations = 0;
  /** The item of the last lookup or write. */
  readonly #found: Item;
  /** An item that is moved, evicted or compared. */
  readonly #passing: Item;
  readonly #sought = new SoughtKey();
  /** The length of the longest key that a record can have, in bytes. */
  readonly longestKey: number;

  constructor(maxBytes: number, keeper: Keeper) {
    this.#maxBytes = maxBytes;
    this.#keeper = keeper;
    this.#large = new LargeValues(maxBytes);
    this.#records = new Records(maxBytes, this.#large);
    this.#segments = this.#records.segments;
    this.longestKey = Math.min(longestKey, this.#segments.segmentBytes - unitBytes - recordBytes(0, undefined, 0));
    this.#found = new Item(this.#large);
    this.#passing = new Item(this.#large);
  }

  /** The number of items. */
  get count(): number {
    return this.#index.count;
  }

  /** The size of all items, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The total memory in bytes. */
  get memory(): number {
    return this.#segments.bytes + this.#large.bytes + this.#index.bytes + (this.#flushed?.bytes ?? 0);
  }

  /** The bound. */
  get maxBytes(): number {
    return this.#maxBytes;
  }
  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    try {
      this.#makeRoom(0, 0);
    } catch (error) {
      // Nothing may be evicted: the bound counts for the items to come.
      if (!(error instanceof OutOfMemoryError)) throw error;
    }
  }

  /** The item of a key. The same object is returned for every item: see Item. */
  find(key: string): Item | undefined {
    return this.#index.find(this.#sought.take(key).hash, this) === 0 ? undefined : this.#found;
  }

  /** Implements KeyedRecords. The found item then views the record. */
  isSought(position: number): boolean {
    return this.#records.show(this.#found, position).hasKey(this.#sought);
  }

  /** Whether the key was flushed and not looked up since. */
  takeFlushed(key: string): boolean {
    return this.#flushed?.removeAny(this.#sought.seek(key).hash) === true;
  }

  /** Replaces the value of an item if client flags and length stay the same. False: they do not. */
  overwrite(present: Item, value: string | Uint8Array, flags: number): boolean {
    if (!present.overwrite(value, flags)) return false;
    this.#large.recycle(value);
    return true;
  }

  /**
   * Writes key, client flags and value, in the place of `present` (the result of `find` for the key). All other fields
   * of the record are 0, or unchanged if it was overwritten in place. `value` may not lie in this arena. Throws
   * OutOfMemoryError; `present` is gone then.
   */
  write(present: Item | undefined, key: string, value: string | Uint8Array, flags: number): Item {
    const { length } = value;
    const inPlace = units(recordBytes(key.length, value, flags));
    const isLarge = inPlace * unitBytes * largestPart > this.#segments.segmentBytes;
    const size = itemSize(key.length, length, flags);
    if (present !== undefined) {
      const bytes = this.#bytes + size - present.size;
      if (!isLarge && bytes <= this.#maxBytes && fits(present, inPlace)) {
        this.#bytes = bytes;
        present.setValue(value, flags, undefined);
        this.#large.recycle(value);
        return present;
      }
      this.remove(present);
    }
    const needed = isLarge ? units(recordBytes(key.length, undefined, flags)) : inPlace;
    const sought = this.#sought.seek(key);
    const { hash } = sought;
    this.#makeRoom((isLarge ? largeBytes(value) : 0) + this.#index.growth(hash), size);
    const slot = isLarge ? this.#large.add(value) : undefined;
    if (!this.#index.reserve(hash) || !this.#openFor(needed)) {
      if (slot !== undefined) this.#large.remove(slot);
      throw new OutOfMemoryError(`no memory for an item of ${size} bytes`);
    }
    const item = this.#found;
    this.#records.append(item, needed);
    item.begin(sought, needed);
    item.setValue(value, flags, slot);
    if (!isLarge) this.#large.recycle(value);
    this.#bytes += size;
    this.#index.add(hash, this.#records.positionOf(item));
    return item;
  }

  /**
   * A buffer for a value of this length that is being received and will be written: the buffer is then reused.
   * Undefined where there is no memory for it.
   */
  allocate(length: number): Buffer | undefined {
    return this.#large.allocate(length);
  }

  /** Removes an item. */
  remove(item: Item): void {
    const { segment } = item;
    this.#bytes -= item.size;
    this.#index.remove(item.hash, this.#records.positionOf(item));
    if (item.has(bit.large)) this.#large.remove(item.slot);
    this.#records.kill(item);
    if (segment.live === 0) this.#records.free(segment);
  }

  /**
   * Drops everything. The flushed keys are kept for `takeFlushed`, until `forgetFlushed` or until the memory is needed.
   */
  flush(): void {
    this.#flushed = this.#index.count === 0 ? undefined : this.#index;
    this.#index = new ItemIndex();
    this.#records.clear();
    this.#large.clear();
    this.#bytes = 0;
  }

  forgetFlushed(): void {
    this.#flushed = undefined;
  }

  /** All items: see Records. */
  items(order: 'oldest first' | 'newest first'): IterableIterator<Item> {
    return order === 'newest first' ? this.#records.itemsBackwards() : this.#records.items();
  }

  /** Makes room for a record of `units` units in the head. False: there is no memory for it. */
  #openFor(needed: number): boolean {
    const segments = this.#segments;
    if (this.#isReclaiming || segments.hasRoom(needed)) return this.#openHead(needed);
    this.#records.closeHead();
    this.#isReclaiming = true;
    try {
      while (
        this.count > 0 &&
        !segments.hasSpare &&
        !segments.hasRoom(needed) &&
        this.#isTooMuch(segments.nextBytes(needed))
      )
        this.#reclaim();
      let isOpen = this.#openHead(needed);
      while (!isOpen && this.count > 0) if (this.#evictNext()) isOpen = this.#openHead(needed);
      return isOpen;
    } finally {
      this.#isReclaiming = false;
    }
  }

  #openHead(needed: number): boolean {
    if (this.#segments.hasRoom(needed)) return true;
    this.#records.closeHead();
    return this.#segments.open(needed);
  }

  /** Whether this many more bytes would exceed the bound. */
  #isTooMuch(bytes: number): boolean {
    const reserve = Math.min(this.#segments.nextBytes(0), this.#segments.segmentBytes);
    return this.memory + bytes > Math.max(this.#maxBytes - reserve, this.#maxBytes / 2);
  }

  /**
   * Evicts items, or frees unneeded memory, until there is room for `bytes` beside the segments and an item of `size`.
   */
  #makeRoom(bytes: number, size: number): void {
    this.#isReclaiming = true;
    try {
      while (this.count > 0 && this.#bytes + size > this.#maxBytes) this.#evictNext();
      while (this.count > 0 && this.#isTooMuch(bytes)) this.#reclaim();
    } finally {
      this.#isReclaiming = false;
    }
  }

  /** One step. */
  #reclaim(): void {
    if (this.#flushed !== undefined) this.#flushed = undefined;
    else if (this.#segments.hasSpare) this.#segments.dropSpare();
    else if (!this.#records.areSparse(liveParts, allParts) || !this.#clean()) this.#evictNext();
  }

  /** False: no segment has dead records to clean, or there is no memory for the live ones. */
  #clean(): boolean {
    const segment = this.#segments.emptiest();
    if (segment === undefined || segment.live * allParts > segment.end * liveParts) return false;
    const item = this.#passing;
    for (let unit = segment.hand; unit < segment.end;) {
      const next = unit + item.at(segment, unit).units;
      if (item.has(bit.live) && !this.#move(item)) return false;
      unit = next;
    }
    this.#records.free(segment);
    return true;
  }

  /** One step towards the next eviction, or the eviction. True: a segment was freed. */
  #evictNext(): boolean {
    const segment = this.#segments.oldest as Segment;
    const isHead = segment === this.#segments.head;
    if (segment.hand === segment.end) {
      this.#records.free(segment);
      return true;
    }
    if (!isHead && segment.hand === 0 && this.#rotations < maxRotations && this.#passBy(segment)) {
      this.#rotations++;
      return false;
    }
    const item = this.#passing.at(segment, segment.hand);
    segment.hand += item.units;
    if (!item.has(bit.live)) return false;
    if (item.has(bit.used) && segment.kept * 2 < segment.size && this.#keeper.isWorthKeeping(item)) {
      segment.kept += item.units;
      item.mark(bit.used, false);
      if (this.#move(item)) return false;
    }
    this.#rotations = 0;
    if (!this.#keeper.mayEvict(item)) {
      segment.hand -= item.units;
      throw new OutOfMemoryError('no memory, and no item may be evicted');
    }
    this.#keeper.onEvict(item);
    this.remove(item);
    return segment.end === 0;
  }

  /** Treats a segment as new if most of it was used. Its records must be used again before the next time. */
  #passBy(segment: Segment): boolean {
    const item = this.#passing;
    let used = 0;
    for (let unit = 0; unit < segment.end; unit += item.units)
      if (item.at(segment, unit).has(bit.live) && item.has(bit.used)) used += item.units;
    if (used * 2 <= segment.live) return false;
    for (let unit = 0; unit < segment.end; unit += item.units) item.at(segment, unit).mark(bit.used, false);
    this.#segments.rotate();
    return true;
  }

  /** Appends a record again, and leaves `item` at the new one. False: there is no memory for it. */
  #move(item: Item): boolean {
    if (!this.#openFor(item.units)) return false;
    const from = this.#records.positionOf(item);
    this.#records.move(item);
    this.#index.move(item.hash, from, this.#records.positionOf(item));
    return true;
  }
}

/** The units of a record of this many bytes. */
function units(bytes: number): number {
  return Math.ceil(bytes / unitBytes);
}

/** Whether a value is written over the old one: not if it would leave most of the record empty. */
function fits(present: Item, needed: number): boolean {
  return !present.has(bit.large) && needed <= present.units && needed * 2 >= present.units;
}
