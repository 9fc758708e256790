/**
 * Repetitions keep the order of a key's commands: whoever pipelines two writes that are both acknowledged ends with the
 * second.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Command, isRead } from '../../src/core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../../src/core/dispatcher.ts';
import {
  ClosedError,
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  TimeoutError,
} from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { resendPolicy, type Rerouter } from '../../src/couchbase/resend.ts';
import { Attempts, type RetryRule } from '../../src/policy/attempts.ts';
import { retryDefaults } from '../../src/policy/retry-options.ts';
import { retryPolicy } from '../../src/policy/retry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

const temporary = 0x86;
const notMyVbucket = 7;
const refused = new ConnectError('refused');

/** What a caller got. */
interface Outcome {
  readonly command: Command;
  result: string | MemcacheError | undefined;
  count: number;
}

function command(verb: 'store' | 'get' | 'arith' | 'flush', key: string, fields: Partial<Command> = {}): Command {
  return Object.assign(new Command(verb, key), { deadline: 100_000, ...fields });
}

function send(policy: Dispatcher, sent: Command): Outcome {
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

const set = (value: string, fields: Partial<Command> = {}): Command => command('store', 'k', { value, ...fields });
const get = (fields: Partial<Command> = {}): Command => command('get', 'k', fields);

/** Two random numbers in turn: the first waits are long, the second ones short. */
function longThenShort(): () => number {
  let isLong = false;
  return () => {
    isLong = !isLong;
    return isLong ? 0.999 : 0;
  };
}

function retrying(attempts = 3) {
  const clock = new FakeClock();
  const next = new ManualDispatcher();
  const options = { ...retryDefaults, attempts, budget: 1 };
  const policy = retryPolicy(next, options, clock, longThenShort());
  const shown = (): string[] =>
    next.pending.map(({ command: { verb, value } }) => (verb === 'get' ? verb : String(value)));
  return { clock, next, policy, shown };
}

function resending(rerouted: 'again' | 'later' = 'later') {
  const clock = new FakeClock();
  const next = new ManualDispatcher();
  const router: Rerouter & { answer: 'again' | 'later' } = {
    nodes: 10,
    answer: rerouted,
    refused: () => router.answer,
    refresh: () => {},
  };
  const policy = resendPolicy(next, router, (code) => code === temporary, clock, longThenShort());
  const refuse = (code: number): void => next.take('k').handler.onReply(new Reply().setError('server', 'no', code));
  const shown = (): string[] =>
    next.pending.map(({ command: { verb, value } }) => (verb === 'get' ? verb : String(value)));
  return { clock, next, policy, router, refuse, shown };
}

describe('a command that waits until it is sent again', () => {
  test('is not overtaken by the next one of its key, however their waits are drawn', () => {
    const { clock, next, policy, shown } = retrying();
    const calls = [send(policy, set('1')), send(policy, set('2'))];
    next.fail('k', refused);
    next.fail('k', refused);
    clock.advance(14);
    expect(shown()).toEqual([]);
    clock.advance(1);
    expect(shown()).toEqual(['1', '2']);
    next.status('k', 'ok');
    next.status('k', 'ok');
    expect(calls.map(({ result }) => result)).toEqual(['ok', 'ok']);
  });

  test('is not overtaken by one that comes meanwhile, nor by a read', () => {
    const { clock, next, policy, shown } = retrying();
    send(policy, set('1'));
    next.fail('k', refused);
    send(policy, set('2'));
    send(policy, get());
    send(policy, set('3'));
    expect(shown()).toEqual([]);
    clock.advance(20);
    expect(shown()).toEqual(['1', '2', 'get', '3']);
  });

  test('holds up no other key, and as a read no other read', () => {
    const { next, policy, shown } = retrying();
    send(policy, get());
    next.fail('k', refused);
    send(policy, command('store', 'other', { value: 'other' }));
    send(policy, get());
    expect(shown()).toEqual(['other', 'get']);
    send(policy, set('1'));
    send(policy, get());
    expect(shown()).toEqual(['other', 'get']);
  });

  test('fails again with those behind it: they all wait again, in their order', () => {
    const { clock, next, policy, shown } = retrying();
    for (const value of ['1', '2', '3']) send(policy, set(value));
    for (let i = 0; i < 3; i++) next.fail('k', refused);
    clock.advance(20);
    for (let i = 0; i < 3; i++) next.fail('k', refused);
    send(policy, set('4'));
    clock.advance(40);
    expect(shown()).toEqual(['1', '2', '3', '4']);
  });

  test('fails again before those behind it are sent: they stay behind it', () => {
    const { clock, next, policy, shown } = retrying();
    send(policy, set('1'));
    next.fail('k', refused);
    send(policy, set('2'));
    const dispatch = next.dispatch.bind(next);
    next.dispatch = (sent, handler) => (sent.value === '1' ? handler.onError(refused) : dispatch(sent, handler));
    clock.advance(15);
    expect(shown()).toEqual([]);
    next.dispatch = dispatch;
    clock.advance(40);
    expect(shown()).toEqual(['1', '2']);
  });

  test('and is given up lets those behind it go, in their order', () => {
    const { clock, next, policy, shown } = retrying(1);
    const first = send(policy, set('1'));
    next.fail('k', refused);
    send(policy, set('2'));
    send(policy, set('3'));
    clock.advance(15);
    next.fail('k', refused);
    expect(first.result).toBe(refused);
    expect(shown()).toEqual(['2', '3']);
  });

  test('whose caller is gone is not sent, those behind it are', () => {
    const { clock, next, policy, shown } = retrying();
    const first = send(policy, set('1'));
    next.fail('k', refused);
    const second = send(policy, set('2'));
    send(policy, set('3'));
    first.command.cancelled = true;
    second.command.cancelled = true;
    clock.advance(15);
    expect(shown()).toEqual(['3']);
    expect(clock.timers).toBe(0);
  });

  test('fails one behind it at once whose deadline comes first: nothing of it was sent', () => {
    const { clock, next, policy, shown } = retrying();
    send(policy, set('1'));
    next.fail('k', refused);
    const hasty = send(policy, set('2', { deadline: clock.now() + 12 }));
    send(policy, set('3'));
    expect(hasty.result).toBeInstanceOf(TimeoutError);
    expect(hasty.result).toMatchObject({ sent: false });
    clock.advance(15);
    expect(shown()).toEqual(['1', '3']);
  });

  test('is sent before older failures that come in another order', () => {
    const { clock, next, policy, shown } = retrying();
    for (const value of ['1', '2', '3']) send(policy, set(value));
    for (const { handler } of next.pending.splice(0).toReversed()) handler.onError(refused);
    clock.advance(15);
    expect(shown()).toEqual(['1', '2', '3']);
  });

  test('is given up when a later write of its key, which was in flight, gets its reply', () => {
    const { clock, next, policy, shown } = retrying();
    const [first, second] = [send(policy, set('1')), send(policy, set('2'))];
    next.fail('k', refused);
    next.status('k', 'ok');
    expect([first.result, second.result]).toEqual([refused, 'ok']);
    clock.advance(100);
    expect(shown()).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('and has been sent again fails as perhaps done when a later write gets its reply first', () => {
    const { clock, next, policy } = retrying();
    const [first, second] = [send(policy, set('1')), send(policy, set('2'))];
    next.fail('k', refused);
    clock.advance(15);
    next.pending.reverse();
    const [again, later] = [next.pending[0]!, next.pending[1]!];
    later.handler.onReply(new Reply());
    expect(second.result).toBe('ok');
    expect(first.result).toBeInstanceOf(ConnectionClosedError);
    expect(first.result).toMatchObject({ sent: true, cause: refused });
    // A queue need not send it; what comes for it nevertheless is dropped.
    expect(again.command.cancelled).toBe(true);
    again.handler.onError(refused);
    expect([first.count, second.count, clock.timers]).toEqual([1, 1, 0]);
  });

  test('and is cancelled, so that a queue drops it without calling its handler, delays nothing for long', () => {
    const clock = new FakeClock();
    const next = new ManualDispatcher();
    const onError: RetryRule['onError'] = (attempt, error, all) => all.retryIn(attempt, 15, error);
    const attempts = new Attempts(next, { onError, onRefusal: () => false }, clock);
    const policy = wrap(next, (sent, handler) => attempts.dispatch(sent, handler));
    const { command: gone } = send(policy, set('1'));
    next.fail('k', refused);
    clock.advance(15);
    gone.cancelled = true;
    next.take('k');
    expect(attempts.isOrdering).toBe(true);
    for (let i = 0; i < 100; i++) {
      send(policy, command('store', 'other'));
      next.status('other', 'ok');
    }
    expect(attempts.isOrdering).toBe(false);
  });

  test('stays when an older write gets its reply, or a later read does', () => {
    const { clock, next, policy, shown } = retrying();
    for (const sent of [set('1'), set('2'), get()]) send(policy, sent);
    const [older, , read] = next.pending.splice(0).map(({ handler }, at) => {
      if (at === 1) handler.onError(refused);
      return handler;
    });
    older!.onReply(new Reply());
    read!.onReply(new Reply());
    clock.advance(15);
    expect(shown()).toEqual(['2']);
  });

  test('makes a get of many keys wait that asks for its key, for the longest wait of them', () => {
    const { clock, next, policy } = retrying();
    const keys = ['a', 'k', 'b'];
    send(policy, set('1'));
    next.fail('k', refused);
    send(policy, command('get', '', { keys }));
    send(policy, command('get', '', { keys: ['a', 'b'] }));
    expect(next.pending.map(({ command: { keys: asked } }) => asked)).toEqual([['a', 'b']]);
    clock.advance(15);
    expect(next.pending.map(({ command: sent }) => sent.keys ?? sent.value)).toEqual([['a', 'b'], '1', keys]);
  });

  test('is not sent after a flush that came later', () => {
    const { clock, next, policy } = retrying();
    const calls = [send(policy, set('1'))];
    next.fail('k', refused);
    calls.push(send(policy, set('2')), send(policy, command('flush', '')));
    expect(calls[0]!.result).toBe(refused);
    expect(next.pending.map(({ command: sent }) => `${sent.verb} ${String(sent.value)}`)).toEqual([
      'store 2',
      'flush ',
    ]);
    clock.advance(100);
    expect(next.pending).toHaveLength(2);
  });

  test('fails when the policy closes, and those behind it are still sent', async () => {
    const { clock, next, policy, shown } = retrying();
    const first = send(policy, set('1'));
    next.fail('k', refused);
    send(policy, set('2'));
    await policy.close();
    expect(first.result).toBe(refused);
    expect([shown(), clock.timers, next.isClosed]).toEqual([['2'], 0, true]);
  });

  test('fails with those behind it when the policy is destroyed', () => {
    const { clock, next, policy, shown } = retrying();
    const calls = [send(policy, set('1'))];
    next.fail('k', refused);
    calls.push(send(policy, set('2')), send(policy, get()));
    policy.destroy();
    for (const { result } of calls) expect(result).toBeInstanceOf(ClosedError);
    expect([shown(), clock.timers, next.isClosed]).toEqual([[], 0, true]);
  });
});

describe('a command that a node refused for now', () => {
  test('is not overtaken by later ones of its key', () => {
    const { clock, policy, refuse, shown } = resending();
    send(policy, set('1'));
    send(policy, set('2'));
    refuse(temporary);
    refuse(temporary);
    send(policy, get());
    clock.advance(6);
    expect(shown()).toEqual([]);
    clock.advance(1);
    expect(shown()).toEqual(['1', '2', 'get']);
  });

  test('goes before a later one whose refusal names another node, at once', () => {
    const { clock, policy, router, refuse, shown } = resending();
    send(policy, set('1'));
    send(policy, set('2'));
    refuse(notMyVbucket);
    router.answer = 'again';
    expect(shown()).toEqual(['2']);
    refuse(notMyVbucket);
    expect(shown()).toEqual(['1', '2']);
    expect(clock.timers).toBe(0);
  });

  test('does not hold up the replicas of its key', () => {
    const { policy, refuse, shown } = resending();
    send(policy, set('1'));
    refuse(temporary);
    send(policy, get({ replica: 1 }));
    send(policy, get());
    expect(shown()).toEqual(['get']);
  });
});

/** A node that does a key's commands in order, and now and then fails one without having done it. */
class UnsteadyNode implements Dispatcher {
  readonly done: Command[] = [];
  readonly #queues = new Map<string, { readonly command: Command; readonly handler: Handler }[]>();
  readonly #fail: (handler: Handler) => void;
  isDown = false;

  constructor(fail: (handler: Handler) => void) {
    this.#fail = fail;
  }

  dispatch(sent: Command, handler: Handler): void {
    if (this.isDown) this.#fail(handler);
    else this.#queue(sent.key).push({ command: sent, handler });
  }

  answer(key: string): boolean {
    const entry = this.#queue(key).shift();
    if (entry === undefined) return false;
    this.done.push(entry.command);
    entry.handler.onReply(new Reply());
    return true;
  }

  failOne(key: string, at: number): void {
    const [entry] = this.#queue(key).splice(at, 1);
    if (entry !== undefined) this.#fail(entry.handler);
  }

  failAll(key: string, isReversed: boolean): void {
    const all = this.#queue(key).splice(0);
    if (isReversed) all.reverse();
    for (const { handler } of all) this.#fail(handler);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {}

  #queue(key: string): { readonly command: Command; readonly handler: Handler }[] {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }
}

const keys = ['a', 'b'];
type Step = (node: UnsteadyNode, clock: FakeClock, dispatch: (sent: Command) => void) => void;

/** One thing that happens. */
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...keys).map(
      (key): Step =>
        (_node, _clock, dispatch) =>
          dispatch(command('store', key)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...keys).map(
      (key): Step =>
        (_node, _clock, dispatch) =>
          dispatch(command('get', key)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(15).map(
      (ms): Step =>
        (_node, clock, dispatch) =>
          dispatch(command('store', 'a', { deadline: clock.now() + ms })),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...keys).map(
      (key): Step =>
        (node) =>
          void node.answer(key),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...keys), fc.nat(3)).map(
      ([key, at]): Step =>
        (node) =>
          node.failOne(key, at),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...keys), fc.boolean()).map(
      ([key, is]): Step =>
        (node) =>
          node.failAll(key, is),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (isDown): Step =>
        (node) =>
          void (node.isDown = isDown),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(30).map(
      (ms): Step =>
        (_node, clock) =>
          clock.advance(ms),
    ),
  },
);

describe.each<[string, (clock: FakeClock, random: () => number) => [Dispatcher, UnsteadyNode]]>([
  [
    'unsent commands tried again',
    (clock, random) => {
      const node = new UnsteadyNode((handler) => handler.onError(refused));
      return [retryPolicy(node, { ...retryDefaults, attempts: 3, budget: 1 }, clock, random), node];
    },
  ],
  [
    'refused commands sent again',
    (clock, random) => {
      const node = new UnsteadyNode((handler) => handler.onReply(new Reply().setError('server', 'busy', temporary)));
      const router: Rerouter = { nodes: 3, refused: () => 'later', refresh: () => {} };
      return [resendPolicy(node, router, (code) => code === temporary, clock, random), node];
    },
  ],
])('%s', (_what, build) => {
  test('whatever fails, acknowledged writes of a key take effect once and in the order of the calls', () => {
    const draws = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), draws, (plan, random) => {
        const clock = new FakeClock();
        const [policy, node] = build(clock, () => random.next().value);
        const calls: Outcome[] = [];
        for (const step of plan) step(node, clock, (sent) => void calls.push(send(policy, sent)));
        node.isDown = false;
        for (let isBusy = true; isBusy;) {
          isBusy = keys.map((key) => node.answer(key)).includes(true) || clock.timers > 0;
          clock.advance(1000);
        }
        expect(calls.map(({ count }) => count)).toEqual(calls.map(() => 1));
        for (const key of keys) {
          const acknowledged = calls.filter(
            ({ command: sent, result }) => sent.key === key && !isRead(sent) && result === 'ok',
          );
          const order = acknowledged.map(({ command: sent }) => node.done.indexOf(sent));
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
        const unsent = calls.filter(({ result }) => typeof result === 'object' && !result.sent);
        expect(unsent.filter(({ command: sent }) => node.done.includes(sent))).toEqual([]);
        expect(new Set(node.done).size).toBe(node.done.length);
      }),
      { numRuns: 500 },
    );
  });
});
