/** Retry, coalescing and the total deadline, over a dispatcher that answers when the test says so. */
import { describe, expect, test } from 'vitest';
import { Command } from '../../src/core/command.ts';
import type { Dispatcher } from '../../src/core/dispatcher.ts';
import {
  ConnectError,
  ConnectionClosedError,
  type MemcacheError,
  NodeEjectedError,
  ProtocolError,
  QueueFullError,
  ServerError,
  TimeoutError,
  UnsupportedError,
} from '../../src/core/errors.ts';
import { Reply } from '../../src/core/reply.ts';
import { coalescePolicy } from '../../src/policy/coalesce.ts';
import { deadlinePolicy } from '../../src/policy/deadline.ts';
import { initialValuePolicy } from '../../src/policy/initial-value.ts';
import { type ResolvedRetryOptions, retryDefaults } from '../../src/policy/retry-options.ts';
import { retryPolicy } from '../../src/policy/retry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ManualDispatcher } from '../support/manual-dispatcher.ts';

const half = (): number => 0.5;

/** What a caller was told; undefined = nothing yet. */
interface Outcome {
  value: string | undefined;
  bytes: Uint8Array | undefined;
  error: MemcacheError | undefined;
  count: number;
}

function send(dispatcher: Dispatcher, command: Command): Outcome {
  const outcome: Outcome = { value: undefined, bytes: undefined, error: undefined, count: 0 };
  dispatcher.dispatch(command, {
    onReply: (reply) => {
      outcome.count++;
      outcome.value = reply.hasValue ? reply.text() : reply.status;
      outcome.bytes = reply.hasValue ? reply.bytes() : undefined;
    },
    onError: (error) => {
      outcome.count++;
      outcome.error = error;
    },
  });
  return outcome;
}

function get(key: string, deadline = 100_000): Command {
  const command = new Command('get', key);
  command.deadline = deadline;
  return command;
}

function set(key: string, deadline = 100_000): Command {
  const command = new Command('store', key);
  command.deadline = deadline;
  return command;
}

/** A hit with these bytes, which nobody else will write to; or a bare ok. */
function replyOf(value: Buffer | undefined): Reply {
  const reply = new Reply();
  if (value !== undefined) reply.setBytes(value, 0, value.length, true);
  return reply;
}

const unsent = new ConnectError('refused');
const broken = new ConnectionClosedError('reset', { sent: true });

