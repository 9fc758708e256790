import { describe, expect, it } from 'vitest';
import { Backoff, withJitter } from '../../src/base/backoff.ts';

const options = { initial: 50, max: 2000, factor: 2, jitter: 0.2 };

function waits(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.next());
}

describe('a back-off', () => {
  it('doubles up to its maximum, and starts over after a reset', () => {
    const backoff = new Backoff(options, () => 0.5);
    expect(waits(backoff, 8)).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000]);
    expect(backoff.tries).toBe(8);
    backoff.reset();
    expect(backoff.tries).toBe(0);
    expect(waits(backoff, 2)).toEqual([50, 100]);
  });

  it('draws each wait from the share around it', () => {
    expect(waits(new Backoff(options, () => 0), 3)).toEqual([40, 80, 160]);
    const almostOne = waits(new Backoff(options, () => 0.999999), 3);
    expect(almostOne.map((wait) => Math.round(wait))).toEqual([60, 120, 240]);
  });

  it('stays at its maximum after any number of calls', () => {
    const backoff = new Backoff({ ...options, jitter: 0 });
    expect(waits(backoff, 2000).at(-1)).toBe(2000);
  });
});

it('jitter of 0 changes nothing', () => {
  expect(withJitter(100, 0, () => 0.1)).toBe(100);
  expect(withJitter(100, 1, () => 0)).toBe(0);
});
