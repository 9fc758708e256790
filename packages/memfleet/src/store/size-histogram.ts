/**
 * The number of items of each size, in steps of 32 bytes. As in memcached (`item_stats_sizes_*` of 1.6.18) it must be
 * turned on and counts items that are stored from then on: those whose cas is not below the first cas after that.
 */
const step = 32;

/** Counts items by size, in steps of 32 bytes. */
export class SizeHistogram {
  readonly #firstCas: number;
  readonly #counts = new Map<number, number>();

  constructor(firstCas: number) {
    this.#firstCas = firstCas;
  }

  add(size: number, cas: number | bigint): void {
    this.#change(size, cas, 1);
  }

  remove(size: number, cas: number | bigint): void {
    this.#change(size, cas, -1);
  }

  clear(): void {
    this.#counts.clear();
  }

  /** Sizes, each the upper end of its step, with the number of items, in order. */
  counts(): (readonly [size: number, count: number])[] {
    return [...this.#counts].toSorted(([one], [other]) => one - other);
  }

  #change(size: number, cas: number | bigint, by: 1 | -1): void {
    if (cas < this.#firstCas) return;
    const bucket = Math.ceil(size / step) * step;
    const count = (this.#counts.get(bucket) ?? 0) + by;
    // An item whose cas a client chose (meta flag `E`) may be removed without having been counted.
    if (count > 0) this.#counts.set(bucket, count);
    else this.#counts.delete(bucket);
  }
}
