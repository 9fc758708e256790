import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { deadlineIn, loopTime, systemClock } from '../../src/base/clock.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Burns real time, as a long computation does. */
function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('the real clock', () => {
  it('is read once for a batch of work, and anew for the next', async () => {
    const first = systemClock.now();
    burn(2);
    expect(systemClock.now()).toBe(first);
    await Promise.resolve();
    expect(systemClock.now()).toBeGreaterThanOrEqual(first + 2);
  });

  it('never goes back', async () => {
    let before = 0;
    for (let n = 0; n < 100; n++) {
      const now = systemClock.now();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
      if (n % 3 === 0) await Promise.resolve();
    }
  });

  it('calls back after the turn, later than the microtasks of it', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.afterTurn(() => {
        seen.push('after the turn');
        resolve();
      });
      queueMicrotask(() => seen.push('microtask'));
    });
    expect(seen).toEqual(['microtask', 'after the turn']);
  });

  it('calls back after the turn in the order of the wishes, those that one of them makes in the next', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.afterTurn(() => {
        seen.push('a');
        systemClock.afterTurn(() => {
          seen.push('c');
          resolve();
        });
      });
      systemClock.afterTurn(() => seen.push('b'));
    });
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('calls back after the turn even if a callback before throws', () => {
    const clock = new URL('../../src/base/clock.ts', import.meta.url).pathname.replace('/src/', '/dist/');
    const script = `
      import { systemClock } from ${JSON.stringify(clock.replace('.ts', '.js'))};
      process.on('uncaughtException', (error) => console.log(error.message));
      systemClock.afterTurn(() => { throw new Error('first'); });
      systemClock.afterTurn(() => console.log('second'));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(output).toBe('first\nsecond\n');
  });

  it('calls back after the turn, also while a test of a user fires immediates by hand', async () => {
    vi.useFakeTimers();
    const called = new Promise<void>((resolve) => {
      systemClock.afterTurn(resolve);
    });
    vi.useRealTimers();
    await called;
  });

  it('is read anew by every callback after the turn', async () => {
    const times = await new Promise<number[]>((resolve) => {
      const seen: number[] = [];
      systemClock.afterTurn(() => {
        seen.push(systemClock.now());
        burn(2);
      });
      systemClock.afterTurn(() => resolve([...seen, systemClock.now()]));
    });
    expect(times[1]).toBeGreaterThanOrEqual((times[0] as number) + 2);
  });

  it('sets timers that can be cleared', async () => {
    const seen: string[] = [];
    systemClock.setTimer(0, () => seen.push('cleared')).clear();
    await new Promise<void>((resolve) => {
      systemClock.setTimer(1, resolve);
    });
    expect(seen).toEqual([]);
  });
});

describe('a deadline', () => {
  it.each([
    [10.4, 5, 16],
    [10.4, 0.1, 11],
    [10, 5, 15],
    [0.2, 0.2, 1],
  ])('at %d, in %d ms, is the whole millisecond %d: never too early', (now, ms, deadline) => {
    expect(deadlineIn(new FakeClock(0, now), ms)).toBe(deadline);
  });
});

describe('the time of the event loop', () => {
  it('counts work as work', () => {
    const begin = loopTime();
    burn(20);
    const end = loopTime();
    expect(end.worked - begin.worked).toBeGreaterThanOrEqual(19);
    expect(end.all).toBeGreaterThanOrEqual(end.worked);
  });

  it('counts idle time, as the runtime reports it, as time without work', () => {
    vi.spyOn(performance, 'eventLoopUtilization').mockReturnValue({ active: 30, idle: 70, utilization: 0.3 });
    expect(loopTime()).toEqual({ all: 100, worked: 30 });
  });

  it('takes the CPU time of the process for work where the runtime reports no utilization', () => {
    Object.defineProperty(performance, 'eventLoopUtilization', { value: undefined, configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(performance, 'eventLoopUtilization'));
    vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 40_000, system: 10_000 });
    const before = performance.now();
    const { all, worked } = loopTime();
    expect([all >= before, worked]).toEqual([true, 50]);
  });
});
