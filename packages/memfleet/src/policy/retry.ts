/**
 * Tries again what failed, where that is safe and worth it.
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
import { Attempts, type RepeatRule } from './attempts.ts';
import type { ResolvedRetryOptions } from './retry-options.ts';

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

/** Repeats commands that failed, where that is safe and worth it. */
export function retryPolicy(
  next: Dispatcher,
  options: ResolvedRetryOptions,
  clock: Clock,
  random: () => number = Math.random,
): Dispatcher {
  let budget = maxBudget / 10;
  const onError: RepeatRule['onError'] = (attempt, error, attempts) => {
    const { repeats } = attempt;
    const isOver = attempts.isClosed || repeats >= options.attempts || budget < 1;
    if (isOver || !isRetriable(attempt.command, error)) return false;
    const wait = withJitter(options.delay * 2 ** repeats, options.jitter, random);
    if (!attempts.repeatIn(attempt, wait, error)) return false;
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
