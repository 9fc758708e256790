/**
 * Resends commands of any verb that a node refused without executing them:
 *
 *   not my vBucket ─▶ another node known ─▶ that node, at once
 *                └──▶ nothing new ────────▶ the node that the router guesses, after a back-off
 *   no node has the vBucket now ──────────▶ after a back-off
 *   busy, temporary failure, locked … ────▶ the same node, after a back-off
 *   an earlier command of the key is in flight on a node that the vBucket has left ─▶ after that
 *   unknown collection, id is outdated ───▶ when its id was asked again (collections.ts), at once
 *                      └▶ no node has it ─▶ the same, after a back-off
 *
 * Within the command's deadline. Refusals that lead to other nodes are bounded as well, by two for each node. A busy
 * node is waited for until the deadline, as the official SDK does; a command without a deadline has the bound for both.
 * Waiting commands keep the order of their key (attempts.ts).
 */
import { withJitter } from '../base/backoff.ts';
import { type Random, systemRandom } from '../base/chance.ts';
import { type Clock, hasPassed } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import { type Dispatcher, wrap } from '../core/dispatcher.ts';
import { type MemcacheError, NoNodesError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { type Attempt, Attempts, type RetryRule } from '../policy/attempts.ts';

/** The knowledge of vBucket locations. */
export interface Rerouter {
  /** The number of nodes. */
  readonly nodes: number;
  /** Called when a node does not have the vBucket. `again`: another node is known; `later`: nothing new is known. */
  refused(command: Command, reply: Reply): 'again' | 'later';
  /**
   * Called when a node does not know the collection id of a command: it refuses the others in flight as well, and later
   * commands of their keys must wait. `isForgotten`: so do all nodes, for what is in flight on them.
   */
  outdated(command: Command, node: string, isForgotten: boolean): void;
  /** Whether the command must wait for an earlier one of its key, which a node will refuse. */
  holds(command: Command): boolean;
  /** The known locations may be old. */
  refresh(): void;
}

/** What the refusal of a collection means. */
export interface UnknownCollection {
  /** The error of a call that gives up. */
  readonly error: MemcacheError;
  /** Whether the id was an old one, so that the command may succeed with another. */
  readonly isOutdated: boolean;
  /** Whether the id was known until now: later commands wait for another. */
  readonly isForgotten: boolean;
}

/** The knowledge of collections. */
export interface CollectionJudge {
  /** Called when a node does not know the collection of a command. */
  refused(command: Command, reply: Reply): UnknownCollection;
}

/** The maximum number of counted resends where there are few nodes. */
const leastResends = 4;
/** A command with this many resends is resent after a back-off only, when the id of its collection is outdated. */
const mostAtOnce = 4;
/** The first and the longest back-off, in ms. */
const firstWait = 5;
const longestWait = 100;
const jitter = 0.3;
/**
 * The time between two looks whether a command may be sent, in ms. A reply that resends the earlier one is one as well.
 */
const heldWait = 5;
/** The time that the last try has for its reply, in ms: a refusal says more than the end of the time. */
const replyTime = 10;

/** What is known of the bucket. */
export interface ResendKnowledge {
  readonly router: Rerouter;
  readonly collections: CollectionJudge;
  /** Whether the status says that the same request may succeed later. */
  readonly isTemporary: (code: number) => boolean;
}

/** Resends commands that a node refused without executing them. */
export function resendPolicy(
  next: Dispatcher,
  bucket: ResendKnowledge,
  clock: Clock,
  random: Random = systemRandom,
): Dispatcher {
  const attempts = new Attempts(next, new ResendRule(bucket, clock, random), clock);
  return wrap(
    next,
    (command, handler) => attempts.dispatch(command, handler),
    (error) => attempts.giveUp(error),
  );
}

class ResendRule implements RetryRule {
  readonly #router: Rerouter;
  readonly #collections: CollectionJudge;
  readonly #isTemporary: (code: number) => boolean;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** The back-offs of each attempt; attempts without one have no entry. */
  readonly #waits = new WeakMap<Attempt, Waits>();

  constructor({ router, collections, isTemporary }: ResendKnowledge, clock: Clock, random: () => number) {
    this.#router = router;
    this.#collections = collections;
    this.#isTemporary = isTemporary;
    this.#clock = clock;
    this.#random = random;
  }

  holdTime(command: Command): number {
    return this.#router.holds(command) ? heldWait : 0;
  }

  onRefusal(attempt: Attempt, reply: Reply, attempts: Attempts): boolean {
    const { command, retries } = attempt;
    const isUnknown = reply.code === status.unknownCollection || reply.code === status.unknownScope;
    if (isUnknown && command.collection !== undefined) return this.#onUnknown(attempt, reply, attempts);
    const isElsewhere = reply.code === status.notMyVbucket;
    if (!isElsewhere && !this.#isTemporary(reply.code)) return false;
    if (command.packet?.finals?.includes(reply.code) === true) return false;
    const rerouted = isElsewhere ? this.#router.refused(command, reply) : 'later';
    // A missing replica is not searched elsewhere: the caller has other copies to read.
    const isOver = command.replica > 0 || this.#isExhausted(attempt, attempts, !isElsewhere);
    if (!isOver && rerouted === 'again') {
      attempts.retryNow(attempt, () => replyError(reply));
      return true;
    }
    if (!isOver && this.#later(attempt, replyError(reply), attempts, !isElsewhere)) return true;
    if (retries > 0) reply.message = `${reply.message}, after ${retries + 1} tries`;
    return false;
  }

  /** It is sent again, or fails with an error that names the collection. */
  #onUnknown(attempt: Attempt, reply: Reply, attempts: Attempts): boolean {
    const { error, isForgotten, isOutdated } = this.#collections.refused(attempt.command, reply);
    if (isOutdated) this.#router.outdated(attempt.command, reply.node, isForgotten);
    if (!this.#isExhausted(attempt, attempts, true)) {
      if (isOutdated && attempt.retries < mostAtOnce) {
        attempts.retryNow(attempt, () => error);
        return true;
      }
      if (this.#later(attempt, error, attempts, true)) return true;
    }
    attempt.fail(error);
    attempts.end(attempt, false);
    return true;
  }

  onError(attempt: Attempt, error: MemcacheError, attempts: Attempts): boolean {
    if (!(error instanceof NoNodesError)) return false;
    this.#router.refresh();
    if (attempt.command.replica > 0 || this.#isExhausted(attempt, attempts, false)) return false;
    return this.#later(attempt, error, attempts, false);
  }

  /** `isBusy`: the node has the vBucket, and may execute the command later. */
  #isExhausted(attempt: Attempt, attempts: Attempts, isBusy: boolean): boolean {
    const { command, retries } = attempt;
    if (command.cancelled || attempts.isClosed) return true;
    // Queues look for passed deadlines now and then: another queue would find this one even later.
    if (hasPassed(command.deadline, this.#clock)) return true;
    if (isBusy && command.deadline !== 0) return false;
    const counted = command.deadline === 0 ? retries : retries - (this.#waits.get(attempt)?.busy ?? 0);
    return counted >= Math.max(leastResends, 2 * this.#router.nodes);
  }

  #later(attempt: Attempt, error: MemcacheError, attempts: Attempts, isBusy: boolean): boolean {
    const waits = this.#waits.get(attempt) ?? { count: 0, busy: 0 };
    const wait = withJitter(Math.min(longestWait, firstWait * 2 ** waits.count), jitter, this.#random);
    const { deadline } = attempt.command;
    if (deadline !== 0 && this.#clock.now() + wait + replyTime > deadline) return false;
    if (!attempts.retryIn(attempt, wait, error)) return false;
    waits.count++;
    if (isBusy) waits.busy++;
    this.#waits.set(attempt, waits);
    return true;
  }
}

/** The back-offs of one attempt, and how many of them waited for a busy node. */
interface Waits {
  count: number;
  busy: number;
}
