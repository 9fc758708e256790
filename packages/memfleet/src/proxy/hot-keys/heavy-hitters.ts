/**
 * The most frequent keys of a stream in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi, 2005).
 *
 *   heap by count:   rarest ─ … ─ most frequent          a known key: its count grows
 *                      ▲                                 an unknown key: takes the place of the rarest, and its count,
 *                      └── replaced                      which is the error of the new one
 *
 * A key is in the table if its share of the stream is above 1 / capacity. `count - error` is never above the truth,
 * and `count` never below it.
 */
import { ownKey, type OwnedKey, type OwnedKeyMap } from '../../base/bytes.ts';

/** A key of the table. */
interface Entry {
  key: OwnedKey;
  count: number;
  /** What the count may be too high by. */
  error: number;
  /** The place in the heap. */
  at: number;
}

/** Counts the most frequent keys. */
export class HeavyHitters {
  readonly #capacity: number;
  readonly #entries: OwnedKeyMap<Entry> = new Map<OwnedKey, Entry>();
  /** No parent is above its children; the rarest key is the first. */
  readonly #heap: Entry[] = [];

  /** `capacity`: the number of keys that are kept, at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Counts `weight` occurrences of a key. The key may be borrowed. */
  add(key: string, weight: number): void {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.count += weight;
      this.#sink(known);
    } else if (this.#heap.length < this.#capacity) this.#append(ownKey(key), weight);
    else this.#replaceFirst(ownKey(key), weight);
  }

  /** Each key with the occurrences that are certain. */
  *counts(): Generator<readonly [key: OwnedKey, certain: number]> {
    for (const { key, count, error } of this.#heap) yield [key, count - error];
  }

  #append(key: OwnedKey, count: number): void {
    const entry: Entry = { key, count, error: 0, at: this.#heap.length };
    this.#entries.set(key, entry);
    this.#heap.push(entry);
    this.#rise(entry);
  }

  #replaceFirst(key: OwnedKey, weight: number): void {
    const entry = this.#heap[0] as Entry;
    this.#entries.delete(entry.key);
    entry.key = key;
    entry.error = entry.count;
    entry.count += weight;
    this.#entries.set(key, entry);
    this.#sink(entry);
  }

  #rise(entry: Entry): void {
    while (entry.at > 0) {
      const parent = this.#heap[(entry.at - 1) >> 1] as Entry;
      if (parent.count <= entry.count) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[entry.at * 2 + 1];
      const right = this.#heap[entry.at * 2 + 2];
      const rarer = right !== undefined && left !== undefined && right.count < left.count ? right : left;
      if (rarer === undefined || rarer.count >= entry.count) return;
      this.#swap(entry, rarer);
    }
  }

  #swap(one: Entry, other: Entry): void {
    const { at } = one;
    one.at = other.at;
    other.at = at;
    this.#heap[one.at] = one;
    this.#heap[other.at] = other;
  }
}
