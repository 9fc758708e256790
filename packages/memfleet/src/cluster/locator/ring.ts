import { md5Words } from '../../hash/md5.ts';
import type { KeyHash, Locator } from './locator.ts';

/** The search options of a ring. */
export interface RingRules {
  /** The hash of a key. */
  readonly hash: KeyHash;
  /**
   * `after`: the first point not less than the hash, as nearly all rings do; `before`: the last point not greater
   * (Dalli). @default 'after'
   */
  readonly side?: 'after' | 'before';
  /**
   * For schemes that hash again to find a live node: the number of tries, and the hash of the n-th try (from 0).
   * @default the search continues along the ring
   */
  readonly retry?: {
    readonly attempts: number;
    readonly hash: (key: string, attempt: number, previous: number) => number;
  };
}

/**
 * A ring of points, each owned by a node.
 *
 *   points   4635516  11062586  18272749 … 4285102034      ascending; equal points by node index,
 *   owners         2         2         1 …          0      as libmemcached sorts them
 *
 * A key belongs to the owner of the first point that is not less than its hash; past the last point, to the owner of
 * the first. While that node is ejected the key moves along the ring to the next point of a live node: where a ring
 * without that node would have put it.
 *
 * A guide shortens the search: for every value of a hash's first bits, it has the first point with these bits.
 * Nine steps of a search, each with a branch that the processor mispredicts half of the time, become one or none
 * (docs/performance.md, "ring guide").
 */
export class RingLocator implements Locator {
  readonly size: number;
  readonly #make: () => RingPoints;
  readonly #points: Uint32Array;
  readonly #owners: Uint16Array;
  readonly #retry: RingRules['retry'];
  readonly #hash: KeyHash;
  /**
   * Entry `i`: the position of the first point whose first bits are `i` or more. One entry more than there are such
   * values.
   */
  readonly #guide: Uint32Array;
  /** The number of bits by which a hash is shifted to leave its first bits. */
  readonly #guideShift: number;
  /** Added to a hash before, and to a position after the search, so that one search serves both sides. */
  readonly #shift: 0 | 1;

  /** `make`: the points. They are not made for one node, which has all keys. */
  constructor(size: number, make: () => RingPoints, rules: RingRules) {
    this.size = size;
    this.#make = make;
    const { points, owners } = size === 1 ? lone : make();
    this.#points = points;
    this.#owners = owners;
    this.#retry = rules.retry;
    this.#hash = rules.hash;
    this.#shift = rules.side === 'before' ? 1 : 0;
    const bits = guideBits(points.length);
    this.#guideShift = 32 - bits;
    this.#guide = guideOf(points, bits);
  }

  /** The points and their owners, for pictures, statistics and tests. */
  get ring(): RingPoints {
    return this.size === 1 ? this.#make() : { points: this.#points, owners: this.#owners };
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
    const first = hash >>> this.#guideShift;
    let low = this.#guide[first]!;
    let high = this.#guide[first + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (points[middle]! < target) low = middle + 1;
      else high = middle;
    }
    if (this.#shift === 1) return low === 0 ? points.length - 1 : low - 1;
    return low === points.length ? 0 : low;
  }
}

/** Four times as many entries as points, so that most have no point or one; at least 2, at most 65 536. */
function guideBits(points: number): number {
  return Math.min(16, Math.max(1, Math.ceil(Math.log2(points + 1)) + 2));
}

function guideOf(points: Uint32Array, bits: number): Uint32Array {
  const guide = new Uint32Array(2 ** bits + 1);
  let at = 0;
  for (let entry = 0; entry < guide.length; entry++) {
    while (at < points.length && points[at]! < entry * 2 ** (32 - bits)) at++;
    guide[entry] = at;
  }
  return guide;
}

/** The sorted points of a ring and the node index that owns each. */
export interface RingPoints {
  readonly points: Uint32Array;
  readonly owners: Uint16Array;
}

/** Every search on it finds the only node. */
const lone: RingPoints = { points: Uint32Array.of(0), owners: Uint16Array.of(0) };

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

/**
 * Four points of each MD5 of the labels `label(0)` … `label(digests - 1)`: the digest as four little-endian numbers.
 */
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