describe('retry', () => {
  function retrying(options: Partial<ResolvedRetryOptions> = {}): {
    readonly clock: FakeClock;
    readonly next: ManualDispatcher;
    readonly policy: Dispatcher;
  } {
    const clock = new FakeClock();
    const next = new ManualDispatcher();
    return { clock, next, policy: retryPolicy(next, { ...retryDefaults, ...options }, clock, half) };
  }

  test.each([
    ['a get whose connection was refused', get('k'), unsent, true],
    ['a set whose connection was refused', set('k'), unsent, true],
    ['a get whose connection broke after it was sent', get('k'), broken, true],
    ['a set whose connection broke before it was sent', set('k'), new ConnectionClosedError('reset'), true],
    ['a set that waited when its node was ejected', set('k'), new NodeEjectedError('out', { cause: unsent }), true],
    ['a set that is refused because its node is out', set('k'), new NodeEjectedError('out'), false],
    ['a get that waited for a connection which came too late', get('k'), new TimeoutError('late', 'connect'), true],
    ['a set whose connection broke after it was sent', set('k'), broken, false],
    [
      'an incr whose connection broke after it was sent',
      Object.assign(new Command('arith', 'k'), { deadline: 1e5 }),
      broken,
      false,
    ],
    ['a gat, which changes the ttl', Object.assign(get('k'), { touch: true }), broken, false],
    ['a get that timed out', get('k'), new TimeoutError('late', 'total', { sent: true }), false],
    ['a get that found no room in time', get('k'), new TimeoutError('late', 'acquire'), false],
    ['a get that a full queue refused', get('k'), new QueueFullError('full'), false],
    ['a get whose reply is an error', get('k'), new ServerError('busy', 'server', 0), false],
    ['a get whose reply is garbage', get('k'), new ProtocolError('garbage', { sent: true }), false],
  ])('%s', (_, command, error, isRepeated) => {
    const { clock, next, policy } = retrying();
    const outcome = send(policy, command);
    next.fail('k', error);
    clock.advance(100);
    expect(next.pending.length).toBe(isRepeated ? 1 : 0);
    if (isRepeated) {
      next.hit('k', 'at last');
      expect(outcome).toMatchObject({ value: 'at last', count: 1 });
    } else expect(outcome).toMatchObject({ error, count: 1 });
    expect(clock.timers).toBe(0);
  });

  test('waits double, with jitter; after the last try the caller receives the last error, once', () => {
    const { clock, next, policy } = retrying({ attempts: 3, delay: 10, budget: 1 });
    const outcome = send(policy, get('k'));
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      next.fail('k', unsent);
      const from = clock.now();
      while (next.pending.length === 0) clock.advance(1);
      waits.push(clock.now() - from);
    }
    expect(waits).toEqual([10, 20, 40]);
    expect(outcome.count).toBe(0);
    next.fail('k', unsent);
    expect(outcome).toMatchObject({ error: unsent, count: 1 });
  });

  test('a repetition that could not begin before the deadline is not made: the caller hears at once', () => {
    const { clock, next, policy } = retrying({ delay: 50 });
    const outcome = send(policy, get('k', clock.now() + 50));
    next.fail('k', unsent);
    expect(outcome.error).toBe(unsent);
    expect(clock.timers).toBe(0);
  });

  test('a sick fleet gets no double load: the budget lets a tenth of the commands be repeated', () => {
    const { clock, next, policy } = retrying({ delay: 1, budget: 0.1 });
    let repeated = 0;
    for (let i = 0; i < 2000; i++) {
      send(policy, get(`k${i}`));
      next.fail(`k${i}`, unsent);
      clock.advance(2);
      if (next.pending.length > 0) {
        repeated++;
        next.fail(`k${i}`, unsent);
      }
    }
    expect(repeated).toBeGreaterThanOrEqual(195);
    expect(repeated).toBeLessThanOrEqual(215);
  });

  test('a caller that gave up is not repeated', () => {
    const { clock, next, policy } = retrying();
    const command = get('k');
    const outcome = send(policy, command);
    next.fail('k', unsent);
    command.cancelled = true;
    clock.advance(100);
    expect(next.pending.length).toBe(0);
    expect(outcome.count).toBe(1);
  });

  test('close() and destroy() settle those who wait for a repetition, and leave no timer', async () => {
    for (const end of ['close', 'destroy'] as const) {
      const { clock, next, policy } = retrying();
      const outcome = send(policy, get('k'));
      next.fail('k', unsent);
      expect(outcome.count).toBe(0);
      await policy[end]();
      expect(outcome.count).toBe(1);
      expect(outcome.error?.code).toBe(end === 'close' ? 'ERR_CONNECT' : 'ERR_CLOSED');
      expect(clock.timers).toBe(0);
      expect(next.isClosed).toBe(true);
    }
  });
});

