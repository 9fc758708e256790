/**
 * The position of the record of each key: an open hash table of pairs, in memory outside the heap of V8.
 *
 *   hash ─first 6 bits─▶ shard ─last bits─▶ pair ▶ pair ▶ …     a pair: the position of a record (0 = free), its hash
 *
 * A shard doubles when it is two thirds full, so a pair takes 12 to 24 bytes. 64 shards: one that doubles moves a 64th
 * of the pairs, so no call waits for all of them. A removed pair leaves no mark: pairs that it displaced move back.
 */

import { memoryOf } from './memory.ts';

/** Whether the record at a position has the key of the lookup. */
export interface KeyedRecords {
  isSought(position: number): boolean;
}

const shardBits = 6;
const shardShift = 32 - shardBits;
const shards = 1 << shardBits;
const smallest = 8;
const pairBytes = 8;
const none = new Uint32Array(0);

/** Finds the position of a record by the hash of its key. */
export class ItemIndex {
  readonly #shards: (Uint32Array | undefined)[] = Array.from({ length: shards });
  readonly #counts: number[] = Array.from({ length: shards }, () => 0);
  #bytes = 0;
  #count = 0;

  /** The number of pairs. */
  get count(): number {
    return this.#count;
  }

  /** Its memory in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The position of the record of the key of the lookup, which has this hash; 0 = there is none. */
  find(hash: number, records: KeyedRecords): number {
    const pairs = this.#shards[hash >>> shardShift];
    if (pairs === undefined) return 0;
    const last = pairs.length - 1;
    for (let at = (hash << 1) & last; ; at = (at + 2) & last) {
      const position = pairs[at] as number;
      if (position === 0) return 0;
      if (pairs[at + 1] === hash && records.isSought(position)) return position;
    }
  }

  /** The growth in bytes when a pair with this hash is added. */
  growth(hash: number): number {
    const number = hash >>> shardShift;
    const { length } = this.#shards[number] ?? none;
    if (length === 0) return smallest * pairBytes;
    return isFull(this.#counts[number]! + 1, length) ? (length / 2) * pairBytes : 0;
  }

  /** Makes room for a pair with this hash. False: there is no memory for it. */
  reserve(hash: number): boolean {
    const number = hash >>> shardShift;
    const { length } = this.#shards[number] ?? none;
    return !isFull(this.#counts[number]! + 1, length) || this.#grow(number);
  }

  /** Adds a new pair, for which room was made. */
  add(hash: number, position: number): void {
    const number = hash >>> shardShift;
    this.#counts[number]!++;
    this.#count++;
    put(this.#shards[number] as Uint32Array, hash, position);
  }

  /** The record at a position has moved to another. */
  move(hash: number, from: number, to: number): void {
    const pairs = this.#shards[hash >>> shardShift] as Uint32Array;
    pairs[slotOf(pairs, hash, from)] = to;
  }

  /** Removes the pair of a record. */
  remove(hash: number, position: number): void {
    const pairs = this.#shards[hash >>> shardShift] as Uint32Array;
    this.#take(pairs, hash, slotOf(pairs, hash, position));
  }

  /** Removes a pair of this hash, at any position. False: there is none. */
  removeAny(hash: number): boolean {
    const pairs = this.#shards[hash >>> shardShift];
    if (pairs === undefined) return false;
    const last = pairs.length - 1;
    let at = (hash << 1) & last;
    while (pairs[at] !== 0 && pairs[at + 1] !== hash) at = (at + 2) & last;
    if (pairs[at] === 0) return false;
    this.#take(pairs, hash, at);
    return true;
  }

  #take(pairs: Uint32Array, hash: number, slot: number): void {
    this.#counts[hash >>> shardShift]!--;
    this.#count--;
    const last = pairs.length - 1;
    let free = slot;
    for (let at = (free + 2) & last; pairs[at] !== 0; at = (at + 2) & last) {
      const home = ((pairs[at + 1] as number) << 1) & last;
      // It may move to the free place unless that is before its home, with wrap-around.
      if (((at - home) & last) < ((at - free) & last)) continue;
      pairs[free] = pairs[at] as number;
      pairs[free + 1] = pairs[at + 1] as number;
      free = at;
    }
    pairs[free] = 0;
  }

  #grow(number: number): boolean {
    const old = this.#shards[number] ?? none;
    const memory = memoryOf(Math.max(smallest * pairBytes, old.byteLength * 2));
    if (memory === undefined) return false;
    const pairs = new Uint32Array(memory.fill(0).buffer);
    this.#shards[number] = pairs;
    this.#bytes += pairs.byteLength - old.byteLength;
    for (let at = 0; at < old.length; at += 2) if (old[at] !== 0) put(pairs, old[at + 1]!, old[at]!);
    return true;
  }
}

/** Whether this many pairs would be more than two thirds of a shard of this length. */
function isFull(count: number, length: number): boolean {
  return count * 3 > length;
}

function put(pairs: Uint32Array, hash: number, position: number): void {
  const last = pairs.length - 1;
  let at = (hash << 1) & last;
  while (pairs[at] !== 0) at = (at + 2) & last;
  pairs[at] = position;
  pairs[at + 1] = hash;
}

function slotOf(pairs: Uint32Array, hash: number, position: number): number {
  const last = pairs.length - 1;
  let at = (hash << 1) & last;
  while (pairs[at] !== position) at = (at + 2) & last;
  return at;
}
