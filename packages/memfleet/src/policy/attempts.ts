/**
 * Sends commands, and retries them where a rule says so:
 *
 *   dispatch ─▶ attempt ─▶ next ─ replied ────────────────────────────▶ handler
 *                 ▲          └─ failed, refused ─▶ rule ─ leave it ────▶ handler
 *                 └── after a wait, or at once ◀────┘ retry it
 *
 * While a command waits, later commands of its key wait behind it (retry-queue.ts). Commands with many keys or none are
 * never retried: their parts fail one by one, and the handler receives each failure.
 */
import type { Clock } from '../base/clock.ts';
import { type Command, describeCommand } from '../core/command.ts';
import { type Dispatcher, type Handler, swallow } from '../core/dispatcher.ts';
import { type MemcacheError, TimeoutError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { RetryQueue, type Resendable } from './retry-queue.ts';

/**
 * Decides which commands are retried. Both methods begin the retry by `retryIn` or `retryNow`, and return whether
 * they did.
 */
export interface RetryRule {
  /** Before a command is sent: how long it must wait first, in ms; 0 = it may be sent. @default it may */
  holdTime?(command: Command): number;
  onError(attempt: Attempt, error: MemcacheError, attempts: Attempts): boolean;
  /** The node replied with an error. */
  onRefusal(attempt: Attempt, reply: Reply, attempts: Attempts): boolean;
}

/** More retries than any rule allows. */
const tooMany = 0x3fff_ffff;

/** One command in progress. */
export class Attempt implements Handler, Resendable {
  readonly command: Command;
  readonly number: number;
  readonly #attempts: Attempts;
  #handler: Handler;
  /** The number of retries so far. */
  retries = 0;

  constructor(attempts: Attempts, command: Command, handler: Handler, number: number) {
    this.#attempts = attempts;
    this.command = command;
    this.#handler = handler;
    this.number = number;
  }

  onReply(reply: Reply): void {
    if (reply.part === 'item') {
      // A retry would deliver the item twice.
      this.retries = tooMany;
      this.#handler.onReply(reply);
      return;
    }
    const isDone = reply.status !== 'error';
    if (!isDone && this.retries < tooMany && this.#attempts.rule.onRefusal(this, reply, this.#attempts)) return;
    this.#handler.onReply(reply);
    if (this.#attempts.isOrdering) this.#attempts.end(this, isDone);
  }

  onError(error: MemcacheError): void {
    if (this.retries < tooMany && this.#attempts.rule.onError(this, error, this.#attempts)) return;
    this.#handler.onError(error);
    this.#attempts.end(this, false);
  }

  send(): void {
    if (!this.#attempts.hold(this)) this.#attempts.next.dispatch(this.command, this);
  }

  fail(error: MemcacheError): void {
    const handler = this.#handler;
    this.#handler = swallow;
    handler.onError(error);
  }
}

/** Sends commands, and retries them where the rule says so. */
export class Attempts {
  readonly next: Dispatcher;
  readonly rule: RetryRule;
  readonly #queue: RetryQueue;

  constructor(next: Dispatcher, rule: RetryRule, clock: Clock) {
    this.next = next;
    this.rule = rule;
    this.#queue = new RetryQueue(clock);
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.key === '') {
      this.#dispatchKeyless(command, handler);
      return;
    }
    const attempt = new Attempt(this, command, handler, this.#queue.takeNumber());
    if (!this.isOrdering || !this.#queue.follow(attempt)) attempt.send();
  }

  /** Whether the attempt waits before it is sent, or has failed because that would take too long. */
  hold(attempt: Attempt): boolean {
    const { rule } = this;
    const wait = rule.holdTime === undefined ? 0 : rule.holdTime(attempt.command);
    if (wait === 0) return false;
    const error = heldError(attempt.command);
    if (!this.#queue.add(attempt, wait, error)) {
      attempt.fail(error);
      this.end(attempt, false);
    }
    return true;
  }

  /** Whether some key has commands that wait, or that were retried. */
  get isOrdering(): boolean {
    return this.#queue.size > 0;
  }

  /** No more retries. */
  get isClosed(): boolean {
    return this.#queue.isClosed;
  }

  /** Retries it in `wait` ms. False: that would be after its deadline. */
  retryIn(attempt: Attempt, wait: number, error: MemcacheError): boolean {
    if (!this.#queue.add(attempt, wait, error)) return false;
    attempt.retries++;
    return true;
  }

  /** Retries it at once, or together with the commands of its key that already wait. */
  retryNow(attempt: Attempt, makeError: () => MemcacheError): void {
    attempt.retries++;
    if (!this.#queue.addNow(attempt, makeError)) attempt.send();
  }

  /** The attempt is over. `isDone`: a node executed the command. */
  end(attempt: Attempt, isDone: boolean): void {
    this.#queue.end(attempt, isDone);
  }

  /** Ends all retries. Waiting commands fail with `reason`; without one, with the error of their last attempt. */
  giveUp(reason?: MemcacheError): void {
    this.#queue.giveUp(reason);
  }

  #dispatchKeyless(command: Command, handler: Handler): void {
    if (this.isOrdering) {
      // A flush deletes the items of waiting writes: the writes must not come after it.
      if (command.verb === 'flush') this.#queue.release();
      const later = new LaterCommand(this.next, command, handler, this.#queue.takeNumber());
      if (command.keys !== undefined && this.#queue.follow(later)) return;
    }
    this.next.dispatch(command, handler);
  }
}

function heldError(command: Command): MemcacheError {
  const message = `${describeCommand(command)}: an earlier command of its key has no reply before the deadline`;
  return new TimeoutError(message, 'acquire');
}

/** A command with many keys that waits behind commands with one of them. */
class LaterCommand implements Resendable {
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
