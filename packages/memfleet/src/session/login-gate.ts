/**
 * Decides whether a client may log in: how much it may send before it has authenticated, and how often it may try.
 *
 *   wrong password ─▶ reply at once ─▶ nothing more is read for 250 ms, 500 ms, 1 s, 2 s ─▶ the fifth: closed
 */
import type { Timer } from '../base/clock.ts';
import { defaultLimits, type Limits } from '../protocol/codec.ts';
import type { SessionContext } from './session-context.ts';

/** Room for a user and a password, in bytes. */
const loginValue = 1024;
const maxFailures = 5;
const firstPause = 250;

/** Limits what a client may send before it has authenticated, and how often it may try. */
export class LoginGate {
  /** Whether the client is admitted: always true where no login is required. */
  isAdmitted: boolean;
  readonly #context: SessionContext;
  readonly #onPauseOver: () => void;
  #failures = 0;
  #pause: Timer | undefined;

  constructor(context: SessionContext, onPauseOver: () => void) {
    this.#context = context;
    this.#onPauseOver = onPauseOver;
    this.isAdmitted = context.authenticate === undefined;
  }

  /** The bounds on the client's input from now on. */
  get limits(): Limits {
    // A node of memcached would not know framing extras, nor would their promises be kept.
    const limits = { ...defaultLimits, ...this.#context.limits, framing: false };
    return this.isAdmitted ? limits : { ...limits, maxValue: Math.min(loginValue, limits.maxValue) };
  }

  /** Whether reading is paused because of a wrong password. */
  get isPausing(): boolean {
    return this.#pause !== undefined;
  }

  /** Records a wrong password. False: it was the last try. */
  fail(): boolean {
    this.#failures++;
    if (this.#failures >= maxFailures) return false;
    this.#pause?.clear();
    const ms = firstPause * 2 ** (this.#failures - 1);
    this.#pause = this.#context.clock.setTimer(
      ms,
      () => {
        this.#pause = undefined;
        this.#onPauseOver();
      },
      false,
    );
    return true;
  }

  /** The session is over. */
  end(): void {
    this.#pause?.clear();
    this.#pause = undefined;
  }
}
