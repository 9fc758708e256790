/**
 * The segments of a store: records are appended to the newest, the head; memory is freed by segments.
 *
 *   oldest ▓▓░▓ │ ▓▓▓▓ │ ▓░▓▓ │ … │ ▓▓▓· head        ▓ live  ░ dead  · free
 *
 * A position is a number of 32 bits that names the unit of a record in all segments. The first segments are small, each
 * an eighth of all before it, so that a store of few items is cheap.
 */
import { memoryOf } from './memory.ts';
import { Segment, unitBytes } from './segment.ts';

/** The size of a segment: small enough to be emptied in a millisecond or two. */
const largestSegment = 1024 * 1024;
const smallestSegment = 1024;
/** The number of segments of a store; a very large store has more. */
const parts = 32;
/** The maximum number of segments that positions can address: 32 GB. */
const positions = 2 ** 32;
const firstUnits = 256;
/** The first segments are this part of all before them. */
const growth = 1 / 8;

/** The segments of a store, from the oldest to the one that is appended to. */
export class Segments {
  /** The size in bytes of a segment that is not one of the first. */
  readonly segmentBytes: number;
  readonly #shift: number;
  /** Closed ones, the oldest first. */
  readonly #closed: Segment[] = [];
  #head: Segment | undefined;
  /** An empty segment that will be the next head. */
  #spare: Segment | undefined;
  /** By number; there is no number 0, so no record is at position 0. */
  #all: (Segment | undefined)[] = [undefined];
  readonly #freeNumbers: number[] = [];
  #bytes = 0;
  /** Whether the process got no memory for the last segment: none is then freed. */
  #isShort = false;

  constructor(maxBytes: number) {
    const wanted = 2 ** Math.floor(Math.log2(maxBytes / parts));
    this.segmentBytes = Math.max(smallestSegment, Math.min(largestSegment, wanted));
    this.#shift = Math.log2(this.segmentBytes / unitBytes);
  }

  /** Their memory in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get head(): Segment | undefined {
    return this.#head;
  }

  get hasSpare(): boolean {
    return this.#spare !== undefined;
  }

  /** The segment whose records were written first. */
  get oldest(): Segment | undefined {
    return this.#closed[0] ?? this.#head;
  }

  /** All segments with records, the oldest first. */
  list(): readonly Segment[] {
    return this.#head === undefined ? [...this.#closed] : [...this.#closed, this.#head];
  }

  /** Whether the head has room for this many units. */
  hasRoom(units: number): boolean {
    const head = this.#head;
    return head !== undefined && head.end + units <= head.size;
  }

  position(segment: Segment, unit: number): number {
    return segment.id * 2 ** this.#shift + unit;
  }

  /** The segment of a position. */
  at(position: number): Segment {
    return this.#all[position >>> this.#shift] as Segment;
  }

  /** The unit of a position in its segment. */
  unit(position: number): number {
    return position & ((1 << this.#shift) - 1);
  }

  /** Closes the head. */
  close(): void {
    if (this.#head !== undefined) this.#closed.push(this.#head);
    this.#head = undefined;
  }

  /** The size in bytes of the next segment; Infinity when there can be none. */
  nextBytes(units: number): number {
    if (this.#freeNumbers.length === 0 && this.#all.length * 2 ** this.#shift >= positions) return Infinity;
    return this.#nextUnits(units) * unitBytes;
  }

  /** Begins another head, of the spare segment if there is one. False: there is no memory for it. */
  open(units: number): boolean {
    if (this.#spare !== undefined && this.#spare.size < units) this.dropSpare();
    this.#head = this.#spare ?? this.#make(this.#nextUnits(units));
    this.#spare = undefined;
    return this.#head !== undefined;
  }

  /** Frees a segment without live records. */
  free(segment: Segment): void {
    segment.empty();
    if (segment === this.#head) return;
    const at = this.#closed.indexOf(segment);
    if (at >= 0) this.#closed.splice(at, 1);
    const isWorthKeeping = this.#isShort || segment.size * unitBytes === this.segmentBytes;
    if (this.#spare === undefined && isWorthKeeping) this.#spare = segment;
    else this.#drop(segment);
  }

  /** Frees the memory of the spare segment. */
  dropSpare(): void {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) this.#drop(spare);
  }

  /** Makes the oldest the newest of the closed ones. */
  rotate(): void {
    const oldest = this.#closed.shift();
    if (oldest !== undefined) this.#closed.push(oldest);
  }

  /** The closed segment with the smallest share of live records. */
  emptiest(): Segment | undefined {
    let found: Segment | undefined;
    for (const segment of this.#closed)
      if (found === undefined || segment.live * found.end < found.live * segment.end) found = segment;
    return found;
  }

  /** Frees everything. */
  clear(): void {
    for (const segment of this.#all) segment?.empty();
    this.#all = [undefined];
    this.#freeNumbers.length = 0;
    this.#closed.length = 0;
    this.#head = undefined;
    this.#spare = undefined;
    this.#bytes = 0;
  }

  #nextUnits(units: number): number {
    const grown = Math.max(firstUnits, Math.floor((this.#bytes / unitBytes) * growth), units);
    return Math.min(this.segmentBytes / unitBytes, grown);
  }

  #make(units: number): Segment | undefined {
    const number = this.#freeNumbers.at(-1) ?? this.#all.length;
    const memory = memoryOf(units * unitBytes);
    this.#isShort = memory === undefined;
    if (memory === undefined) return undefined;
    const segment = new Segment(number, memory);
    this.#freeNumbers.pop();
    this.#all[number] = segment;
    this.#bytes += units * unitBytes;
    return segment;
  }

  #drop(segment: Segment): void {
    this.#all[segment.id] = undefined;
    this.#freeNumbers.push(segment.id);
    this.#bytes -= segment.size * unitBytes;
  }
}
