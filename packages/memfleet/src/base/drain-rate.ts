/**
 * How fast a queue is served while it is never empty: the best of the last few stretches. Each lasts from one look
 * after the reads of a turn to another that found something served.
 *
 *   begin ── served, served ── look │ ── look (nothing) ── served ── look │ …        a stretch ends at │
 *
 * The best, because the event loop may have been held up in any of them; of the last few, because what was possible a
 * while ago may not be now.
 */

/** The number of stretches that count, and the minimum for an estimate. */
const kept = 8;
const needed = 4;
/** Shorter stretches are ignored, in ms. */
const shortest = 1;

/** Measures how many entries per millisecond a queue serves while it is never empty. */
export class DrainRate {
  readonly #rates: number[] = [];
  #served = 0;
  #beganAt = 0;
  /** Entries a millisecond; Infinity = not known. */
  perMs: number = Infinity;

  /** The queue is no longer empty. `isKept`: the earlier measurements are still valid. */
  begin(now: number, isKept: boolean): void {
    this.#served = 0;
    this.#beganAt = now;
    if (isKept) return;
    this.#rates.length = 0;
    this.perMs = Infinity;
  }

  /** An entry was served. */
  count(): void {
    this.#served++;
  }

  /** The reads of a turn are done. */
  look(now: number): void {
    const duration = now - this.#beganAt;
    if (this.#served === 0 || duration < shortest) return;
    this.#rates.push(this.#served / duration);
    if (this.#rates.length > kept) this.#rates.shift();
    if (this.#rates.length >= needed) this.perMs = Math.max(...this.#rates);
    this.#served = 0;
    this.#beganAt = now;
  }
}
