/**
 * Tries again what failed, where that is safe and worth it.
 *
 *   safe:   nothing was sent, or the command is a read
 *   worth:  the failure was the connection's or the node's (never an error answer, a full queue, the caller's own deadline)
 *   within: the command's deadline, the number of tries, and a budget shared by all commands, so that retries cannot double the load of a sick fleet
 *
 * A repetition goes through the cluster again, so a node that was ejected meanwhile is passed by.
 */
import { withJitter } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { type Command, isRead } from '../command.ts';
import type { Dispatcher, Handler } from '../dispatcher.ts';
import {
  ClosedError,
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  NodeEjectedError,
  TimeoutError,
} from '../errors.ts';
import type { Reply } from '../reply.ts';
import { Repetitions } from './repetitions.ts';

/** How often and how soon. */
export interface RetryOptions {
  /** Repetitions of one command at most; 0 = none. @default 1 */
  readonly attempts?: number | undefined;
  /** Milliseconds before the first repetition; doubles with each. @default 10 */
  readonly delay?: number | undefined;
  /** The share of the wait that is drawn at random. @default 0.5 */
  readonly jitter?: number | undefined;
  /** Repetitions per command sent, on average: every command adds so much to the budget, a repetition takes 1. @default 0.1 */
  readonly budget?: number | undefined;
}

/** `RetryOptions` with nothing left open. */
export interface ResolvedRetryOptions {
  readonly attempts: number;
  readonly delay: number;
  readonly jitter: number;
  readonly budget: number;
}

/** The defaults of `RetryOptions`. */
export const retryDefaults: ResolvedRetryOptions = Object.freeze({ attempts: 1, delay: 10, jitter: 0.5, budget: 0.1 });

/** Repetitions that can be saved up. */
const maxBudget = 100;

/** May the command be sent again after this error? */
export function isRetriable(command: Command, error: MemcacheError): boolean {
  if (command.cancelled) return false;
  const isTransport =
    error instanceof ConnectError ||
    error instanceof ConnectionClosedError ||
    // Thrown out of the pool by the ejection, with what caused it: another node may serve it. Refused because the node is out: it will be for seconds.
    (error instanceof NodeEjectedError && error.cause !== undefined) ||
    (error instanceof TimeoutError && error.phase === 'connect');
  return isTransport && (!error.sent || isRead(command));
}

class RetryHandler implements Handler {
  readonly #policy: RetryPolicy;
  readonly #command: Command;
  readonly #handler: Handler;
  #tries = 0;
  /** Items of a multi-key get were passed on: a repetition would give them twice. */
  #hasItems = false;

  constructor(policy: RetryPolicy, command: Command, handler: Handler) {
    this.#policy = policy;
    this.#command = command;
    this.#handler = handler;
  }

  onReply(reply: Reply): void {
    if (reply.part === 'item') this.#hasItems = true;
    this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    if (this.#hasItems || !this.#policy.tryAgain(this.#command, this, error, this.#tries++))
      this.#handler.onError(error);
  }
}

/** See the head of this file. Commands with many keys or none pass unchanged: their parts fail one by one, which the handler sees as such. */
export class RetryPolicy implements Dispatcher {
  readonly #next: Dispatcher;
  readonly #options: ResolvedRetryOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  #budget = maxBudget / 10;
  readonly #repetitions: Repetitions;

  constructor(next: Dispatcher, options: ResolvedRetryOptions, clock: Clock, random: () => number = Math.random) {
    this.#next = next;
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#repetitions = new Repetitions(clock);
  }

  dispatch(command: Command, handler: Handler): void {
    this.#budget = Math.min(maxBudget, this.#budget + this.#options.budget);
    // A scattered command reports failed parts by itself; its handler sees no error that a repetition could mend.
    if (command.key === '') this.#next.dispatch(command, handler);
    else this.#next.dispatch(command, new RetryHandler(this, command, handler));
  }

  /** Begins a repetition; false when there shall be none. `tries`: repetitions made already. */
  tryAgain(command: Command, handler: Handler, error: MemcacheError, tries: number): boolean {
    const { attempts, delay, jitter } = this.#options;
    const isOver = this.#repetitions.isClosed || tries >= attempts || this.#budget < 1;
    if (isOver || !isRetriable(command, error)) return false;
    const wait = withJitter(delay * 2 ** tries, jitter, this.#random);
    if (command.deadline !== 0 && this.#clock.now() + wait >= command.deadline) return false;
    this.#budget--;
    this.#repetitions.add(wait, handler, error, () => {
      if (command.cancelled) handler.onError(error);
      else this.#next.dispatch(command, handler);
    });
    return true;
  }

  close(): Promise<void> {
    this.#repetitions.giveUp();
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#repetitions.giveUp(error ?? new ClosedError('closed while waiting to try again'));
    this.#next.destroy(error);
  }
}
