/**
 * The meaning of an exptime on the wire (memcached `protocol.txt`, "Expiration times"): 0 never; 1 … 30 days seconds
 * from now; more a Unix time; negative expired at once. memcached's clock ticks once a second, so an exptime of 1 may
 * be over at once.
 *
 *   wall clock       ──────────┐ set to another time ┌────▶   read when the first store begins, and for each exptime
 *                                                             that is a Unix time
 *   monotonic clock  ─────────────────────────────────────▶   all lifetimes
 *
 * The second of a store is the Unix second at which the first store began, counted on by the monotonic clock: it does
 * not follow the wall clock when that is set, so no item expires or comes back to life then. memcached compares a Unix
 * time with the wall clock of its start, here it is the wall clock at the time of the command: after a
 * wrong clock is corrected, Unix times are correct as well.
 */
import type { Clock } from '../base/clock.ts';
import { longestRelative } from '../core/exptime.ts';

/** The result for an exptime that has already passed. */
const past = 1;

/**
 * The seconds by which the two clocks may differ although neither was set: their seconds do not begin at the same
 * moment.
 */
const phase = 1;

/** The seconds of a store, and the meaning of an exptime (seconds). */
export class StoreClock {
  readonly #clock: Clock;
  /** Second 0 of the monotonic clock. */
  readonly #beginning: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beginning = clock.unixSeconds() - Math.floor(clock.now() / 1000);
  }

  /** The current second of the store. */
  second(): number {
    return this.#beginning + Math.floor(this.#clock.now() / 1000);
  }

  /** The second of the store at which an item with `exptime`, set at second `now`, expires; 0 = never. */
  expiresAt(exptime: number, now: number): number {
    if (exptime === 0) return 0;
    if (exptime < 0) return past;
    if (exptime <= longestRelative) return now + exptime;
    const ahead = now - this.#clock.unixSeconds();
    return Math.abs(ahead) <= phase ? exptime : Math.max(past, exptime + ahead);
  }
}

const storeClocks = new WeakMap<Clock, StoreClock>();

/** The store clock of this clock: stores that share a clock agree on the second, whenever they began. */
export function storeClockOf(clock: Clock): StoreClock {
  let shared = storeClocks.get(clock);
  if (shared === undefined) storeClocks.set(clock, (shared = new StoreClock(clock)));
  return shared;
}
