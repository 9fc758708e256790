/**
 * One timer for many deadlines. It stands at the earliest, and never fires more often than every few milliseconds. When
 * it fires, the owner walks its entries and checks whether each deadline is over; the timer then stands at the
 * earliest of those that are not.
 *
 *   watch(90) ─▶ 90   watch(120) ─▶ 90   watch(50) ─▶ 50 ─▶ fires, after the reads of its turn
 *                                                                 └▶ walk: isOver(50) isOver(120) isOver(90) ─▶ 90
 */
import type { Clock, Timer } from './clock.ts';

/** The minimum time between two walks, in ms. */
const leastGap = 10;

/**
 * One timer for many deadlines, and the walk that finds those that are over. Deadlines are ms on the clock; 0 = none.
 */
export class DeadlineScan {
  readonly #clock: Clock;
  readonly #walk: (scan: DeadlineScan) => number;
  readonly #keepsAlive: boolean;
  #timer: Timer | undefined;
  /** When the timer fires; Infinity = it is not set. */
  #at = Infinity;
  /** The start of the walk in progress, and the earliest deadline that is not over. */
  #now = 0;
  #earliest = Infinity;

  /**
   * `walk` calls `isOver` for every deadline, and returns the minimum time to the next walk in ms. `keepsAlive` false:
   * the timer does not keep the process running.
   */
  constructor(clock: Clock, walk: (scan: DeadlineScan) => number, keepsAlive: boolean) {
    this.#clock = clock;
    this.#walk = walk;
    this.#keepsAlive = keepsAlive;
  }

  /** One more deadline. */
  watch(deadline: number): void {
    if (deadline !== 0 && deadline < this.#at) this.#set(deadline, leastGap);
  }

  /** Whether this deadline has passed. For the walk only. */
  isOver(deadline: number): boolean {
    if (deadline === 0) return false;
    if (deadline <= this.#now) return true;
    if (deadline < this.#earliest) this.#earliest = deadline;
    return false;
  }

  /** No deadline is left. */
  clear(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#at = Infinity;
    this.#earliest = Infinity;
  }

  #set(deadline: number, gap: number): void {
    const now = this.#clock.now();
    const wait = Math.max(leastGap, gap, deadline - now);
    // The timer never moves to a later time, or steady callers would postpone it forever.
    if (now + wait >= this.#at) return;
    this.#timer?.clear();
    this.#at = now + wait;
    this.#timer = this.#clock.setTimer(wait, this.#fire, this.#keepsAlive);
  }

  /**
   * After the reads of the turn: when the event loop was blocked, timers run first, and replies that have already
   * arrived would count as late.
   */
  readonly #fire = (): void => {
    this.#clock.afterTurn(() => {
      this.clear();
      this.#now = this.#clock.now();
      const gap = this.#walk(this);
      if (this.#earliest !== Infinity) this.#set(this.#earliest, gap);
    });
  };
}
