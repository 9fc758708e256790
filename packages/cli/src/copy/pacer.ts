/** Lets so many items a second pass: each at its due time, without a burst for the time before. */

/** The clock and the timers of this process. */
export const realTime = {
  now: (): number => performance.now(),
  sleep: (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The time of a pacer, in ms. */
export type PacerTime = typeof realTime;

/** Paces one run. */
export class Pacer {
  readonly #rate: number | undefined;
  readonly #time: PacerTime;
  #due = 0;

  /** `rate`: items a second; undefined = no limit. */
  constructor(rate: number | undefined, time: PacerTime = realTime) {
    this.#rate = rate;
    this.#time = time;
  }

  /** Fulfils when `items` more may pass. */
  async take(items: number): Promise<void> {
    if (this.#rate === undefined) return;
    const now = this.#time.now();
    const start = Math.max(now, this.#due);
    this.#due = start + (items / this.#rate) * 1000;
    // Timers are whole milliseconds.
    if (start - now >= 1) await this.#time.sleep(start - now);
  }
}
