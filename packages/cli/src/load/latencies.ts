/** Latencies in microseconds, in the HDR histograms that other tools read. */
import * as hdr from 'hdr-histogram-js';

/** Longer ones count as this: 10 minutes, in µs. */
const longest = 600_000_000;

export const shownPercentiles = [50, 90, 99, 99.9, 99.99] as const;

/** Latencies below so many µs are counted here first, which is cheaper, and put into the histogram when it is read. */
const shortOnes = 1 << 16;

/** Latencies of one kind of request. */
export class Latencies {
  readonly #short = new Uint32Array(shortOnes);
  #hasShort = false;
  readonly #histogram = hdr.build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: longest,
    numberOfSignificantValueDigits: 3,
  });

  /** `ms`: with fractions. */
  record(ms: number): void {
    const microseconds = Math.max(0, Math.round(ms * 1000));
    if (microseconds < shortOnes) {
      this.#short[microseconds] = (this.#short[microseconds] as number) + 1;
      this.#hasShort = true;
    } else this.#histogram.recordValue(Math.min(longest, microseconds));
  }

  /** The histogram with everything in it. */
  get #all(): hdr.Histogram {
    if (!this.#hasShort) return this.#histogram;
    for (let value = 0; value < shortOnes; value++) {
      const count = this.#short[value] as number;
      if (count > 0) this.#histogram.recordValueWithCount(value, count);
    }
    this.#short.fill(0);
    this.#hasShort = false;
    return this.#histogram;
  }

  add(other: Latencies): void {
    this.#histogram.add(other.#all);
  }

  get count(): number {
    return this.#all.totalCount;
  }

  /** In µs; NaN of nothing. */
  percentile(percent: number): number {
    return this.count === 0 ? Number.NaN : this.#all.getValueAtPercentile(percent);
  }

  get mean(): number {
    return this.count === 0 ? Number.NaN : this.#all.mean;
  }

  get max(): number {
    return this.count === 0 ? Number.NaN : this.#all.maxValue;
  }

  /** The histogram in the V2 format, compressed, in base64 (`HISTFAAA…`). */
  encoded(): string {
    return hdr.encodeIntoCompressedBase64(this.#all);
  }
}
