/**
 * The rate at which a queue is served while it is never empty: the best of the last few stretches. A stretch lasts from
 * one look to the next look that finds something served; a look comes after the reads of a turn.
 *
 *   begin ── served, served ── look │ ── look (nothing) ── served ── look │ …        a stretch ends at │
 *
 * The best counts, because the event loop may have been busy during any of them; only the last few count, because the
 * rate changes.
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
