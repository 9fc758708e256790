/**
 * Sends again what a node refused without having done it, of whatever verb it is:
 *
 *   not my vBucket ─▶ another node known ─▶ there, at once
 *                └──▶ nothing new ────────▶ wherever the router guesses, after a back-off
 *   nobody has the vBucket now ───────────▶ after a back-off
 *   busy, temporary failure, locked … ────▶ the same node, after a back-off
 *
 * Within the command's deadline, and at most twice as often as there are nodes. While a command waits, the later ones of its key wait behind it (retry-queue.ts). What is
 * sent again at once waits for nobody: when a vBucket moves between two commands of a key, the later one may reach the new node first. Commands with many keys or none pass
 * unchanged.
 */
import { withJitter } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import { type Dispatcher, type Handler, swallow } from '../core/dispatcher.ts';
import { ClosedError, type MemcacheError, NoNodesError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { type Attempt, RetryQueue } from '../policy/retry-queue.ts';
import { status } from '../protocol/binary/statuses.ts';

/** Whoever knows where vBuckets are. */
export interface Rerouter {
  /** How many nodes there are. */
  readonly nodes: number;
  /** A node does not have the vBucket. `again`: another node is known; `later`: nothing new is. */
  refused(command: Command, reply: Reply): 'again' | 'later';
  /** What is known of the vBuckets may be old. */
  refresh(): void;
}

/** Re-sends at most, however few nodes there are. */
const leastResends = 4;
/** Waits: the first, and the longest, in ms. */
const firstWait = 5;
const longestWait = 100;
const jitter = 0.3;

class ResendHandler implements Handler, Attempt {
  readonly command: Command;
  readonly number: number;
  readonly #policy: ResendPolicy;
  #handler: Handler;
  /** Re-sends so far, and how many of them after a back-off. */
  resends = 0;
  waits = 0;

  constructor(policy: ResendPolicy, command: Command, handler: Handler, number: number) {
    this.#policy = policy;
    this.command = command;
    this.#handler = handler;
    this.number = number;
  }

  onReply(reply: Reply): void {
    if (reply.status !== 'error') {
      this.#handler.onReply(reply);
      if (this.#policy.isOrdering) this.#policy.end(this, true);
    } else if (!this.#policy.onRefusal(this, reply)) {
      this.#handler.onReply(reply);
      this.#policy.end(this, false);
    }
  }

  onError(error: MemcacheError): void {
    if (this.#policy.onNobody(this, error)) return;
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

/** Sends commands again that a node refused without executing them. */
export class ResendPolicy implements Dispatcher {
  readonly #next: Dispatcher;
  readonly #router: Rerouter;
  readonly #isTemporary: (code: number) => boolean;
  readonly #random: () => number;
  readonly #retries: RetryQueue;

  /** `isTemporary`: does this status say that the same request would be welcome later? */
  constructor(
    next: Dispatcher,
    router: Rerouter,
    isTemporary: (code: number) => boolean,
    clock: Clock,
    random: () => number = Math.random,
  ) {
    this.#next = next;
    this.#router = router;
    this.#isTemporary = isTemporary;
    this.#random = random;
    this.#retries = new RetryQueue(clock);
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.key === '') {
      if (this.isOrdering && command.verb === 'flush') this.#retries.release();
      this.#next.dispatch(command, handler);
      return;
    }
    const attempt = new ResendHandler(this, command, handler, this.#retries.takeNumber());
    if (!this.isOrdering || !this.#retries.follow(attempt)) this.#next.dispatch(command, attempt);
  }

  /** Some key has commands that wait, or that were sent again after a wait. */
  get isOrdering(): boolean {
    return this.#retries.size > 0;
  }

  /** True: it is sent again, now or later. */
  onRefusal(attempt: ResendHandler, reply: Reply): boolean {
    const { command } = attempt;
    const isElsewhere = reply.code === status.notMyVbucket;
    if (!isElsewhere && !this.#isTemporary(reply.code)) return false;
    const rerouted = isElsewhere ? this.#router.refused(command, reply) : 'later';
    // A replica that is not there is not looked for elsewhere: the caller has other copies to ask.
    if (command.replica > 0 || this.#isExhausted(attempt)) {
      if (attempt.resends > 0) reply.message = `${reply.message}, after ${attempt.resends + 1} tries`;
      return false;
    }
    if (rerouted === 'later') return this.#later(attempt, replyError(reply));
    attempt.resends++;
    if (!this.#retries.addNow(attempt, () => replyError(reply))) this.send(attempt);
    return true;
  }

  /** A command for which there is no node at all: true when it waits for one. */
  onNobody(attempt: ResendHandler, error: MemcacheError): boolean {
    if (!(error instanceof NoNodesError)) return false;
    this.#router.refresh();
    if (attempt.command.replica > 0 || this.#isExhausted(attempt)) return false;
    return this.#later(attempt, error);
  }

  send(attempt: ResendHandler): void {
    this.#next.dispatch(attempt.command, attempt);
  }

  /** It is over. `isDone`: a node did it. */
  end(attempt: Attempt, isDone: boolean): void {
    this.#retries.end(attempt, isDone);
  }

  close(): Promise<void> {
    this.#retries.giveUp();
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#retries.giveUp(error ?? new ClosedError('closed while waiting to send again'));
    this.#next.destroy(error);
  }

  #isExhausted(attempt: ResendHandler): boolean {
    const isSpent = attempt.resends >= Math.max(leastResends, 2 * this.#router.nodes);
    return isSpent || attempt.command.cancelled || this.#retries.isClosed;
  }

  #later(attempt: ResendHandler, error: MemcacheError): boolean {
    const wait = withJitter(Math.min(longestWait, firstWait * 2 ** attempt.waits), jitter, this.#random);
    if (!this.#retries.add(attempt, wait, error)) return false;
    attempt.resends++;
    attempt.waits++;
    return true;
  }
}
