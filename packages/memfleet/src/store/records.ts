/**
 * The records of all items, appended to segments, and how much of them is live.
 *
 *   append ─▶ head ▓▓▓▓· … closed ▓░▓▓ ─ kill ─▶ ░░░░ ─ free ─▶ the next head, or freed
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

  /** Whether less than this share of all records is live. */
  areSparse(parts: number, of: number): boolean {
    return this.#live * of <= this.#units * parts;
  }

  /** The position of a record, as a number of 32 bits. */
  positionOf(item: Item): number {
    return this.segments.position(item.segment, item.unit);
  }

  /** Moves an item to the record at a position. */
  show(item: Item, position: number): Item {
    return item.at(this.segments.at(position), this.segments.unit(position));
  }

  /** Moves an item to the free room at the end of the head. */
  append(item: Item, units: number): void {
    const head = this.segments.head as Segment;
    item.at(head, head.end);
    head.end += units;
    head.live += units;
    this.#units += units;
    this.#live += units;
  }

  /**
   * Copies a record to the end of the head, kills the old one, and moves the item to the new one.
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

  /** Closes the head. */
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
   * All items, the oldest record first, in ONE object. Items that are added, removed or changed meanwhile may occur
   * once, twice or not at all.
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
      // A record does not contain the start of the one before it.
      const places: number[] = [];
      for (let unit = segment.hand; unit < segment.end; unit += item.at(segment, unit).units) places.push(unit);
      for (const unit of places.toReversed()) {
        if (segment.generation !== generation) break;
        if (item.at(segment, unit).has(bit.live)) yield item;
      }
    }
  }
}
