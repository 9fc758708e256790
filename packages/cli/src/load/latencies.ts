/** Latencies in microseconds, in the HDR histograms that other tools read. */
import * as hdr from 'hdr-histogram-js';

/** Longer ones count as this: 10 minutes, in µs. */
const longest = 600_000_000;

export const shownPercentiles = [50, 90, 99, 99.9, 99.99] as const;

/** Latencies of one kind of request. */
export class Latencies {
  readonly #histogram = hdr.build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: longest,
    numberOfSignificantValueDigits: 3,
  });

  /** `ms`: with fractions. */
  record(ms: number): void {
    this.#histogram.recordValue(Math.min(longest, Math.max(0, Math.round(ms * 1000))));
  }

  add(other: Latencies): void {
    this.#histogram.add(other.#histogram);
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** In µs; NaN of nothing. */
  percentile(percent: number): number {
    return this.count === 0 ? Number.NaN : this.#histogram.getValueAtPercentile(percent);
  }

  get mean(): number {
    return this.count === 0 ? Number.NaN : this.#histogram.mean;
  }

  get max(): number {
    return this.count === 0 ? Number.NaN : this.#histogram.maxValue;
  }

  /** The histogram in the V2 format, compressed, in base64 (`HISTFAAA…`). */
  encoded(): string {
    return hdr.encodeIntoCompressedBase64(this.#histogram);
  }
}
