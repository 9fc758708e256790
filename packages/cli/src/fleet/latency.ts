/** The round-trip times of the last probes of a node. */

/** So many probes count: with ten a second, those of the last half a minute. */
const kept = 300;

/** Times of the last probes. */
export class Latency {
  readonly #times: number[] = [];
  #next = 0;

  /** `ms`: the time from the request to the reply. */
  add(ms: number): void {
    this.#times[this.#next] = ms;
    this.#next = (this.#next + 1) % kept;
  }

  /** Forgets them: the node was away. */
  clear(): void {
    this.#times.length = 0;
    this.#next = 0;
  }

  get count(): number {
    return this.#times.length;
  }

  /** The time that this share of the probes did not exceed; undefined without probes. */
  percentile(share: number): number | undefined {
    return percentileOf(this.#times, share);
  }
}

/** The time that this share of the times did not exceed; undefined without times. */
export function percentileOf(times: readonly number[], share: number): number | undefined {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
