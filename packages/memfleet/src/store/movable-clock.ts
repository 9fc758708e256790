/** A clock that `debugtime` moves, as in a debug build of memcached: items expire earlier, and timers do not follow. */
import type { Clock, Timer } from '../base/clock.ts';

/** A clock with an offset to another. */
export class MovableClock implements Clock {
  readonly #clock: Clock;
  /** In seconds. */
  #ahead = 0;
  /** The readings at the time of `pause`; undefined = it runs. */
  #paused: { readonly now: number; readonly unixSeconds: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Moves the time forward, or back. */
  move(seconds: number): void {
    this.#ahead += seconds;
  }

  /** The time stands still. */
  pause(): void {
    this.#paused ??= { now: this.#clock.now(), unixSeconds: this.#clock.unixSeconds() };
  }

  resume(): void {
    this.#paused = undefined;
  }

  now(): number {
    return (this.#paused ?? { now: this.#clock.now() }).now + this.#ahead * 1000;
  }

  unixSeconds(): number {
    return (this.#paused ?? { unixSeconds: this.#clock.unixSeconds() }).unixSeconds + this.#ahead;
  }

  setTimer(ms: number, callback: () => void, keepAlive?: boolean): Timer {
    return this.#clock.setTimer(ms, callback, keepAlive);
  }

  afterTurn(callback: () => void): void {
    this.#clock.afterTurn(callback);
  }
}
