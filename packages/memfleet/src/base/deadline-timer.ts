/**
 * One timer for many deadlines: it stands at the earliest, and never fires more often than every few milliseconds.
 *
 *   arm(90) ─▶ 90   arm(120) ─▶ 90   arm(50) ─▶ 50 ─▶ fires after the reads of its turn ─▶ the owner looks, arms again
 */
import type { Clock, Timer } from './clock.ts';

/** Looks for passed deadlines are at least so far apart, in ms. */
const leastGap = 10;

/** One timer for many deadlines, set to the earliest of them (milliseconds of a Clock). */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #look: () => void;
  readonly #keepsAlive: boolean;
  #timer: Timer | undefined;
  /** When it fires: ms on the clock; Infinity = it is not armed. */
  at: number = Infinity;

  /**
   * `look` finds what is over and arms the timer again. `keepsAlive` false: the timer does not keep the process
   * running.
   */
  constructor(clock: Clock, look: () => void, keepsAlive: boolean) {
    this.#clock = clock;
    this.#look = look;
    this.#keepsAlive = keepsAlive;
  }

  /** `deadline`: ms on the clock. `gap`: the least time from now, in ms. */
  arm(deadline: number, gap: number = leastGap): void {
    const now = this.#clock.now();
    const wait = Math.max(leastGap, gap, deadline - now);
    // Never later than it stands, or steady callers would put it off for ever.
    if (now + wait >= this.at) return;
    this.#timer?.clear();
    this.at = now + wait;
    this.#timer = this.#clock.setTimer(wait, this.#fire, this.#keepsAlive);
  }

  clear(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.at = Infinity;
  }

  /**
   * After the reads of the turn: when something held the event loop up, timers come first, and answers that are there
   * already would be late.
   */
  readonly #fire = (): void => {
    this.#clock.afterTurn(() => {
      this.clear();
      this.#look();
    });
  };
}
