/**
 * Tries again what failed, where that is safe and worth it.
 *
 *   safe:   nothing was sent, or the command is a read
 *   worth:  the failure was the connection's or the node's (never an error answer, a full queue, the caller's own deadline)
 *   within: the command's deadline, the number of tries, and a budget shared by all commands, so that retries cannot double the load of a sick fleet
 *
 * A retry goes through the cluster again, so a node that was ejected meanwhile is passed by. While a command waits for
 * it, the later ones of its key wait behind it (retry-queue.ts).
 */
import { withJitter } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { type Command, isRead } from '../core/command.ts';
import { type Dispatcher, type Handler, swallow } from '../core/dispatcher.ts';
import {
  ClosedError,
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  NodeEjectedError,
  TimeoutError,
} from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import type { ResolvedRetryOptions } from './retry-options.ts';
import { type Attempt, RetryQueue } from './retry-queue.ts';

/** Repetitions that can be saved up. */
const maxBudget = 100;

/** May the command be sent again after this error? */
export function isRetriable(command: Command, error: MemcacheError): boolean {
  if (command.cancelled) return false;
  const isTransport =
    error instanceof ConnectError ||
    error instanceof ConnectionClosedError ||
    // Thrown out of the pool by the ejection, with what caused it: another node may serve it. Refused because the node
    // is out: it will be for seconds.
    (error instanceof NodeEjectedError && error.cause !== undefined) ||
    (error instanceof TimeoutError && error.phase === 'connect');
  return isTransport && (!error.sent || isRead(command));
}

class RetryHandler implements Handler, Attempt {
  readonly command: Command;
  readonly number: number;
  readonly #policy: RetryPolicy;
  #handler: Handler;
  #tries = 0;
  /** Items were passed on: a retry would give them twice. */
  #hasItems = false;

  constructor(policy: RetryPolicy, command: Command, handler: Handler, number: number) {
    this.#policy = policy;
    this.command = command;
    this.#handler = handler;
    this.number = number;
  }

  onReply(reply: Reply): void {
    if (reply.part === 'item') this.#hasItems = true;
    if (this.#hasItems || !this.#policy.isOrdering) {
      this.#handler.onReply(reply);
      return;
    }
    // The reply may be another one's once the handler had it.
    const isDone = reply.status !== 'error';
    this.#handler.onReply(reply);
    this.#policy.end(this, isDone);
  }

  onError(error: MemcacheError): void {
    if (!this.#hasItems && this.#policy.tryAgain(this, error, this.#tries)) {
      this.#tries++;
      return;
    }
    this.#handler.onError(error);
    this.#policy.end(this, false);
  }

  send(): void {
    this.#policy.send(this);
  }

  fail(error: MemcacheError): void {
    const handler = this.#handler;
    this.#handler = swallow;
    handler.onError(error);
  }
}

/** A command without one key that waits behind commands with one. */
class LaterCommand implements Attempt {
  readonly command: Command;
  readonly number: number;
  readonly #next: Dispatcher;
  readonly #handler: Handler;

  constructor(next: Dispatcher, command: Command, handler: Handler, number: number) {
    this.#next = next;
    this.command = command;
    this.#handler = handler;
    this.number = number;
  }

  send(): void {
    this.#next.dispatch(this.command, this.#handler);
  }

  fail(error: MemcacheError): void {
    this.#handler.onError(error);
  }
}

/**
 * Retries failed commands where that is safe. Commands with many keys or none are not retried: their parts fail one by
 * one.
 */
export class RetryPolicy implements Dispatcher {
  readonly #next: Dispatcher;
  readonly #options: ResolvedRetryOptions;
  readonly #random: () => number;
  #budget = maxBudget / 10;
  readonly #retries: RetryQueue;

  constructor(next: Dispatcher, options: ResolvedRetryOptions, clock: Clock, random: () => number = Math.random) {
    this.#next = next;
    this.#options = options;
    this.#random = random;
    this.#retries = new RetryQueue(clock);
  }

  dispatch(command: Command, handler: Handler): void {
    this.#budget = Math.min(maxBudget, this.#budget + this.#options.budget);
    if (command.key === '') {
      this.#dispatchKeyless(command, handler);
      return;
    }
    const attempt = new RetryHandler(this, command, handler, this.#retries.takeNumber());
    if (!this.isOrdering || !this.#retries.follow(attempt)) this.#next.dispatch(command, attempt);
  }

  /** Some key has commands that wait, or that were sent again. */
  get isOrdering(): boolean {
    return this.#retries.size > 0;
  }

  /** Begins a retry; false when there shall be none. `tries`: retries made already. */
  tryAgain(attempt: Attempt, error: MemcacheError, tries: number): boolean {
    const { attempts, delay, jitter } = this.#options;
    const isOver = this.#retries.isClosed || tries >= attempts || this.#budget < 1;
    if (isOver || !isRetriable(attempt.command, error)) return false;
    const wait = withJitter(delay * 2 ** tries, jitter, this.#random);
    if (!this.#retries.add(attempt, wait, error)) return false;
    this.#budget--;
    return true;
  }

  send(attempt: RetryHandler): void {
    this.#next.dispatch(attempt.command, attempt);
  }

  /** It is over. `isDone`: the node did it. */
  end(attempt: Attempt, isDone: boolean): void {
    this.#retries.end(attempt, isDone);
  }

  close(): Promise<void> {
    this.#retries.giveUp();
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#retries.giveUp(error ?? new ClosedError('closed while waiting to try again'));
    this.#next.destroy(error);
  }

  #dispatchKeyless(command: Command, handler: Handler): void {
    if (this.isOrdering) {
      // It deletes what waiting writes would write: they must not come after it.
      if (command.verb === 'flush') this.#retries.release();
      const later = new LaterCommand(this.#next, command, handler, this.#retries.takeNumber());
      if (command.keys !== undefined && this.#retries.follow(later)) return;
    }
    this.#next.dispatch(command, handler);
  }
}