describe('coalesced gets', () => {
  function coalescing(): {
    readonly next: ManualDispatcher;
    readonly policy: Dispatcher;
    readonly clock: FakeClock;
  } {
    const next = new ManualDispatcher();
    const clock = new FakeClock(0, 0);
    return { next, policy: coalescePolicy(next, clock), clock };
  }

  test('equal gets at the same time are one get; later ones are another', () => {
    const { next, policy } = coalescing();
    const first = [send(policy, get('k')), send(policy, get('k')), send(policy, get('l')), send(policy, get('k'))];
    expect(next.pending.length).toBe(2);
    next.hit('k', 'one');
    next.hit('l', 'other');
    expect(first.map(({ value }) => value)).toEqual(['one', 'one', 'other', 'one']);
    const later = send(policy, get('k'));
    next.hit('k', 'two');
    expect(later.value).toBe('two');
    expect(first[0]?.count).toBe(1);
  });

  test('a failure is everybody’s failure', () => {
    const { next, policy } = coalescing();
    const calls = [send(policy, get('k')), send(policy, get('k'))];
    next.fail('k', broken);
    expect(calls.map(({ error }) => error)).toEqual([broken, broken]);
  });

  test('every caller gets bytes of its own, also of a large value', () => {
    const { next, policy } = coalescing();
    const calls = [send(policy, get('k')), send(policy, get('k')), send(policy, get('k'))];
    const { handler } = next.take('k');
    const value = Buffer.alloc(100_000, 1);
    handler.onReply(replyOf(value));
    calls[0]?.bytes?.fill(7);
    expect(calls.map(({ bytes }) => bytes?.[500])).toEqual([7, 1, 1]);
  });

  test('who wrote sees what it wrote: a get that ran when the write began is not joined', () => {
    const { next, policy } = coalescing();
    const before = send(policy, get('k'));
    const written = send(policy, set('k'));
    const after = send(policy, get('k'));
    expect(next.pending.length).toBe(3);
    next.hit('k', 'old');
    next.status('k', 'ok');
    next.hit('k', 'new');
    expect([before.value, written.value, after.value]).toEqual(['old', 'ok', 'new']);
  });

  test('who wrote sees what it wrote: nor is one that began while the write was in flight', () => {
    const { next, policy } = coalescing();
    send(policy, set('k'));
    const write = next.take('k');
    const other = send(policy, get('k'));
    const otherGet = next.look('k');
    write.handler.onReply(replyOf(undefined));
    // The write is done. The other get may have been served before it, on another connection.
    const mine = send(policy, get('k'));
    expect(next.pending.length).toBe(2);
    next.pending.splice(next.pending.indexOf(otherGet), 1);
    otherGet.handler.onReply(replyOf(Buffer.from('old')));
    next.hit('k', 'new');
    expect([other.value, mine.value]).toEqual(['old', 'new']);
  });

  test('after a flush nothing older is joined', () => {
    const { next, policy } = coalescing();
    send(policy, get('k'));
    send(policy, new Command('flush'));
    send(policy, get('k'));
    expect(next.pending.filter(({ command }) => command.key === 'k').length).toBe(2);
  });

  test('gets that ask for more than the value, or touch, are not joined', () => {
    const { next, policy } = coalescing();
    send(policy, get('k'));
    send(policy, Object.assign(get('k'), { wantCas: true }));
    send(policy, Object.assign(get('k'), { touch: true }));
    expect(next.pending.length).toBe(3);
  });

  test('the timeout of one caller does not affect the others: they keep their own time', () => {
    const { next, policy } = coalescing();
    const impatient = send(policy, get('k', 10));
    const patient = [send(policy, get('k', 500)), send(policy, get('k', 400))];
    const late = new TimeoutError('late', 'total', { sent: true });
    next.fail('k', late);
    expect(impatient).toMatchObject({ error: late, count: 1 });
    expect(patient.map(({ count }) => count)).toEqual([0, 0]);
    expect(next.look('k').command.deadline).toBe(400);
    next.hit('k', 'in time');
    expect(patient.map(({ value }) => value)).toEqual(['in time', 'in time']);
  });

  test('callers whose deadline has passed when the running get times out receive its error: nothing is sent again for them', () => {
    const { next, policy, clock } = coalescing();
    const calls = [send(policy, get('k', 10)), send(policy, get('k', 15)), send(policy, get('k', 20))];
    const late = new TimeoutError('late', 'total', { sent: true });
    clock.advance(15);
    next.fail('k', late);
    expect(calls.map(({ error }) => error)).toEqual([late, late, undefined]);
    expect(next.look('k').command.deadline).toBe(20);
  });

  test('a caller with less time than the running get goes its own way', () => {
    const { next, policy } = coalescing();
    send(policy, get('k', 1000));
    send(policy, get('k', 10));
    expect(next.pending.length).toBe(2);
  });

  test('a caller that aborts takes only itself away', () => {
    const { next, policy } = coalescing();
    const command = get('k');
    send(policy, command);
    const other = send(policy, get('k'));
    command.cancelled = true;
    expect(next.look('k').command.cancelled).toBe(false);
    next.hit('k', 'value');
    expect(other.value).toBe('value');
  });
});

test('the deadline is given once, at the top, in whole milliseconds; a call with its own keeps it', () => {
  const clock = new FakeClock(0, 1000.25);
  const next = new ManualDispatcher();
  const policy = deadlinePolicy(next, 500, clock);
  send(policy, new Command('get', 'default'));
  send(policy, get('own', 1007));
  expect(next.look('default').command.deadline).toBe(1501);
  expect(next.look('own').command.deadline).toBe(1007);
});

test('a counter with an initial value, where the protocol has none: made by one caller, counted by all others', () => {
  const next = new ManualDispatcher();
  const policy = initialValuePolicy(next);
  const counters = [1, 2].map(() => {
    const command = Object.assign(new Command('arith', 'n'), { initial: 10n, delta: 1, deadline: 100 });
    return send(policy, command);
  });
  const unsupported = (): void => next.fail('n', new UnsupportedError('no initial value'));
  unsupported();
  unsupported();
  for (const { command } of next.pending)
    expect(command).toMatchObject({ verb: 'arith', initial: undefined, deadline: 100 });
  next.status('n', 'miss');
  next.status('n', 'miss');
  for (const { command } of next.pending) expect(command).toMatchObject({ verb: 'store', mode: 'add', value: '10' });
  next.status('n', 'ok');
  next.status('n', 'notStored');
  next.hit('n', '11');
  expect(counters.map(({ value }) => value)).toEqual(['10', '11']);
});
