/** Policies that send commands again, and callers of them. */
import { Command } from '../../src/core/command.ts';
import type { Dispatcher } from '../../src/core/dispatcher.ts';
import { ConnectError, type MemcacheError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { resendPolicy, type Rerouter } from '../../src/couchbase/resend.ts';
import { retryDefaults } from '../../src/policy/retry-options.ts';
import { retryPolicy } from '../../src/policy/retry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';
import { noCollections } from '../support/no-collections.ts';

export const temporary = 0x86;
export const notMyVbucket = 7;
export const refused = new ConnectError('refused');

/** What a caller got. */
export interface Outcome {
  readonly command: Command;
  result: string | MemcacheError | undefined;
  count: number;
}

export function command(
  verb: 'store' | 'get' | 'arith' | 'flush',
  key: string,
  fields: Partial<Command> = {},
): Command {
  return Object.assign(new Command(verb, key), { deadline: 100_000, ...fields });
}

export function send(policy: Dispatcher, sent: Command): Outcome {
  const outcome: Outcome = { command: sent, result: undefined, count: 0 };
  const settle = (result: string | MemcacheError): void => {
    outcome.count++;
    outcome.result = result;
  };
  policy.dispatch(sent, {
    onReply: (reply) =>
      settle(reply.status === 'error' ? `error ${reply.code}` : reply.hasValue ? reply.text() : reply.status),
    onError: settle,
  });
  return outcome;
}

export const set = (value: string, fields: Partial<Command> = {}): Command =>
  command('store', 'k', { value, ...fields });
export const get = (fields: Partial<Command> = {}): Command => command('get', 'k', fields);

/** Two random numbers in turn: the first waits are long, the second ones short. */
export function longThenShort(): () => number {
  let isLong = false;
  return () => {
    isLong = !isLong;
    return isLong ? 0.999 : 0;
  };
}

export function retrying(attempts = 3) {
  const clock = new FakeClock();
  const next = new ManualDispatcher();
  const options = { ...retryDefaults, attempts, budget: 1 };
  const policy = retryPolicy(next, options, clock, longThenShort());
  const shown = (): string[] =>
    next.pending.map(({ command: { verb, value } }) => (verb === 'get' ? verb : String(value)));
  return { clock, next, policy, shown };
}

export function resending(rerouted: 'again' | 'later' = 'later') {
  const clock = new FakeClock();
  const next = new ManualDispatcher();
  const router: Rerouter & { answer: 'again' | 'later' } = {
    nodes: 10,
    answer: rerouted,
    refused: () => router.answer,
    outdated: () => {},
    holds: () => false,
    refresh: () => {},
  };
  const policy = resendPolicy(
    next,
    { router, collections: noCollections, isTemporary: (code) => code === temporary },
    clock,
    longThenShort(),
  );
  const refuse = (code: number): void => next.take('k').handler.onReply(new Reply().setError('server', 'no', code));
  const shown = (): string[] =>
    next.pending.map(({ command: { verb, value } }) => (verb === 'get' ? verb : String(value)));
  return { clock, next, policy, router, refuse, shown };
}
