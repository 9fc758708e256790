import { expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';

it('fires timers in order of due time, each at its own time', () => {
  const clock = new FakeClock();
  const start = clock.now();
  const seen: [string, number][] = [];
  clock.setTimer(20, () => seen.push(['b', clock.now() - start]));
  clock.setTimer(10, () => {
    seen.push(['a', clock.now() - start]);
    clock.setTimer(5, () => seen.push(['a2', clock.now() - start]));
  });
  clock.setTimer(30, () => seen.push(['late', 0])).clear();
  clock.advance(25);
  expect(seen).toEqual([
    ['a', 10],
    ['a2', 15],
    ['b', 20],
  ]);
  expect(clock.timers).toBe(0);
});

it('tells the time of day that belongs to its monotonic time', () => {
  const clock = new FakeClock(1_700_000_000);
  expect(clock.unixSeconds()).toBe(1_700_000_000);
  clock.advance(2500);
  expect(clock.unixSeconds()).toBe(1_700_000_002);
});

it('runs what waits for the end of the turn when the turn ends', async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.afterTurn(() => {
    seen.push('first');
    clock.afterTurn(() => seen.push('second'));
  });
  expect(seen).toEqual([]);
  clock.turn();
  expect(seen).toEqual(['first', 'second']);
  void Promise.resolve().then(() => clock.afterTurn(() => seen.push('third')));
  await clock.settle();
  expect(seen).toEqual(['first', 'second', 'third']);
});

it('says when the next timer is due', () => {
  const clock = new FakeClock();
  expect(clock.nextDue).toBe(Infinity);
  clock.setTimer(50, () => {});
  const first = clock.setTimer(20, () => {});
  expect(clock.nextDue).toBe(clock.now() + 20);
  first.clear();
  expect(clock.nextDue).toBe(clock.now() + 50);
  clock.advance(50);
  expect(clock.nextDue).toBe(Infinity);
});
