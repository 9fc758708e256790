import { describe, expect, it } from 'vitest';
import { FlushGroup, FlushSchedule, type FlushScheduleOptions } from '../../src/connection/flush-schedule.ts';
import { FakeClock } from '../support/fake-clock.ts';

/**
 * A schedule of a connection that has commands in flight and to write; `others`: connections of its fleet beside it.
 */
function schedule(
  mode: FlushScheduleOptions['mode'],
  others: number,
  written: number,
  unwritten: number,
  isSilent = false,
) {
  const clock = new FakeClock();
  const group = new FlushGroup();
  for (let i = 0; i < others; i++) group.enter();
  const seen = { flushes: 0 };
  const pending = { length: written + unwritten, unwritten };
  const made = new FlushSchedule({
    mode,
    clock,
    group,
    pending,
    isSilent: () => isSilent,
    flush: () => seen.flushes++,
  });
  return { clock, group, seen, schedule: made };
}

describe('what was collected is written', () => {
  it.each([
    ['in the microtask, where there is no other connection', 'microtask', 0, 5, 1, 1],
    ['in the microtask, where nothing is in flight', 'microtask', 2, 0, 1, 1],
    ['in the microtask, where there is much, so that the node does not wait for work', 'microtask', 2, 5, 32, 1],
    ['at the end of the turn, where other reads may bring more', 'microtask', 2, 5, 31, 0],
    ['at the end of the turn, where that is wanted', 'afterTurn', 0, 0, 1, 0],
  ] as const)('%s', async (_, mode, others, written, unwritten, atOnce) => {
    const { clock, seen, schedule: made } = schedule(mode, others, written, unwritten);
    made.request();
    made.request();
    expect(seen.flushes).toBe(0);
    await Promise.resolve();
    made.request();
    await Promise.resolve();
    const early = seen.flushes;
    expect(early > 0).toBe(atOnce === 1);
    clock.turn();
    expect(seen.flushes).toBe(atOnce === 1 ? 2 : 1);
  });

  it('in the microtask again when the others have ended', async () => {
    const { group, seen, schedule: made } = schedule('microtask', 1, 5, 1);
    group.leave();
    made.request();
    await Promise.resolve();
    expect(seen.flushes).toBe(1);
    made.end();
    group.enter();
    expect(group.isAlone).toBe(true);
  });

  it('after what the event loop has to read, where nothing was written for long: the node may have closed the connection', async () => {
    const { seen, schedule: made } = schedule('microtask', 0, 0, 1, true);
    made.request();
    await Promise.resolve();
    await Promise.resolve();
    expect(seen.flushes).toBe(0);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(seen.flushes).toBe(1);
  });
});
