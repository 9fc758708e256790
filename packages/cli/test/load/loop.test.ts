/** When requests are sent. */
import { describe, expect, test } from 'vitest';
import type { Lane } from '../../src/load/lane.ts';
import { ClosedLoop, OpenLoop } from '../../src/load/loop.ts';
import type { RequestBatch } from '../../src/load/request-source.ts';
import { Tally } from '../../src/load/tally.ts';

/** A lane whose requests the test ends. */
function fakeLane(): Lane & { inFlight: number; isReady: boolean; readonly sent: number[] } {
  const sent: number[] = [];
  const lane = {
    inFlight: 0,
    isReady: true,
    index: 0,
    now: 0,
    sent,
    open: () => Promise.resolve(),
    send: ({ requests }: RequestBatch, since: number): void => {
      lane.inFlight += requests.length;
      for (let n = 0; n < requests.length; n++) sent.push(since);
    },
    sweep: () => {},
    close: () => {},
  };
  return lane;
}

const batchOf = (count: number): RequestBatch => ({
  requests: Array.from({ length: count }, () => ({ verb: 'get', n: 1 }) as const),
  comesAgain: false,
});

describe('a closed loop', () => {
  test('sends on each lane when all replies are there, and no more than its limit', () => {
    const lanes = [fakeLane(), Object.assign(fakeLane(), { index: 1 })];
    const loop = new ClosedLoop(lanes, 3, (_, count) => batchOf(count));
    loop.limit(10);
    loop.start();
    expect(lanes.map((lane) => lane.sent.length)).toEqual([3, 3]);
    for (const lane of lanes) {
      lane.inFlight--;
      loop.ended(lane, false);
    }
    expect(lanes.map((lane) => lane.sent.length)).toEqual([3, 3]);
    for (let n = 0; n < 20; n++)
      for (const lane of lanes)
        if (lane.inFlight > 0) {
          lane.inFlight--;
          loop.ended(lane, false);
        }
    expect(lanes.map((lane) => lane.sent.length)).toEqual([5, 5]);
    expect(loop.isDone).toBe(true);
  });
});

describe('an open loop', () => {
  test('counts latencies from the time when a request was due, however late it is sent', () => {
    const lane = fakeLane();
    const loop = new OpenLoop([lane], 1, () => batchOf(1), 1_000_000, new Tally());
    loop.start();
    loop.limit(50, performance.now());
    while (!loop.isDone) {
      lane.inFlight = 0;
      loop.ended();
    }
    loop.stop();
    const [first = 0] = lane.sent;
    lane.sent.forEach((since, k) => expect(since).toBeCloseTo(first + k / 1000, 6));
  });

  test('tells of requests that were due and never sent', () => {
    const lane = fakeLane();
    const tally = new Tally();
    const loop = new OpenLoop([lane], 1, () => batchOf(1), 1000, tally);
    const before = performance.now();
    loop.start();
    tally.begin(before);
    loop.stop();
    loop.leaveUnsent(tally, before + 1000);
    expect(tally.unsent).toBeGreaterThan(990);
    expect(tally.latencies().percentile(50)).toBeGreaterThan(400_000);
  });

  test('without any connection fails what is due, and does not wait', () => {
    const lane = fakeLane();
    lane.isReady = false;
    const tally = new Tally();
    const loop = new OpenLoop([lane], 1, () => batchOf(1), 1_000_000, tally);
    loop.start();
    loop.limit(10, 0);
    while (!loop.isDone) loop.ready();
    loop.stop();
    expect(tally.failed).toBeGreaterThanOrEqual(10);
    expect(tally.lastError).toBe('no connection');
  });
});
