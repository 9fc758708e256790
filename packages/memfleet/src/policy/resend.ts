/**
 * Sends again what a node refused without having done it, of whatever verb it is:
 *
 *   not my vBucket ─▶ another node known ─▶ there, at once
 *                └──▶ nothing new ────────▶ wherever the router guesses, after a back-off
 *   nobody has the vBucket now ───────────▶ after a back-off
 *   busy, temporary failure, locked … ────▶ the same node, after a back-off
 *
 * Within the command's deadline, and at most twice as often as there are nodes. Commands with many keys or none pass unchanged.
 */
import { withJitter } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Command } from '../command.ts';
import type { Dispatcher, Handler } from '../dispatcher.ts';
import { ClosedError, type MemcacheError, NoNodesError } from '../errors.ts';
import { status } from '../protocol/binary/statuses.ts';
import { type Reply, replyError } from '../reply.ts';
import { Repetitions } from './repetitions.ts';

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

class ResendHandler implements Handler {
  readonly #policy: ResendPolicy;
  readonly #command: Command;
  readonly #handler: Handler;
  /** Re-sends so far, and how many of them after a back-off. */
  resends = 0;
  waits = 0;

  constructor(policy: ResendPolicy, command: Command, handler: Handler) {
    this.#policy = policy;
    this.#command = command;
    this.#handler = handler;
  }

  onReply(reply: Reply): void {
    if (reply.status !== 'error' || !this.#policy.onRefusal(this.#command, this, reply)) this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    if (!this.#policy.onNobody(this.#command, this, error)) this.#handler.onError(error);
  }

  /** It is over. */
  fail(error: MemcacheError): void {
    this.#handler.onError(error);
  }
}

/** See the head of this file. */
export class ResendPolicy implements Dispatcher {
  readonly #next: Dispatcher;
  readonly #router: Rerouter;
  readonly #isTemporary: (code: number) => boolean;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #repetitions: Repetitions;

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
    this.#clock = clock;
    this.#random = random;
    this.#repetitions = new Repetitions(clock);
  }

  dispatch(command: Command, handler: Handler): void {
    if (command.key === '') this.#next.dispatch(command, handler);
    else this.#next.dispatch(command, new ResendHandler(this, command, handler));
  }

  /** True: it is sent again, now or later. */
  onRefusal(command: Command, handler: ResendHandler, reply: Reply): boolean {
    const isElsewhere = reply.code === status.notMyVbucket;
    if (!isElsewhere && !this.#isTemporary(reply.code)) return false;
    const rerouted = isElsewhere ? this.#router.refused(command, reply) : 'later';
    // A replica that is not there is not looked for elsewhere: the caller has other copies to ask.
    if (command.replica > 0 || this.#isExhausted(handler)) {
      if (handler.resends > 0) reply.message = `${reply.message}, after ${handler.resends + 1} tries`;
      return false;
    }
    if (rerouted === 'again') {
      handler.resends++;
      this.#next.dispatch(command, handler);
      return true;
    }
    return this.#later(command, handler, replyError(reply));
  }

  /** A command for which there is no node at all: true when it waits for one. */
  onNobody(command: Command, handler: ResendHandler, error: MemcacheError): boolean {
    if (!(error instanceof NoNodesError)) return false;
    this.#router.refresh();
    if (command.replica > 0 || this.#isExhausted(handler)) return false;
    return this.#later(command, handler, error);
  }

  close(): Promise<void> {
    this.#repetitions.giveUp();
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#repetitions.giveUp(error ?? new ClosedError('closed while waiting to send again'));
    this.#next.destroy(error);
  }

  #isExhausted(handler: ResendHandler): boolean {
    const isSpent = handler.resends >= Math.max(leastResends, 2 * this.#router.nodes);
    return isSpent || this.#repetitions.isClosed;
  }

  #later(command: Command, handler: ResendHandler, error: MemcacheError): boolean {
    const wait = withJitter(Math.min(longestWait, firstWait * 2 ** handler.waits), jitter, this.#random);
    if (command.cancelled || (command.deadline !== 0 && this.#clock.now() + wait >= command.deadline)) return false;
    handler.resends++;
    handler.waits++;
    this.#repetitions.add(wait, handler, error, () => {
      if (command.cancelled) handler.fail(error);
      else this.#next.dispatch(command, handler);
    });
    return true;
  }
}
