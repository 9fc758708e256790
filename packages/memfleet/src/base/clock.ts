/**
 * Time comes through a Clock, so that tests move it by hand. Timers themselves are in real-time.ts.
 *
 * `now()` is read once per turn: reading the real clock is expensive (docs/performance.md, "clock").
 * The reading is dropped in a microtask, which runs after the promises that one read of a socket resolved, so all calls
 * of one batch share one reading.
 */

import {
  clearTimeout,
  inMicrotask,
  loopUtilization,
  monotonicNow,
  setImmediate,
  setTimeout,
  wallNow,
} from './real-time.ts';

/** A timer that was set and can be cleared. */
export interface Timer {
  /** Cancels the timer. */
  clear(): void;
}

/** Monotonic time and timers. */
export interface Clock {
  /** Monotonic milliseconds; as of the beginning of the current batch of work. Never goes back. */
  now(): number;
  /** Seconds since 1970, for exptimes. */
  unixSeconds(): number;
  /** Calls back once after `ms` (at most 24 days). `keepAlive` false: does not keep the process running. */
  setTimer(ms: number, callback: () => void, keepAlive?: boolean): Timer;
  /** Calls back after the I/O of this turn of the event loop. */
  afterTurn(callback: () => void): void;
  /**
   * The event loop that reads the sockets. @default the real one, also for a clock that tests move: its sockets are
   * real
   */
  readonly loop?: EventLoop | undefined;
}

/** How long the event loop has run, and how long it was busy: both in ms, from an arbitrary start. */
export interface LoopTime {
  readonly all: number;
  readonly worked: number;
}

/** An event loop. */
export interface EventLoop {
  /** Monotonic milliseconds, never cached: it advances within a turn. */
  readonly now: () => number;
  /** Calls back after the I/O of this turn. */
  readonly afterTurn: (callback: () => void) => void;
  /** How long it has run, and how long it was busy. */
  readonly load: () => LoopTime;
}

/**
 * The time in `ms` from now, for commands: whole milliseconds, never too early. A number with a fraction, or beyond
 * 2^31 (24 days of a process), is an object of its own in each command (docs/performance.md, "whole milliseconds").
 */
export function deadlineIn(clock: Clock, ms: number): number {
  return Math.ceil(clock.now() + ms);
}

/** Whether the time is over. `deadline`: ms on the clock; 0 = there is none. */
export function hasPassed(deadline: number, clock: Clock): boolean {
  return deadline !== 0 && deadline <= clock.now();
}

/**
 * Node's timers fire at once beyond this delay. A caller with a longer delay checks the time and sets another timer.
 */
const maxWait = 0x7fff_ffff;

class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout;

  constructor(handle: NodeJS.Timeout) {
    this.#handle = handle;
  }

  clear(): void {
    clearTimeout(this.#handle);
  }
}

class SystemClock implements Clock {
  #now = -1;
  #afterTurn: (() => void)[] = [];
  readonly #forget = (): void => {
    this.#now = -1;
  };

  now(): number {
    if (this.#now < 0) {
      this.#now = monotonicNow();
      inMicrotask(this.#forget);
    }
    return this.#now;
  }

  unixSeconds(): number {
    return Math.floor(wallNow() / 1000);
  }

  setTimer(ms: number, callback: () => void, keepAlive = true): Timer {
    const handle = setTimeout(callback, Math.min(ms, maxWait));
    if (!keepAlive) handle.unref();
    return new SystemTimer(handle);
  }

  afterTurn(callback: () => void): void {
    if (this.#afterTurn.push(callback) === 1) setImmediate(this.#runAfterTurn);
  }

  /**
   * One immediate for all callbacks (docs/performance.md, "clock"). Every callback has its own reading of the clock, as
   * after a microtask.
   */
  readonly #runAfterTurn = (): void => {
    const callbacks = this.#afterTurn;
    this.#afterTurn = [];
    let at = 0;
    try {
      while (at < callbacks.length) {
        this.#now = -1;
        (callbacks[at++] as () => void)();
      }
    } finally {
      // An exception in one callback must not prevent the others.
      for (const callback of callbacks.slice(at)) this.afterTurn(callback);
    }
  };
}

/** The real clock of this process. */
export const systemClock: Clock = new SystemClock();

/**
 * The real time of this thread's event loop; where the runtime does not report it (Bun 1.4), the CPU time of the
 * process stands for the busy time.
 */
export function loopTime(): LoopTime {
  const times = loopUtilization();
  if (times !== undefined) return { all: times.active + times.idle, worked: times.active };
  const { user, system } = process.cpuUsage();
  return { all: monotonicNow(), worked: (user + system) / 1000 };
}

/** The real event loop of this thread. */
export const systemLoop: EventLoop = {
  now: monotonicNow,
  afterTurn: (callback) => systemClock.afterTurn(callback),
  load: loopTime,
};
