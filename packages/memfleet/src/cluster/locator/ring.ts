import { md5Words } from '../../hash/md5.ts';
import type { KeyHash, Locator } from './locator.ts';

/** How a ring is asked. */
export interface RingRules {
  /** The hash of a key. */
  readonly hash: KeyHash;
  /** `after`: the first point not less than the hash, as nearly all rings do; `before`: the last point not greater (Dalli). @default 'after' */
  readonly side?: 'after' | 'before';
  /** For schemes that hash again to find a live node: how often, and the hash of the n-th try (from 0). @default straight on along the ring */
  readonly retry?: {
    readonly attempts: number;
    readonly hash: (key: string, attempt: number, previous: number) => number;
  };
}

/**
 * A ring of points, each owned by a node.
 *
 *   points   4635516  11062586  18272749 … 4285102034      ascending; equal points by node index, as libmemcached sorts them
 *   owners         2         2         1 …          0
 *
 * A key belongs to the owner of the first point that is not less than its hash; past the last point, to the owner of the first. While that node
 * is out the key goes on along the ring to the next point of a live node: where a ring without that node would have put it.
 */
export class RingLocator implements Locator {
  readonly size: number;
  readonly #points: Uint32Array;
  readonly #owners: Uint16Array;
  readonly #retry: RingRules['retry'];
  readonly #hash: KeyHash;
  /** Added to a hash before, and to a position after the search, so that one search serves both sides. */
  readonly #shift: 0 | 1;

  constructor(size: number, points: RingPoints, rules: RingRules) {
    this.size = size;
    this.#points = points.points;
    this.#owners = points.owners;
    this.#retry = rules.retry;
    this.#hash = rules.hash;
    this.#shift = rules.side === 'before' ? 1 : 0;
  }

  /** The points and their owners, for pictures, statistics and tests. */
  get ring(): RingPoints {
    return { points: this.#points, owners: this.#owners };
  }

  locate(key: string): number {
    if (this.size < 2) return this.size - 1;
    return this.#owners[this.#search(this.#hash(key))]!;
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    const count = this.#points.length;
    if (count === 0) return -1;
    let hash = this.#hash(key);
    const start = this.#search(hash);
    const retry = this.#retry;
    const attempts = retry?.attempts ?? 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      hash = retry!.hash(key, attempt, hash);
      const owner = this.#owners[this.#search(hash)]!;
      if (!skip(owner)) return owner;
    }
    for (let step = 0; step < count; step++) {
      const owner = this.#owners[(start + step) % count]!;
      if (!skip(owner)) return owner;
    }
    return -1;
  }

  /** The position of the point that a hash belongs to. */
  #search(hash: number): number {
    const points = this.#points;
    const target = hash + this.#shift;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (points[middle]! < target) low = middle + 1;
      else high = middle;
    }
    if (this.#shift === 1) return low === 0 ? points.length - 1 : low - 1;
    return low === points.length ? 0 : low;
  }
}

/** The sorted points of a ring and the node index that owns each. */
export interface RingPoints {
  readonly points: Uint32Array;
  readonly owners: Uint16Array;
}

/** Sorts the points that each node (by index) contributes. Equal points keep the order of the nodes. */
export function sortPoints(pointsOf: readonly (readonly number[])[]): RingPoints {
  // Point and owner packed into one exact double (48 bits), so that a numeric sort does both.
  const packed = Float64Array.from(
    pointsOf.flatMap((points, owner) => points.map((point) => point * 0x1_0000 + owner)),
  );
  packed.sort();
  return {
    points: Uint32Array.from(packed, (value) => Math.floor(value / 0x1_0000)),
    owners: Uint16Array.from(packed, (value) => value % 0x1_0000),
  };
}

/** Four points of each MD5 of the labels `label(0)` … `label(digests - 1)`: the digest as four little-endian numbers. */
export function md5Points(digests: number, label: (i: number) => string): number[] {
  const points: number[] = [];
  const words = new Uint32Array(4);
  for (let i = 0; i < digests; i++) {
    md5Words(label(i), words);
    points.push(...words);
  }
  return points;
}

/** One point per label, by any hash. */
export function hashPoints(count: number, hash: KeyHash, label: (i: number) => string): number[] {
  return Array.from({ length: count }, (_, i) => hash(label(i)));
}
