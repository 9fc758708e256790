/** One timer for many deadlines: when it walks, and how seldom. */
import { expect, test } from 'vitest';
import { DeadlineScan } from '../../src/base/deadline-scan.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** A scan over these deadlines; `walks` says when it walked, and which deadlines it found to be over. */
function scanOf(deadlines: number[], gap = 0) {
  const clock = new FakeClock();
  const begin = clock.now();
  const walks: string[] = [];
  const scan = new DeadlineScan(
    clock,
    (one) => {
      const over = deadlines.filter((deadline) => one.isOver(deadline));
      for (const deadline of over) deadlines.splice(deadlines.indexOf(deadline), 1);
      walks.push(`${clock.now() - begin}: ${over.map((deadline) => deadline - begin).join(' ')}`);
      return gap;
    },
    true,
  );
  const watch = (ms: number): void => {
    deadlines.push(begin + ms);
    scan.watch(begin + ms);
  };
  return { clock, scan, walks, watch };
}

test('each deadline is found when it has passed, whatever the order in which they came', () => {
  const { clock, walks, watch } = scanOf([]);
  for (const ms of [90, 120, 50]) watch(ms);
  clock.advance(200);
  expect(walks).toEqual(['50: 50', '90: 90', '120: 120']);
});

test('deadlines that are close together share a walk', () => {
  const { clock, walks, watch } = scanOf([]);
  for (const ms of [50, 51, 52, 59]) watch(ms);
  clock.advance(200);
  expect(walks).toEqual(['50: 50', '60: 51 52 59']);
});

test('a long walk postpones the next one by the time that it returns', () => {
  const { clock, walks, watch } = scanOf([], 100);
  for (const ms of [50, 60]) watch(ms);
  clock.advance(200);
  expect(walks).toEqual(['50: 50', '150: 60']);
});

test('no deadline needs no timer', () => {
  const { clock, scan, walks } = scanOf([]);
  scan.watch(0);
  clock.advance(1000);
  expect(walks).toEqual([]);
});

test('what is cleared, also by the walk itself, is not looked for any more', () => {
  const { clock, scan, walks, watch } = scanOf([]);
  watch(50);
  scan.clear();
  clock.advance(100);
  expect(walks).toEqual([]);
  const found: number[] = [];
  const ended = new DeadlineScan(
    clock,
    (one) => {
      found.push(clock.now());
      one.isOver(clock.now() + 500);
      one.clear();
      return 0;
    },
    true,
  );
  ended.watch(clock.now() + 20);
  clock.advance(1000);
  expect(found).toHaveLength(1);
});
