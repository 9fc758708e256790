/** Durations counted in buckets. */

/** A snapshot of durations in milliseconds; adds up by index. */
export interface Histogram {
  /** The upper bounds of the buckets in milliseconds; one more count holds everything beyond the last. */
  readonly bounds: readonly number[];
  /** Durations in each bucket (not cumulative); one more than there are bounds. */
  readonly counts: readonly number[];
  /** The number of durations. */
  readonly count: number;
  /** The sum of all durations in milliseconds. */
  readonly sum: number;
}

/** The bounds that all histograms have, in ms. */
const durationBounds: readonly number[] = Object.freeze([
  0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000,
]);

function bucketOf(ms: number): number {
  let at = 0;
  while (at < durationBounds.length && ms > (durationBounds[at] as number)) at++;
  return at;
}

/** Counts durations. */
export class DurationCounter {
  readonly #counts: number[] = Array.from({ length: durationBounds.length + 1 }, () => 0);
  #count = 0;
  #sum = 0;
  /**
   * The last duration and its bucket: commands that arrived and completed together took equally long
   * (docs/performance.md, "last duration").
   */
  #lastMs = 0;
  #lastBucket = 0;

  /** Adds the duration of one command in ms. */
  add(ms: number): void {
    if (ms !== this.#lastMs) {
      this.#lastMs = ms;
      this.#lastBucket = bucketOf(ms);
    }
    const at = this.#lastBucket;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#count++;
    this.#sum += ms;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sum = 0;
  }

  snapshot(): Histogram {
    return { bounds: durationBounds, counts: [...this.#counts], count: this.#count, sum: this.#sum };
  }
}
