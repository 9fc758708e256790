/**
 * The keys of a workload and what belongs to them. Everything is a function of the number of the key, so that every
 * reply can be checked: the value of a key is its name, over and over.
 */
import { randomOf } from './random.ts';
import type { Workload } from './workload.ts';

/** So many keys have their texts made once. */
const mostRemembered = 1_000_000;
/** Values are made once while all of them have so many bytes. */
const mostValueBytes = 64 * 1024 * 1024;

/** Texts by the number of the key. */
export class KeyTable {
  readonly #workload: Workload;
  /** The length of the longest value, in bytes. */
  readonly largestSize: number;
  readonly #keys: string[] = [];
  readonly #values: string[] = [];
  readonly #weights: number;
  #valueBytes = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.largestSize = Math.max(...workload.sizes.map(({ to }) => to));
    this.#weights = workload.sizes.reduce((sum, { weight }) => sum + weight, 0);
  }

  key(n: number): string {
    const known = this.#keys[n];
    if (known !== undefined) return known;
    const key = `${this.#workload.keyPrefix}${String(n).padStart(8, '0')}`;
    if (n < mostRemembered) this.#keys[n] = key;
    return key;
  }

  /** The key of a counter: values that are no numbers cannot be counted. */
  counter(n: number): string {
    return `${this.#workload.keyPrefix}counter:${n}`;
  }

  /** The length of the value, in bytes. */
  size(n: number): number {
    const { sizes, seed } = this.#workload;
    const [only] = sizes;
    if (sizes.length === 1 && only !== undefined && only.from === only.to) return only.from;
    let left = randomOf(n, seed) * this.#weights;
    for (const { from, to, weight } of sizes) {
      if (left < weight) return from + Math.floor((left / weight) * (to - from + 1));
      left -= weight;
    }
    return sizes.at(-1)?.to ?? 0;
  }

  value(n: number): string {
    const known = this.#values[n];
    if (known !== undefined) return known;
    const size = this.size(n);
    const key = this.key(n);
    const value = key.repeat(Math.ceil(size / key.length)).slice(0, size);
    this.#valueBytes += size;
    if (this.#valueBytes <= mostValueBytes && n < mostRemembered) this.#values[n] = value;
    return value;
  }

  /** The client flags. */
  flags(n: number): number {
    return n & 0xffff;
  }
}
