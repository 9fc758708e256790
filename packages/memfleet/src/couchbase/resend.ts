/**
 * Sends again what a node refused without having done it, of whatever verb it is:
 *
 *   not my vBucket ─▶ another node known ─▶ there, at once
 *                └──▶ nothing new ────────▶ wherever the router guesses, after a back-off
 *   nobody has the vBucket now ───────────▶ after a back-off
 *   busy, temporary failure, locked … ────▶ the same node, after a back-off
 *
 * Within the command's deadline, and at most twice as often as there are nodes. Commands that wait keep the order of
 * their key (attempts.ts). A command that is sent again at once waits for no other: when a vBucket moves between two
 * commands of a key, the later one may reach the new node first.
 */
import { withJitter } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import { type Dispatcher, wrap } from '../core/dispatcher.ts';
import { type MemcacheError, NoNodesError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { status } from '../core/status.ts';
import { type Attempt, Attempts, type RepeatRule } from '../policy/attempts.ts';

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

/**
 * Sends commands again that a node refused without executing them. `isTemporary`: does the status say that the same
 * request is welcome later?
 */
export function resendPolicy(
  next: Dispatcher,
  router: Rerouter,
  isTemporary: (code: number) => boolean,
  clock: Clock,
  random: () => number = Math.random,
): Dispatcher {
  const attempts = new Attempts(next, new ResendRule(router, isTemporary, random), clock);
  return wrap(
    next,
    (command, handler) => attempts.dispatch(command, handler),
    (error) => attempts.giveUp(error),
  );
}

class ResendRule implements RepeatRule {
  readonly #router: Rerouter;
  readonly #isTemporary: (code: number) => boolean;
  readonly #random: () => number;
  /** How often an attempt waited for a back-off; those that did not are not here. */
  readonly #waits = new WeakMap<Attempt, number>();

  constructor(router: Rerouter, isTemporary: (code: number) => boolean, random: () => number) {
    this.#router = router;
    this.#isTemporary = isTemporary;
    this.#random = random;
  }

  onRefusal(attempt: Attempt, reply: Reply, attempts: Attempts): boolean {
    const { command, repeats } = attempt;
    const isElsewhere = reply.code === status.notMyVbucket;
    if (!isElsewhere && !this.#isTemporary(reply.code)) return false;
    const rerouted = isElsewhere ? this.#router.refused(command, reply) : 'later';
    // A replica that is not there is not looked for elsewhere: the caller has other copies to ask.
    if (command.replica > 0 || this.#isExhausted(attempt, attempts)) {
      if (repeats > 0) reply.message = `${reply.message}, after ${repeats + 1} tries`;
      return false;
    }
    if (rerouted === 'later') return this.#later(attempt, replyError(reply), attempts);
    attempts.repeatNow(attempt, () => replyError(reply));
    return true;
  }

  onError(attempt: Attempt, error: MemcacheError, attempts: Attempts): boolean {
    if (!(error instanceof NoNodesError)) return false;
    this.#router.refresh();
    if (attempt.command.replica > 0 || this.#isExhausted(attempt, attempts)) return false;
    return this.#later(attempt, error, attempts);
  }

  #isExhausted({ command, repeats }: Attempt, attempts: Attempts): boolean {
    const isSpent = repeats >= Math.max(leastResends, 2 * this.#router.nodes);
    return isSpent || command.cancelled || attempts.isClosed;
  }

  #later(attempt: Attempt, error: MemcacheError, attempts: Attempts): boolean {
    const waits = this.#waits.get(attempt) ?? 0;
    const wait = withJitter(Math.min(longestWait, firstWait * 2 ** waits), jitter, this.#random);
    if (!attempts.repeatIn(attempt, wait, error)) return false;
    this.#waits.set(attempt, waits + 1);
    return true;
  }
}
