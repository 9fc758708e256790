import type { Clock, Timer } from '../base/clock.ts';
import { setImmediate } from '../base/real-time.ts';

interface Entry {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A Clock that stands still until a test moves it. Timers fire inside `advance`, in order of their due time (then of
 * creation); callbacks of `afterTurn` run in `turn()`, and before each timer, as the event loop would.
 */
export class FakeClock implements Clock {
  #now: number;
  #order = 0;
  #entries: Entry[] = [];
  #afterTurn: (() => void)[] = [];
  #unixStart: number;

  /** `unixSeconds` is the time of day at which the clock starts; monotonic time starts at `now` ms. */
  constructor(unixSeconds = 1_700_000_000, now = 1000) {
    this.#now = now;
    this.#unixStart = unixSeconds - now / 1000;
  }

  /** The time in milliseconds since an arbitrary moment. */
  now(): number {
    return this.#now;
  }

  /** The wall clock in seconds since 1970. */
  unixSeconds(): number {
    return Math.floor(this.#unixStart + this.#now / 1000);
  }

  /**
   * Sets the wall clock forward (or, if negative, back) by this many seconds, as an operator or NTP does. Monotonic
   * time does not change.
   */
  jump(seconds: number): void {
    this.#unixStart += seconds;
  }

  /** Calls back after this many milliseconds of the clock. */
  setTimer(ms: number, callback: () => void): Timer {
    const entry: Entry = { due: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#entries.push(entry);
    return {
      clear: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  /** Calls back in the next `turn()`. */
  afterTurn(callback: () => void): void {
    this.#afterTurn.push(callback);
  }

  /** The number of timers that are set: 0 when nothing would keep the process running. */
  get timers(): number {
    return this.#entries.length;
  }

  /** When the next timer is due, on the clock of `now()`; Infinity = no timer is set. */
  get nextDue(): number {
    let next = Infinity;
    for (const { due } of this.#entries) if (due < next) next = due;
    return next;
  }

  /** Runs the callbacks of `afterTurn`, and those that they add. */
  turn(): void {
    while (this.#afterTurn.length > 0) {
      const callbacks = this.#afterTurn;
      this.#afterTurn = [];
      for (const callback of callbacks) callback();
    }
  }

  /**
   * Moves time on and fires the timers that fall due, each at its own time. Promises they settle run after the call.
   */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.turn();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) this.#fire(next);
    this.#now = end;
  }

  /** As `advance`, but lets promises settle after every timer, so that timers set by them fire as well. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#fire(next);
      await this.settle();
    }
    this.#now = end;
  }

  /** Runs turns until promises and `afterTurn` callbacks are done. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      if (this.#afterTurn.length > 0) quiet = 0;
      this.turn();
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  #next(end: number): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.due > end) continue;
      if (next === undefined || entry.due < next.due || (entry.due === next.due && entry.order < next.order))
        next = entry;
    }
    return next;
  }

  #fire(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#now = Math.max(this.#now, entry.due);
    entry.callback();
    this.turn();
  }
}
