import { describe, expect, it } from 'vitest';
import type { EventLoop } from '../../../src/base/clock.ts';
import { FlushSchedule } from '../../../src/connection/flush-schedule.ts';
import { AdmissionControl } from '../../../src/session/admission.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { simulated } from '../../support/network-rig.ts';

describe('a clock with an event loop of its own', () => {
  it('is asked for the end of the turn by a connection that was silent', async () => {
    const ends: (() => void)[] = [];
    const loop = {
      now: () => 0,
      afterTurn: (end: () => void) => void ends.push(end),
      load: () => ({ all: 0, worked: 0 }),
    };
    let flushes = 0;
    const schedule = new FlushSchedule({
      mode: 'microtask',
      clock: Object.assign(new FakeClock(), { loop }),
      group: undefined,
      pending: { length: 1, unwritten: 1 },
      isSilent: () => true,
      flush: () => void flushes++,
    });
    schedule.request();
    await Promise.resolve();
    expect([flushes, ends.length]).toEqual([0, 1]);
    ends[0]?.();
    expect(flushes).toBe(1);
  });

  it('gives admission control its time and its load', () => {
    const asked: string[] = [];
    const loop: EventLoop = {
      now: () => asked.push('now'),
      afterTurn() {},
      load: () => ({ all: asked.push('load'), worked: 0 }),
    };
    const clock = new FakeClock();
    const admission = new AdmissionControl({ max: 1, clock: Object.assign(clock, { loop }) });
    admission.enter(1);
    admission.wait({ onRoom() {} }, 1);
    admission.leave(1);
    clock.turn();
    expect(new Set(asked)).toEqual(new Set(['load', 'now']));
  });

  it('is the agenda for a virtual clock', () =>
    simulated({}, async ({ agenda, clock }) => {
      const { loop } = clock;
      await new Promise<void>((resolve) => void clock.setTimer(5, resolve));
      expect(loop?.now()).toBe(agenda.now);
      expect(loop?.load()).toEqual({ all: agenda.now, worked: 0 });
      await new Promise<void>((resolve) => loop?.afterTurn(resolve));
      expect(agenda.now).toBeGreaterThan(5);
      expect(agenda.now).toBeLessThan(5.1);
    }));
});
