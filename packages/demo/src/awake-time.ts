/**
 * Time as far as this process was awake: what it slept through (Ctrl-Z, a busy machine, a closed lid) does not count. A
 * call that took long by this time was kept waiting by the library, not by the machine.
 */

/** Ticks are so far apart, in ms. */
const period = 20;
/** Of the time between two ticks at most so much counts, in ms. */
const cap = 100;

/** The milliseconds during which this process was awake. */
export class AwakeTime {
  #passed = 0;
  #tickedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#passed += Math.min(now - this.#tickedAt, cap);
      this.#tickedAt = now;
    }, period);
    this.#timer.unref();
  }

  /** Milliseconds awake, to the last tick. */
  now(): number {
    return this.#passed;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
