/** The order of a key's commands on a node that fails at random, for both policies that send commands again. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Command, isRead } from '../../src/core/command.ts';
import type { Dispatcher, Handler } from '../../src/core/dispatcher.ts';
import { Reply } from '../../src/core/reply.ts';
import { resendPolicy, type Rerouter } from '../../src/couchbase/resend.ts';
import { retryDefaults } from '../../src/policy/retry-options.ts';
import { retryPolicy } from '../../src/policy/retry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { noCollections } from '../support/no-collections.ts';
import { command, type Outcome, refused, send, temporary } from './order-rig.ts';

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
      const router: Rerouter = {
        nodes: 3,
        refused: () => 'later',
        outdated: () => {},
        holds: () => false,
        refresh: () => {},
      };
      return [
        resendPolicy(
          node,
          { router, collections: noCollections, isTemporary: (code) => code === temporary },
          clock,
          random,
        ),
        node,
      ];
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
