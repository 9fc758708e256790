import { clientDefaults } from 'memfleet';
import { expect, test } from 'vitest';
import { makeClusterSchedule, makeSchedule } from '../src/schedule.ts';

test("the usual run has the client's own ejection time, and two phases of one length with an outage each", () => {
  const schedule = makeSchedule(20, 3);
  expect(schedule).toMatchObject({ phase: 10_000, hasPerCall: true, ejectTime: clientDefaults.ejectTime });
  expect(schedule.outages).toEqual([{ node: 1, stopAt: 3000, downFor: 3000 }]);
});

test.each([2, 3, 4, 5, 10, 20, 60, 300])(
  'in a run of %d s every outage begins and is over before its phase ends',
  (seconds) => {
    const { phase, ejectTime, outages } = makeSchedule(seconds, 3);
    expect(2 * phase).toBe(seconds * 1000);
    expect(outages.length).toBeGreaterThan(0);
    for (const { stopAt, downFor } of outages) {
      expect(stopAt + 1.5 * ejectTime).toBeLessThan(phase);
      expect(downFor).toBeLessThan(ejectTime);
    }
  },
);

test('a long phase has an outage every 16 s, of each node in turn', () => {
  const { outages } = makeSchedule(180, 3);
  expect(outages.map(({ node }) => node)).toEqual([1, 2, 0, 1, 2]);
  expect(outages.map(({ stopAt }) => stopAt)).toEqual([4800, 20_800, 36_800, 52_800, 68_800]);
});

test("the user's nodes are not stopped", () => {
  expect(makeSchedule(20, 0).outages).toEqual([]);
});

test('on a cluster a node returns before another joins, and one leaves at the end', () => {
  const { phase, outages, rebalances } = makeClusterSchedule(20);
  expect(phase).toBe(20_000);
  expect(outages).toEqual([{ node: 0, stopAt: 3000, downFor: 2500 }]);
  expect(rebalances).toEqual([
    { change: 'add', at: 7000 },
    { change: 'remove', at: 13_000 },
  ]);
});
