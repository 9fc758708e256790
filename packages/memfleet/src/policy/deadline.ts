/**
 * Gives every command that has none a deadline: the total time of a call, over waiting, connecting, all tries. The queues below enforce it, so there is
 * no timer per call.
 */
import { type Clock, deadlineIn } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import type { MemcacheError } from '../core/errors.ts';

/** Gives a deadline to every command that has none. */
export class DeadlinePolicy implements Dispatcher {
  readonly #next: Dispatcher;
  readonly #timeout: number;
  readonly #clock: Clock;

  /** `timeout` in ms. */
  constructor(next: Dispatcher, timeout: number, clock: Clock) {
    this.#next = next;
    this.#timeout = timeout;
    this.#clock = clock;
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.deadline === 0) command.deadline = deadlineIn(this.#clock, this.#timeout);
    this.#next.dispatch(command, handler);
  }

  close(): Promise<void> {
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#next.destroy(error);
  }
}
