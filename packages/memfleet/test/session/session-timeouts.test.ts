import { describe, expect, it } from 'vitest';
import { IdleTimer } from '../../src/session/idle-timer.ts';
import { defaultSessionBounds } from '../../src/session/session-context.ts';
import { type SessionActivity, SessionTimeouts } from '../../src/session/session-timeouts.ts';

describe('an idle timer', () => {
  it('adds up the time in which nothing moves', () => {
    const timer = new IdleTimer();
    expect([1, 2, 3].map(() => timer.count(100, 0, false))).toEqual([0, 100, 200]);
    expect(timer.ms).toBe(200);
  });

  it('begins anew when bytes arrive, when the client reads some of what is held, and while the session is busy', () => {
    const timer = new IdleTimer();
    timer.count(100, 500, false);
    expect(timer.count(100, 500, false)).toBe(100);
    expect(timer.count(100, 499, false)).toBe(0);
    expect(timer.count(100, 499, false)).toBe(100);
    timer.end();
    expect(timer.count(100, 499, false)).toBe(0);
    expect(timer.count(100, 600, false)).toBe(100);
    expect(timer.count(100, 600, true)).toBe(0);
  });
});

describe('the timeouts of a session', () => {
  const bounds = {
    ...defaultSessionBounds,
    idleTimeout: 400,
    requestTimeout: 300,
    stallTimeout: 200,
    lingerTimeout: 100,
  };
  const quiet: SessionActivity = {
    isBusy: false,
    hasEnded: false,
    buffered: 0,
    isReceiving: false,
    unfinished: 0,
    commands: 0,
  };
  const megabyte = 1024 * 1024;

  /** After how many ms of the same activity a verdict is given, looked at every 50 ms; undefined = not in a second. */
  function verdictAfter(activity: Partial<SessionActivity>, overrides = {}): readonly [number, string] | undefined {
    const timeouts = new SessionTimeouts();
    timeouts.judge(0, { ...quiet, ...activity }, { ...bounds, ...overrides });
    for (let ms = 50; ms <= 1000; ms += 50) {
      const verdict = timeouts.judge(50, { ...quiet, ...activity }, { ...bounds, ...overrides });
      if (verdict !== undefined) return [ms, verdict];
    }
    return undefined;
  }

  it.each([
    ['a client without requests is idle after idleTimeout', {}, {}, [400, 'idle']],
    ['an idleTimeout of 0 never ends', {}, { idleTimeout: 0 }, undefined],
    ['a client whose requests are in flight is not idle', { isBusy: true }, {}, undefined],
    ['a client that does not read is slow after stallTimeout', { buffered: 1 }, {}, [200, 'slow']],
    ['a large value that stops is slow after stallTimeout', { isReceiving: true }, {}, [200, 'slow']],
    ['a request without an end is slow after requestTimeout', { unfinished: 1, commands: 7 }, {}, [300, 'slow']],
    ['a requestTimeout of 0 never ends', { unfinished: 1 }, { requestTimeout: 0, idleTimeout: 0 }, undefined],
    ['a value of 2 MB has the time of two', { unfinished: 2 * megabyte }, { idleTimeout: 0 }, [600, 'slow']],
    ['its time stands still while it is not read', { unfinished: 1, isBusy: true }, {}, undefined],
    ['a client that does not close is gone after lingerTimeout', { hasEnded: true }, {}, [100, 'gone']],
  ] as const)('%s', (_name, activity, overrides, expected) => {
    expect(verdictAfter(activity, overrides)).toEqual(expected);
  });

  it('give the next request its own time', () => {
    const timeouts = new SessionTimeouts();
    for (let commands = 0; commands < 10; commands++) {
      for (let i = 0; i < 5; i++)
        expect(
          timeouts.judge(50, { ...quiet, unfinished: 1, commands }, { ...bounds, idleTimeout: 0 }),
        ).toBeUndefined();
    }
  });

  it('begin anew when bytes arrive', () => {
    const timeouts = new SessionTimeouts();
    for (let i = 0; i < 20; i++) {
      timeouts.end();
      expect(timeouts.judge(300, quiet, bounds)).toBeUndefined();
    }
  });
});
