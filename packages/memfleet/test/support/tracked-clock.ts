import { type Clock, systemClock, type Timer } from '../../src/base/clock.ts';

/** The real clock, which knows how many of its timers are set: 0 when nothing is left behind. */
export class TrackedClock implements Clock {
  readonly #set = new Set<Timer>();

  /** Timers that were set and neither fired nor were cleared. */
  get timers(): number {
    return this.#set.size;
  }

  now(): number {
    return systemClock.now();
  }

  unixSeconds(): number {
    return systemClock.unixSeconds();
  }

  setTimer(ms: number, callback: () => void, keepAlive?: boolean): Timer {
    const inner = systemClock.setTimer(
      ms,
      () => {
        this.#set.delete(timer);
        callback();
      },
      keepAlive,
    );
    const timer: Timer = {
      clear: () => {
        this.#set.delete(timer);
        inner.clear();
      },
    };
    this.#set.add(timer);
    return timer;
  }

  afterTurn(callback: () => void): void {
    systemClock.afterTurn(callback);
  }
}
