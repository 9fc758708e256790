/**
 * Retries failed commands where that is safe and worthwhile.
 *
 *   safe:   nothing was sent, or the command is a read
 *   worth:  the failure was the connection's or the node's (never an error reply, a full queue, the caller's deadline)
 *   within: the command's deadline, the number of tries, and a budget shared by all commands, so that retries cannot
 *           double the load of a sick fleet
 *
 * A retry goes through the cluster again, so it does not go to a node that was ejected meanwhile. Retries keep the
 * order of a key's commands (attempts.ts).
 */
import { withJitter } from '../base/backoff.ts';
import { type Random, systemRandom } from '../base/chance.ts';
import type { Clock } from '../base/clock.ts';
import { type Command, isRead } from '../core/command.ts';
import { type Dispatcher, wrap } from '../core/dispatcher.ts';
import {
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  NodeEjectedError,
  TimeoutError,
} from '../core/errors.ts';
import { Attempts, type RetryRule } from './attempts.ts';
import type { ResolvedRetryOptions } from './retry-options.ts';

/** The number of retries that the budget can hold. */
const maxBudget = 100;

/** Whether the command may be retried after this error. */
function isRetriable(command: Command, error: MemcacheError): boolean {
  if (command.cancelled) return false;
  const isTransport =
    error instanceof ConnectError ||
    error instanceof ConnectionClosedError ||
    // A command that the ejection removed from the pool carries the cause: another node may serve it. A command that
    // was refused because the node is ejected does not: the node stays ejected for seconds.
    (error instanceof NodeEjectedError && error.cause !== undefined) ||
    (error instanceof TimeoutError && error.phase === 'connect');
  return isTransport && (!error.sent || isRead(command));
}

/** Retries failed commands where that is safe and worthwhile. */
export function retryPolicy(
  next: Dispatcher,
  options: ResolvedRetryOptions,
  clock: Clock,
  random: Random = systemRandom,
): Dispatcher {
  let budget = maxBudget / 10;
  const onError: RetryRule['onError'] = (attempt, error, attempts) => {
    const { retries } = attempt;
    const isOver = attempts.isClosed || retries >= options.attempts || budget < 1;
    if (isOver || !isRetriable(attempt.command, error)) return false;
    const wait = withJitter(options.delay * 2 ** retries, options.jitter, random);
    if (!attempts.retryIn(attempt, wait, error)) return false;
    budget--;
    return true;
  };
  const attempts = new Attempts(next, { onError, onRefusal: () => false }, clock);
  return wrap(
    next,
    (command, handler) => {
      budget = Math.min(maxBudget, budget + options.budget);
      attempts.dispatch(command, handler);
    },
    (error) => attempts.giveUp(error),
  );
}
