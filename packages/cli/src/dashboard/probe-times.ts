/** The round trips of probes to one node, counted in the buckets that the proxy has as well. */

/** The upper bounds of the buckets, in seconds. */
export const probeBounds: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
];

/** Counts round trips. */
export class ProbeTimes {
  readonly #counts: number[] = Array.from({ length: probeBounds.length + 1 }, () => 0);
  #sum = 0;

  /** `ms`: from the request to the reply. */
  add(ms: number): void {
    const seconds = ms / 1000;
    const bucket = probeBounds.findIndex((bound) => seconds <= bound);
    const at = bucket < 0 ? probeBounds.length : bucket;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += seconds;
  }

  /** All so far. `sum` is in seconds. */
  get total(): { readonly counts: readonly number[]; readonly sum: number } {
    return { counts: [...this.#counts], sum: this.#sum };
  }
}
