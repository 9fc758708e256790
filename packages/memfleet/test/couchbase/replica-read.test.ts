import { expect, test } from 'vitest';
import { anyCopy, Command } from '../../src/core/command.ts';
import { ClosedError, ConnectError, InvalidKeyError, type MemcacheError, TimeoutError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { type ReplicaMode, replicaReadPolicy } from '../../src/couchbase/replica-read.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

function setUp(mode: ReplicaMode, replicas = 2, isSingle = false, near: readonly number[] = []) {
  const next = new ManualDispatcher();
  const clock = new FakeClock();
  const policy = replicaReadPolicy(next, { replicas, isSingle, nearCopies: () => near }, mode, clock);
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

test('a get gives the active node half of the time, each replica its share of the rest', () => {
  const { next, clock, outcomes, dispatch, asked } = setUp('on-error');
  dispatch();
  expect(asked()).toEqual([0, 500]);
  clock.advance(500);
  next.fail('k', new TimeoutError('late', 'total'));
  expect(asked()).toEqual([1, 250]);
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

test('after the deadline no other copy is asked', () => {
  const { next, clock, outcomes, dispatch } = setUp('on-error');
  dispatch();
  clock.advance(1000);
  next.fail('k', new TimeoutError('late', 'total'));
  expect(next.pending).toHaveLength(0);
  expect(outcomes).toEqual(['late']);
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
  expect(asked()).toEqual([1, 500]);
  next.fail('k', dead);
  expect(asked()).toEqual([2, 1000]);
  next.hit('k', 'v');
  expect(outcomes).toEqual(['v']);
});

test('a replica that is silent leaves the others their share of the time', () => {
  const { next, clock, outcomes, dispatch, asked } = setUp('never', 3);
  dispatch({ replica: 1, deadline: clock.now() + 900 });
  const shares: [copy: number, ms: number][] = [];
  for (let copy = 1; copy <= 3; copy++) {
    shares.push(asked());
    clock.advance(asked()[1]);
    next.fail('k', new TimeoutError(`replica ${copy} is late`, 'total'));
  }
  expect(shares).toEqual([
    [1, 300],
    [2, 300],
    [3, 300],
  ]);
  expect(outcomes).toEqual(['replica 1 is late']);
});

test('a get of a replica without a deadline has none at any copy', () => {
  const { next, dispatch } = setUp('never');
  dispatch({ replica: 1, deadline: 0 });
  expect(next.look('k').command.deadline).toBe(0);
  next.fail('k', dead);
  expect(next.look('k').command).toMatchObject({ replica: 2, deadline: 0 });
});

test('a get of a replica in a memcached-type bucket fails with the reason', () => {
  const { next, outcomes, dispatch } = setUp('never', 0, true);
  dispatch({ replica: 1 });
  next.take('k').handler.onReply(new Reply().setError('unknownCommand', 'Unknown command', 0x81));
  expect(outcomes).toEqual(['a memcached-type bucket keeps one copy of each item: it has no replicas']);
});

test('a get of any copy asks all of them at once, until the same deadline', () => {
  const { next, clock, outcomes, dispatch } = setUp('never');
  dispatch({ replica: anyCopy });
  expect(next.pending.map(({ command }) => [command.replica, command.deadline - clock.now()])).toEqual([
    [0, 1000],
    [1, 1000],
    [2, 1000],
  ]);
  const rest = next.pending.slice(1).map(({ command }) => command);
  next.take('k');
  next.take('k').handler.onReply(new Reply().reset('miss'));
  expect(outcomes).toEqual([]);
  next.hit('k', 'v');
  expect(outcomes).toEqual(['v']);
  expect(rest.every((command) => command.cancelled)).toBe(true);
});

test.each<[string, ('miss' | 'dead')[], string]>([
  ['no copy has the item', ['miss', 'miss', 'miss'], 'miss'],
  ['the active copy has no item and a replica failed', ['miss', 'dead', 'miss'], 'miss'],
  ['the active copy failed and the replicas have no item', ['dead', 'miss', 'miss'], 'dead'],
  ['all failed', ['dead', 'dead', 'dead'], 'dead'],
])('a get of any copy where %s', (_, said, outcome) => {
  const { next, outcomes, dispatch } = setUp('never');
  dispatch({ replica: anyCopy });
  for (const one of said) {
    expect(outcomes).toEqual([]);
    if (one === 'miss') next.status('k', 'miss');
    else next.fail('k', dead);
  }
  expect(outcomes).toEqual([outcome]);
});

test('a get of any copy asks the near ones first, for half of the time, and then the others', () => {
  const { next, clock, outcomes, dispatch } = setUp('never', 3, false, [0, 1]);
  dispatch({ replica: anyCopy });
  const asked = (): unknown => next.pending.map(({ command }) => [command.replica, command.deadline - clock.now()]);
  expect(asked()).toEqual([
    [0, 500],
    [1, 500],
  ]);
  next.status('k', 'miss');
  next.fail('k', dead);
  expect(asked()).toEqual([
    [2, 1000],
    [3, 1000],
  ]);
  next.hit('k', 'v');
  expect(outcomes).toEqual(['v']);
});

test.each([
  ['none is near', []],
  ['all are near', [0, 1, 2]],
])('a get of any copy asks all at once where %s', (_, near) => {
  const { next, dispatch } = setUp('never', 2, false, near);
  dispatch({ replica: anyCopy });
  expect(next.pending.map(({ command }) => command.replica)).toEqual([0, 1, 2]);
});

test('a get of any copy that begins before the first map asks the replicas after the active node', () => {
  const bucket = { replicas: 0, isSingle: false, nearCopies: () => [] };
  const next = new ManualDispatcher();
  const policy = replicaReadPolicy(next, bucket, 'never', new FakeClock());
  const outcomes: string[] = [];
  policy.dispatch(Object.assign(new Command('get', 'k'), { replica: anyCopy }), {
    onReply: (reply) => void outcomes.push(reply.text()),
    onError: (error: MemcacheError) => void outcomes.push(error.message),
  });
  expect(next.pending.map(({ command }) => command.replica)).toEqual([0]);
  bucket.replicas = 2;
  next.fail('k', dead);
  expect(next.pending.map(({ command }) => command.replica)).toEqual([1, 2]);
  next.hit('k', 'v');
  expect(outcomes).toEqual(['v']);
});
