import { describe, expect, it } from 'vitest';
import { Command, describeCommand } from '../../src/core/command.ts';
import type { Handler } from '../../src/core/dispatcher.ts';
import { ClosedError, TimeoutError } from '../../src/core/errors.ts';
import { WaitQueue } from '../../src/core/wait-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setUp(): {
  clock: FakeClock;
  queue: WaitQueue;
  errors: string[];
  wait: (key: string, limit?: number, deadline?: number) => Command;
} {
  const clock = new FakeClock();
  const queue = new WaitQueue(clock, (command) => new TimeoutError(describeCommand(command), 'acquire'));
  const errors: string[] = [];
  /** `limit` and `deadline` in ms from now; 0 = none. */
  const wait = (key: string, limit = 0, deadline = 0): Command => {
    const command = new Command('get', key);
    command.deadline = deadline === 0 ? 0 : clock.now() + deadline;
    const handler: Handler = { onReply() {}, onError: (error) => void errors.push(`${key}: ${error.code}`) };
    queue.push(command, handler, limit === 0 ? Infinity : clock.now() + limit);
    return command;
  };
  return { clock, queue, errors, wait };
}

describe('a wait queue', () => {
  it('serves first come first, and passes by those whose caller is gone', () => {
    const { queue, wait, errors } = setUp();
    wait('a');
    wait('b').cancelled = true;
    wait('c');
    expect(queue.length).toBe(3);
    expect(queue.shift()?.command.key).toBe('a');
    expect(queue.shift()?.command.key).toBe('c');
    expect(queue.shift()).toBeUndefined();
    expect(errors).toEqual([]);
  });

  it('fails the entries of which either limit has passed, and keeps the others in order', () => {
    const { clock, queue, wait, errors } = setUp();
    wait('a', 100, 50);
    wait('b', 500);
    wait('c', 0, 60);
    wait('d', 30, 1000);
    wait('e');
    clock.advance(29);
    expect(errors).toEqual([]);
    clock.advance(1);
    expect(errors).toEqual(['d: ERR_TIMEOUT']);
    clock.advance(30);
    expect(errors).toEqual(['d: ERR_TIMEOUT', 'a: ERR_TIMEOUT', 'c: ERR_TIMEOUT']);
    expect([queue.shift()?.command.key, queue.shift()?.command.key]).toEqual(['b', 'e']);
  });

  it('drops entries whose deadline has passed: a later request of their handler may be sent', () => {
    const { clock, queue, wait } = setUp();
    const expired = wait('a', 100);
    clock.advance(100);
    const [passedBy, served] = [wait('b', 50), wait('c', 1000)];
    clock.advance(49);
    expect([expired, passedBy, served].map(({ isQueued }) => isQueued)).toEqual([false, true, true]);
    clock.advance(1);
    expect(queue.shift()?.command).toBe(served);
    expect([passedBy, served].map(({ isQueued }) => isQueued)).toEqual([false, false]);
  });

  it('has one timer, at the earliest deadline, and none when it is empty', () => {
    const { clock, queue, wait } = setUp();
    wait('a', 100);
    wait('b', 200);
    wait('c', 50);
    expect(clock.timers).toBe(1);
    clock.advance(50);
    expect(clock.timers).toBe(1);
    queue.shift();
    queue.shift();
    expect(clock.timers).toBe(0);
    wait('d');
    expect(clock.timers).toBe(0);
  });

  it('looks for passed deadlines no more often than every 10 ms', () => {
    const { clock, wait, errors } = setUp();
    for (let n = 1; n <= 9; n++) wait(`k${n}`, n);
    clock.advance(9);
    expect(errors).toEqual([]);
    clock.advance(1);
    expect(errors).toHaveLength(9);
  });

  it('is not postponed by callers that keep arriving with a shorter wait', () => {
    const { clock, wait, errors } = setUp();
    for (let n = 0; n < 20; n++) {
      wait(`k${n}`, 5);
      clock.advance(3);
    }
    expect(errors.length).toBeGreaterThan(12);
  });

  it('does not call the handler of a cancelled command', () => {
    const { clock, queue, wait, errors } = setUp();
    wait('a', 10).cancelled = true;
    clock.advance(20);
    expect(errors).toEqual([]);
    expect(queue.length).toBe(0);
  });

  it('ends all that wait', () => {
    const { clock, queue, wait, errors } = setUp();
    wait('a', 100);
    wait('b').cancelled = true;
    wait('c');
    queue.failAll(new ClosedError('closed'));
    expect(errors).toEqual(['a: ERR_CLOSED', 'c: ERR_CLOSED']);
    expect(queue.length).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('ends only the entries that waited when it began: entries added by their handlers keep waiting', () => {
    const { queue, wait, errors } = setUp();
    wait('a').cancelled = true;
    wait('b').cancelled = true;
    const again: Handler = { onReply() {}, onError: () => void wait('again') };
    queue.push(new Command('get', 'c'), again, Infinity);
    queue.failAll(new ClosedError('closed'));
    expect(errors).toEqual([]);
    expect(queue.length).toBe(1);
    expect(queue.shift()?.command.key).toBe('again');
  });

  it('accepts a command again from the handler that receives its timeout', () => {
    const { clock, queue, wait } = setUp();
    const again: Handler = { onReply() {}, onError: () => void wait('again', 20) };
    queue.push(new Command('get', 'a'), again, clock.now() + 10);
    clock.advance(10);
    expect(queue.length).toBe(1);
    clock.advance(20);
    expect(queue.length).toBe(0);
    expect(clock.timers).toBe(0);
  });
});

describe('the first one', () => {
  it('stays until it is taken out, and its handler is not called', () => {
    const { queue, wait, errors } = setUp();
    wait('a');
    wait('b');
    expect([queue.first()?.command.key, queue.first()?.command.key]).toEqual(['a', 'a']);
    expect(queue.shift()?.command.key).toBe('a');
    expect(queue.first()?.command.key).toBe('b');
    expect(errors).toEqual([]);
  });

  it('is one that has time left: those before it go', () => {
    const { clock, queue, wait, errors } = setUp();
    wait('gone').cancelled = true;
    wait('late', 5);
    wait('a', 100);
    clock.advance(9);
    expect(queue.first()?.command.key).toBe('a');
    expect(errors).toEqual(['late: ERR_TIMEOUT']);
    expect(queue.length).toBe(1);
  });

  it('is the last one that was put back', () => {
    const { queue, wait } = setUp();
    wait('b');
    const handler: Handler = { onReply() {}, onError() {} };
    queue.putBack(new Command('get', 'a'), handler, Infinity);
    expect([queue.shift()?.command.key, queue.shift()?.command.key]).toEqual(['a', 'b']);
  });
});

describe('room', () => {
  it('exists for fewer than the bound', () => {
    const { queue, wait } = setUp();
    wait('a');
    expect([queue.hasRoom(2), queue.hasRoom(1), queue.hasRoom(0)]).toEqual([true, false, false]);
  });

  it('is made by callers that are gone', () => {
    const { clock, queue, wait } = setUp();
    wait('a', 100).cancelled = true;
    expect(queue.hasRoom(1)).toBe(true);
    expect(queue.length).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('is looked for in the whole queue by one question in many', () => {
    const { queue, wait } = setUp();
    const commands = Array.from({ length: 1600 }, (_, n) => wait(`k${n}`));
    expect(queue.hasRoom(1600)).toBe(false);
    for (const command of commands) command.cancelled = true;
    const asked = Array.from({ length: 100 }, () => queue.hasRoom(1600));
    expect(asked.indexOf(true)).toBe(99);
  });
});

describe('one more would wait for too long', () => {
  it('when the first one has waited that long, since the last turn that served no command', () => {
    const { clock, queue, wait } = setUp();
    expect(queue.wouldWait(0)).toBe(false);
    wait('a');
    clock.advance(500);
    expect(queue.wouldWait(500)).toBe(false);
    expect(queue.wouldWait(499)).toBe(false);
    clock.turn();
    expect(queue.wouldWait(499)).toBe(true);
    expect(queue.wouldWait(500)).toBe(false);
  });

  it('not because the event loop was held up: what makes room may be there, unread', () => {
    const { clock, queue, wait } = setUp();
    wait('a');
    clock.advance(1000);
    expect(queue.wouldWait(500)).toBe(false);
    queue.shift();
    wait('b');
    clock.turn();
    expect(queue.wouldWait(500)).toBe(false);
  });

  it('when the queue is too long to be served in that time, by the best rate of the last few turns', () => {
    const { clock, queue, wait } = setUp();
    for (let n = 0; n < 1000; n++) wait(`k${n}`);
    for (const served of [10, 40, 20, 10]) {
      expect(queue.wouldWait(1000)).toBe(false);
      clock.advance(10);
      for (let n = 0; n < served; n++) queue.shift();
      clock.turn();
    }
    // 4 a millisecond at best, and 920 are left.
    expect(queue.wouldWait(229)).toBe(true);
    expect(queue.wouldWait(231)).toBe(false);
  });

  it('also after the waiting callers left without being served', () => {
    const { clock, queue, wait } = setUp();
    for (let n = 0; n < 10; n++) wait(`k${n}`, 1000);
    for (let n = 0; n < 4; n++) {
      clock.advance(100);
      queue.shift();
      clock.turn();
    }
    clock.advance(1000);
    expect(queue.length).toBe(0);
    for (let n = 0; n < 10; n++) wait(`later${n}`);
    expect(queue.wouldWait(900)).toBe(true);
  });

  it('is unknown again when all waiting callers have been served', () => {
    const { clock, queue, wait } = setUp();
    wait('first');
    for (let n = 0; n < 5; n++) {
      wait(`k${n}`);
      clock.advance(1000);
      queue.shift();
      clock.turn();
    }
    expect(queue.wouldWait(100)).toBe(true);
    queue.shift();
    for (let n = 0; n < 100; n++) wait(`later${n}`);
    expect(queue.wouldWait(100)).toBe(false);
  });
});
