/**
 * The records of all items, appended to segments, and how much of them is live.
 *
 *   append ─▶ head ▓▓▓▓· … closed ▓░▓▓ ─ kill ─▶ ░░░░ ─ free ─▶ the next head, or given back
 */
import { Item } from './item.ts';
import type { LargeValues } from './large-values.ts';
import { bit, type Segment, unitBytes } from './segment.ts';
import { Segments } from './segments.ts';

/** The records of all items in their segments, live and dead. */
export class Records {
  readonly segments: Segments;
  readonly #large: LargeValues;
  #units = 0;
  #live = 0;

  constructor(maxBytes: number, large: LargeValues) {
    this.segments = new Segments(maxBytes);
    this.#large = large;
  }

  /** Is less than this share of all records live? */
  areSparse(parts: number, of: number): boolean {
    return this.#live * of <= this.#units * parts;
  }

  /** Where a record is, as a number of 32 bits. */
  positionOf(item: Item): number {
    return this.segments.position(item.segment, item.unit);
  }

  /** Lets an item look at the record at a position. */
  show(item: Item, position: number): Item {
    return item.at(this.segments.at(position), this.segments.unit(position));
  }

  /** Lets an item look at the room for a record at the end of the head, which has it. */
  append(item: Item, units: number): void {
    const head = this.segments.head as Segment;
    item.at(head, head.end);
    head.end += units;
    head.live += units;
    this.#units += units;
    this.#live += units;
  }

  /**
   * Copies a record into the room for it at the end of the head, kills it where it was, and leaves the item at the new
   * one.
   */
  move(item: Item): void {
    const { segment, unit, units } = item;
    this.kill(item);
    this.append(item, units);
    const from = unit * unitBytes;
    segment.bytes.copy(item.segment.bytes, item.unit * unitBytes, from, from + units * unitBytes);
    item.mark(bit.live, true);
  }

  kill(item: Item): void {
    item.mark(bit.live, false);
    item.segment.live -= item.units;
    this.#live -= item.units;
  }

  /** Gives back a segment without live records. */
  free(segment: Segment): void {
    this.#units -= segment.end;
    this.segments.free(segment);
  }

  /** Nothing is appended to the head any more. */
  closeHead(): void {
    const { head } = this.segments;
    this.segments.close();
    if (head?.live === 0) this.free(head);
  }

  clear(): void {
    this.segments.clear();
    this.#units = 0;
    this.#live = 0;
  }

  /**
   * All items, the oldest record first, in ONE object. Those that come, go or change meanwhile may be among them, twice
   * or not at all.
   */
  *items(): IterableIterator<Item> {
    const item = new Item(this.#large);
    for (const segment of this.segments.list()) {
      const { generation } = segment;
      for (let unit = segment.hand; segment.generation === generation && unit < segment.end;) {
        item.at(segment, unit);
        unit += item.units;
        if (item.has(bit.live)) yield item;
      }
    }
  }

  /** The same, the newest record first. */
  *itemsBackwards(): IterableIterator<Item> {
    const item = new Item(this.#large);
    for (const segment of this.segments.list().toReversed()) {
      const { generation } = segment;
      // A record does not tell where the one before it begins.
      const places: number[] = [];
      for (let unit = segment.hand; unit < segment.end; unit += item.at(segment, unit).units) places.push(unit);
      for (const unit of places.toReversed()) {
        if (segment.generation !== generation) break;
        if (item.at(segment, unit).has(bit.live)) yield item;
      }
    }
  }
}
