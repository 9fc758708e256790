import type { Clock, EventLoop, Timer } from '../../base/clock.ts';
import { type Agenda, type Owner, rank } from './agenda.ts';

/** The end of a turn comes up to so many ms after its begin: more reads may or may not come before it. */
const longestTurn = 0.05;

/** The clock of one life of a process, on the time of a world. */
export class VirtualClock implements Clock {
  readonly #agenda: Agenda;
  readonly #owner: Owner;
  readonly #random: () => number;
  /** The time of day at which the world began, in seconds since 1970. */
  #unixStart: number;
  #afterTurn: (() => void)[] = [];
  #timers = 0;
  /** It is never busy: what a process does takes no virtual time. */
  readonly loop: EventLoop = {
    now: () => this.#agenda.now,
    afterTurn: (callback) => this.afterTurn(callback),
    load: () => ({ all: this.#agenda.now, worked: 0 }),
  };

  constructor(agenda: Agenda, owner: Owner, random: () => number, unixStart = 1_700_000_000) {
    this.#agenda = agenda;
    this.#owner = owner;
    this.#random = random;
    this.#unixStart = unixStart;
  }

  now(): number {
    return this.#agenda.now;
  }

  unixSeconds(): number {
    return Math.floor(this.#unixStart + this.#agenda.now / 1000);
  }

  /** Sets the time of day forward or, if negative, back. */
  jump(seconds: number): void {
    this.#unixStart += seconds;
  }

  /** The timers that are set: 0 when nothing would keep the process running. */
  get timers(): number {
    return this.#timers;
  }

  /** As a timer of Node: whole milliseconds, at least one. */
  setTimer(ms: number, callback: () => void): Timer {
    const agenda = this.#agenda;
    let isSet = true;
    this.#timers++;
    const unset = (): boolean => {
      if (!isSet) return false;
      isSet = false;
      this.#timers--;
      return true;
    };
    const planned = agenda.plan(agenda.now + Math.max(1, Math.trunc(ms)), rank.timer, this.#owner, () => {
      unset();
      callback();
    });
    return {
      clear: () => {
        if (unset()) agenda.cancel(planned);
      },
    };
  }

  afterTurn(callback: () => void): void {
    if (this.#afterTurn.push(callback) > 1) return;
    const agenda = this.#agenda;
    agenda.plan(agenda.now + this.#random() * longestTurn, rank.afterTurn, this.#owner, this.#runAfterTurn);
  }

  readonly #runAfterTurn = (): void => {
    const callbacks = this.#afterTurn;
    this.#afterTurn = [];
    let at = 0;
    try {
      while (at < callbacks.length) (callbacks[at++] as () => void)();
    } finally {
      for (const callback of callbacks.slice(at)) this.afterTurn(callback);
    }
  };
}
