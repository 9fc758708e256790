/**
 * Repetitions keep the order of a key's commands: whoever pipelines two writes that are both acknowledged ends with the
 * second.
 */
import { describe, expect, test } from 'vitest';
import { wrap } from '../../src/core/dispatcher.ts';
import { ClosedError, ConnectionClosedError, TimeoutError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { Attempts, type RetryRule } from '../../src/policy/attempts.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';
import { temporary, notMyVbucket, refused, command, send, set, get, retrying, resending } from './order-rig.ts';

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

  test('and has been sent again behind a later read fails when a later write gets its reply first', () => {
    const { clock, next, policy, shown } = retrying();
    const [first, second] = [send(policy, set('1')), send(policy, set('2'))];
    send(policy, get());
    const failAt = (at: number): void => next.pending.splice(at, 1)[0]!.handler.onError(refused);
    failAt(2);
    clock.advance(15);
    failAt(0);
    clock.advance(15);
    expect(shown()).toEqual(['2', 'get', '1']);
    next.status('k', 'ok');
    expect([first.result, second.result]).toEqual([expect.any(ConnectionClosedError), 'ok']);
    expect(next.pending.map(({ command: { cancelled } }) => cancelled)).toEqual([false, true]);
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
