import { md5Words } from '../../hash/md5.ts';
import type { KeyHash, Locator } from './locator.ts';

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
  readonly #hash: KeyHash;

  constructor(size: number, points: RingPoints, hash: KeyHash) {
    this.size = size;
    this.#points = points.points;
    this.#owners = points.owners;
    this.#hash = hash;
  }

  locate(key: string): number {
    if (this.size < 2) return this.size - 1;
    return this.#owners[this.#search(this.#hash(key))]!;
  }

  locateNext(key: string, skip: (index: number) => boolean): number {
    const count = this.#points.length;
    if (count === 0) return -1;
    const start = this.size < 2 ? 0 : this.#search(this.#hash(key));
    for (let step = 0; step < count; step++) {
      const owner = this.#owners[(start + step) % count]!;
      if (!skip(owner)) return owner;
    }
    return -1;
  }

  #search(hash: number): number {
    const points = this.#points;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (points[middle]! < hash) low = middle + 1;
      else high = middle;
    }
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
