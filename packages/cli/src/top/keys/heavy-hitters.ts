/**
 * The most frequent of many keys, in bounded memory. When there are too many keys, the rarest are forgotten; a key that
 * comes afterwards starts with the count of the largest that was forgotten, so that no count is too low.
 */

/** How often a key was asked for. */
export interface HotKey {
  /** As the node writes it: URL-encoded. */
  readonly key: string;
  /** Where it was asked for last. */
  readonly node: string;
  /** In all, at most. */
  readonly count: number;
  readonly hits: number;
  /** Bytes of the value, where it was found. */
  readonly size: number | undefined;
  /** A second, of late. */
  readonly rate: number;
}

type Entry = { -readonly [Name in keyof HotKey]: HotKey[Name] } & { fresh: number };

/** A rate is made of so much of the newest time, and of the rates before. */
const share = 0.4;

/** A sketch of the keys that are asked for. */
export class HeavyHitters {
  readonly #capacity: number;
  #entries = new Map<string, Entry>();
  /** No key that was forgotten was asked for more often. */
  #floor = 0;
  #total = 0;
  #fresh = 0;
  #rate = 0;

  /** `capacity`: keys that are kept; up to four times as many are counted. */
  constructor(capacity: number = 1000) {
    this.#capacity = capacity;
  }

  /** Requests in all. */
  get total(): number {
    return this.#total;
  }

  /** Requests a second, of late. */
  get rate(): number {
    return this.#rate;
  }

  /** A key was asked for. `size`: bytes of the value where it was found. */
  add(key: string, node: string, size: number | undefined): void {
    this.#total++;
    this.#fresh++;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= this.#capacity * 4) this.#forget();
      entry = { key, node, count: this.#floor, hits: 0, size: undefined, rate: 0, fresh: 0 };
      this.#entries.set(key, entry);
    }
    entry.count++;
    entry.fresh++;
    entry.node = node;
    if (size === undefined) return;
    entry.hits++;
    entry.size = size;
  }

  /** So many seconds have passed since the last time: the rates are new. */
  tick(seconds: number): void {
    if (seconds <= 0) return;
    this.#rate = smooth(this.#rate, this.#fresh / seconds);
    this.#fresh = 0;
    for (const entry of this.#entries.values()) {
      entry.rate = smooth(entry.rate, entry.fresh / seconds);
      entry.fresh = 0;
    }
  }

  /** The hottest keys, by rate, then by count. */
  top(most: number): readonly HotKey[] {
    return [...this.#entries.values()]
      .sort((a, b) => b.rate - a.rate || b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, most)
      .map(({ key, node, count, hits, size, rate }) => ({ key, node, count, hits, size, rate }));
  }

  #forget(): void {
    const byCount = [...this.#entries.values()].sort((a, b) => b.count - a.count);
    this.#floor = Math.max(this.#floor, byCount[this.#capacity]?.count ?? 0);
    this.#entries = new Map(byCount.slice(0, this.#capacity).map((entry) => [entry.key, entry]));
  }
}

function smooth(before: number, now: number): number {
  return before === 0 ? now : before * (1 - share) + now * share;
}
