import { expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { ClosedError, ConnectError, InvalidKeyError, type MemcacheError, TimeoutError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { type ReplicaMode, replicaReadPolicy } from '../../src/couchbase/replica-read.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

function setUp(mode: ReplicaMode, replicas = 2) {
  const next = new ManualDispatcher();
  const clock = new FakeClock();
  const policy = replicaReadPolicy(next, { replicas }, mode, clock);
  const outcomes: string[] = [];
  const dispatch = (fields: Partial<Command> = {}): void => {
    policy.dispatch(Object.assign(new Command('get', 'k'), { deadline: clock.now() + 1000 }, fields), {
      onReply: (reply) => void outcomes.push(reply.status === 'ok' ? reply.text() : reply.status),
      onError: (error: MemcacheError) => void outcomes.push(error.message),
    });
  };
  /** Which copy is being asked, and until when. */
  const asked = (): [copy: number, ms: number] => {
    const { replica, deadline } = next.look('k').command;
    return [replica, deadline - clock.now()];
  };
  return { next, clock, outcomes, dispatch, asked };
}

const dead = new ConnectError('dead');

test('a get gives the active node half of the time, each replica the rest', () => {
  const { next, clock, outcomes, dispatch, asked } = setUp('on-error');
  dispatch();
  expect(asked()).toEqual([0, 500]);
  clock.advance(500);
  next.fail('k', new TimeoutError('late', 'total'));
  expect(asked()).toEqual([1, 500]);
  next.fail('k', dead);
  expect(asked()).toEqual([2, 500]);
  next.hit('k', 'v');
  expect(outcomes).toEqual(['v']);
});

test('an error reply continues with the replicas as well; a miss does not', () => {
  const { next, outcomes, dispatch, asked } = setUp('on-error');
  dispatch();
  next.take('k').handler.onReply(new Reply().setError('server', 'busy', 0x85));
  expect(asked()[0]).toBe(1);
  next.status('k', 'miss');
  expect(outcomes).toEqual(['miss']);
});

test('when all fail the caller receives the first error', () => {
  const { next, outcomes, dispatch } = setUp('on-error', 1);
  dispatch();
  next.fail('k', dead);
  next.fail('k', new ConnectError('dead, too'));
  expect(outcomes).toEqual(['dead']);
});

test.each([new InvalidKeyError('bad key'), new ClosedError('closed')])('%s is final', (error) => {
  const { next, outcomes, dispatch } = setUp('on-error');
  dispatch();
  next.fail('k', error);
  expect(outcomes).toEqual([error.message]);
});

test.each<[string, Partial<Command>]>([
  ['with cas', { wantCas: true }],
  ['that touches', { touch: true }],
  ['of many keys', { key: '', keys: ['k'] }],
])('a get %s stays with the active node', (_, fields) => {
  const { next, outcomes, dispatch, asked } = setUp('on-error');
  dispatch(fields);
  expect(asked()).toEqual([0, 1000]);
  next.fail('k', dead);
  expect(outcomes).toEqual(['dead']);
});

test('writes stay with the active node', () => {
  const { asked, dispatch } = setUp('on-error');
  dispatch({ verb: 'delete' });
  expect(asked()).toEqual([0, 1000]);
});

test('in mode never a get stays with the active node', () => {
  const { next, outcomes, dispatch, asked } = setUp('never');
  dispatch();
  expect(asked()).toEqual([0, 1000]);
  next.fail('k', dead);
  expect(outcomes).toEqual(['dead']);
});

test('where there are no replicas the active node has all the time', () => {
  const { dispatch, asked } = setUp('on-error', 0);
  dispatch();
  expect(asked()).toEqual([0, 1000]);
});

test('a get of a replica begins there, in any mode', () => {
  const { next, outcomes, dispatch, asked } = setUp('never');
  dispatch({ replica: 1 });
  expect(asked()).toEqual([1, 1000]);
  next.fail('k', dead);
  expect(asked()).toEqual([2, 1000]);
  next.hit('k', 'v');
  expect(outcomes).toEqual(['v']);
});
