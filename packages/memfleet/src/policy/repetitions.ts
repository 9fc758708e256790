/** Commands that wait until they are sent again. When there is nobody to send them to any more, they fail with what they failed with. */
import type { Clock, Timer } from '../base/clock.ts';
import type { Handler } from '../dispatcher.ts';
import type { MemcacheError } from '../errors.ts';

/** See the head of this file. */
export class Repetitions {
  readonly #clock: Clock;
  readonly #waiting = new Map<Handler, readonly [timer: Timer, error: MemcacheError]>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing is repeated any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Calls `repeat` after `wait` ms. `handler` gets `error` when it does not come to that. */
  add(wait: number, handler: Handler, error: MemcacheError, repeat: () => void): void {
    const timer = this.#clock.setTimer(wait, () => {
      this.#waiting.delete(handler);
      repeat();
    });
    this.#waiting.set(handler, [timer, error]);
  }

  /** Ends them all: with `reason`, else each with its own error. */
  giveUp(reason?: MemcacheError): void {
    this.#isClosed = true;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [handler, [timer, error]] of waiting) {
      timer.clear();
      handler.onError(reason ?? error);
    }
  }
}
