import { describe, expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import { type MemcacheError, NoNodesError } from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { resendPolicy, type Rerouter } from '../../src/couchbase/resend.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';
import { noCollections } from '../support/no-collections.ts';

const notMyVbucket = 7;
const temporary = 0x86;

function setUp(answers: ('again' | 'later')[] = [], nodes = 2) {
  const next = new ManualDispatcher();
  const clock = new FakeClock();
  let refreshes = 0;
  const held = new Set<string>();
  const router: Rerouter = {
    nodes,
    refused: () => answers.shift() ?? 'later',
    outdated: () => {},
    holds: ({ key }) => held.has(key),
    refresh: () => void refreshes++,
  };
  const policy = resendPolicy(
    next,
    { router, collections: noCollections, isTemporary: (code) => code === temporary },
    clock,
    () => 0.5,
  );
  const outcomes: string[] = [];
  const dispatch = (fields: Partial<Command> = {}): Command => {
    const command = Object.assign(new Command('store', 'k'), fields);
    policy.dispatch(command, {
      onReply: (reply) =>
        void outcomes.push(reply.status === 'error' ? `${reply.code}: ${reply.message}` : reply.status),
      onError: (error: MemcacheError) => void outcomes.push(error.message),
    });
    return command;
  };
  const refuse = (code: number): void => next.take('k').handler.onReply(new Reply().setError('server', 'no', code));
  return { next, clock, policy, outcomes, dispatch, refuse, held, refreshes: () => refreshes };
}

describe('a command whose key has an earlier one on its old node', () => {
  test('is sent when that has its reply, before later ones', () => {
    const { next, clock, dispatch, held } = setUp();
    held.add('k');
    const [first, second] = [dispatch(), dispatch()];
    clock.advance(12);
    expect(next.pending).toEqual([]);
    held.clear();
    clock.advance(5);
    expect(next.pending.map(({ command }) => command)).toEqual([first, second]);
    expect(clock.timers).toBe(0);
  });

  test('fails at its deadline, and others of its key do not', () => {
    const { next, clock, outcomes, dispatch, held } = setUp();
    held.add('k');
    dispatch({ deadline: clock.now() + 8 });
    const other = dispatch();
    clock.advance(8);
    expect(outcomes).toEqual(['set "k": an earlier command of its key has no reply before the deadline']);
    held.clear();
    clock.advance(5);
    expect(next.pending.map(({ command }) => command)).toEqual([other]);
  });
});

describe('a refusal', () => {
  test('is sent again at once where another node is known', () => {
    const { next, clock, outcomes, dispatch, refuse } = setUp(['again']);
    dispatch();
    refuse(notMyVbucket);
    expect(next.pending).toHaveLength(1);
    expect(clock.timers).toBe(0);
    next.status('k', 'ok');
    expect(outcomes).toEqual(['ok']);
  });

  test('waits longer and longer where nothing new is known', () => {
    const { next, clock, dispatch, refuse } = setUp([], 10);
    dispatch();
    const waits = [5, 10, 20, 40, 80, 100, 100].map((wait) => {
      refuse(notMyVbucket);
      clock.advance(wait - 0.01);
      expect(next.pending).toHaveLength(0);
      clock.advance(0.01);
      return next.pending.length;
    });
    expect(waits).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  test.each([
    [1, 4],
    [2, 4],
    [5, 10],
  ])('of %i nodes is sent again %i times at most', (nodes, resends) => {
    const { clock, outcomes, dispatch, refuse } = setUp([], nodes);
    dispatch();
    for (let i = 0; i < resends; i++) {
      refuse(notMyVbucket);
      clock.advance(200);
    }
    expect(outcomes).toEqual([]);
    refuse(notMyVbucket);
    expect(outcomes).toEqual([`7: no, after ${resends + 1} tries`]);
  });

  test.each([1, 3])('of one of %i nodes that is busy is sent again until the deadline', (nodes) => {
    const { clock, outcomes, dispatch, refuse } = setUp([], nodes);
    dispatch({ deadline: clock.now() + 2500 });
    for (let i = 0; i < 24; i++) {
      refuse(temporary);
      expect(outcomes).toEqual([]);
      clock.advance(100);
    }
    refuse(temporary);
    expect(outcomes).toEqual([expect.stringMatching(/^134: no, after 2\d tries$/)]);
  });

  test('by a busy node does not count for the bound of refusals that lead to other nodes', () => {
    const { clock, outcomes, dispatch, refuse } = setUp([], 2);
    dispatch({ deadline: clock.now() + 2500 });
    for (const code of [temporary, temporary, temporary, temporary, temporary, notMyVbucket, notMyVbucket]) {
      refuse(code);
      clock.advance(100);
    }
    refuse(notMyVbucket);
    clock.advance(100);
    refuse(notMyVbucket);
    clock.advance(100);
    expect(outcomes).toEqual([]);
    refuse(notMyVbucket);
    expect(outcomes).toEqual(['7: no, after 10 tries']);
  });

  test('by a busy node is sent again a bounded number of times where there is no deadline', () => {
    const { clock, outcomes, dispatch, refuse } = setUp([], 2);
    dispatch();
    for (let i = 0; i < 4; i++) {
      refuse(temporary);
      clock.advance(100);
    }
    refuse(temporary);
    expect(outcomes).toEqual(['134: no, after 5 tries']);
  });

  test('is not sent again beyond the deadline', () => {
    const { clock, outcomes, dispatch, refuse } = setUp();
    dispatch({ deadline: clock.now() + 5 });
    refuse(notMyVbucket);
    expect(outcomes).toEqual(['7: no']);
  });

  test('that comes after the deadline ends the command', () => {
    const { next, clock, outcomes, dispatch, refuse } = setUp(['again']);
    dispatch({ deadline: clock.now() + 20 });
    clock.advance(20);
    refuse(notMyVbucket);
    expect(next.pending).toHaveLength(0);
    expect(outcomes).toEqual(['7: no']);
  });

  test('that says "later" waits as well, and does not ask the router', () => {
    const { next, clock, dispatch, refuse } = setUp(['again']);
    dispatch();
    refuse(temporary);
    expect(next.pending).toHaveLength(0);
    clock.advance(5);
    expect(next.pending).toHaveLength(1);
  });

  test('of another kind is the caller’s', () => {
    const { outcomes, dispatch, refuse } = setUp(['again']);
    dispatch();
    refuse(4);
    expect(outcomes).toEqual(['4: no']);
  });

  test('by a replica is passed to the caller, which has other copies to read', () => {
    const { outcomes, dispatch, refuse } = setUp(['again']);
    dispatch({ replica: 1 });
    refuse(notMyVbucket);
    expect(outcomes).toEqual(['7: no']);
  });

  test('of a caller that is gone is not sent again', () => {
    const { next, clock, outcomes, dispatch, refuse } = setUp();
    const command = dispatch();
    refuse(notMyVbucket);
    command.cancelled = true;
    clock.advance(5);
    expect(next.pending).toHaveLength(0);
    expect(outcomes).toHaveLength(1);
  });
});

describe('a command without a node', () => {
  const nobody = new NoNodesError('nobody');

  test('requests a new map and waits', () => {
    const { next, clock, outcomes, dispatch, refreshes } = setUp();
    dispatch();
    next.fail('k', nobody);
    expect(refreshes()).toBe(1);
    clock.advance(5);
    next.status('k', 'ok');
    expect(outcomes).toEqual(['ok']);
  });

  test('fails when there is still none at the deadline', () => {
    const { next, clock, outcomes, dispatch } = setUp();
    dispatch();
    for (let i = 0; i < 5; i++) {
      next.fail('k', nobody);
      clock.advance(100);
    }
    expect(outcomes).toEqual(['nobody']);
  });

  test('other errors pass', () => {
    const { next, outcomes, dispatch } = setUp();
    dispatch();
    next.fail('k', new Error('reset') as MemcacheError);
    expect(outcomes).toEqual(['reset']);
  });
});

describe('closing', () => {
  test('fails the waiting commands with their refusal', async () => {
    const { clock, policy, outcomes, dispatch, refuse } = setUp();
    dispatch();
    refuse(notMyVbucket);
    await policy.close();
    expect(outcomes).toEqual([expect.stringMatching(/replied SERVER_ERROR no/)]);
    expect(clock.timers).toBe(0);
  });

  test('destroy fails them with its reason, and nothing is sent again afterwards', () => {
    const { clock, policy, outcomes, dispatch, refuse } = setUp();
    dispatch();
    dispatch();
    refuse(notMyVbucket);
    policy.destroy();
    expect(outcomes).toEqual(['closed while waiting for a retry']);
    refuse(notMyVbucket);
    expect(outcomes).toEqual(['closed while waiting for a retry', '7: no']);
    expect(clock.timers).toBe(0);
  });
});

test('commands without one key pass unchanged', () => {
  const { outcomes, dispatch, next } = setUp();
  dispatch({ key: '', keys: ['k'] });
  next.take('k').handler.onReply(new Reply().setError('server', 'no', notMyVbucket));
  expect(outcomes).toEqual(['7: no']);
});
