/** Numbers in few cells. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bar, short, shortAge, shortBytes, shortMillis, shortShare, sparkline } from '../../src/top/figures.ts';

describe('numbers', () => {
  test.each([
    [undefined, '–'],
    [0, '0'],
    [7, '7'],
    [7.25, '7.3'],
    [99.96, '100'],
    [999, '999'],
    [999.7, '1.0k'],
    [1234, '1.2k'],
    [12_345, '12.3k'],
    [123_456, '123k'],
    [1_234_567, '1.2M'],
    [3e9, '3.0G'],
  ])('%s is %s', (value, text) => expect(short(value)).toBe(text));

  test('no number of a counter takes more than six cells', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (value) => {
        expect(short(value).length).toBeLessThanOrEqual(6);
        expect(shortBytes(value).length).toBeLessThanOrEqual(6);
        expect(shortMillis(Math.min(value, 1e8)).length).toBeLessThanOrEqual(7);
      }),
    );
  });

  test('bytes, times and shares', () => {
    expect([0, 900, 1024, 64 * 1024 ** 2, 1.5 * 1024 ** 4].map(shortBytes)).toEqual([
      '0B',
      '900B',
      '1.0K',
      '64.0M',
      '1.5T',
    ]);
    expect([0.123, 9.5, 12.34, 120, 12_000].map(shortMillis)).toEqual(['0.12', '9.50', '12.3', '120', '12s']);
    expect([0, 0.9812, 1, undefined].map(shortShare)).toEqual(['0.0%', '98.1%', '100%', '–']);
    expect([3, 130, 18_720, 270_000].map(shortAge)).toEqual(['3s', '2m10s', '5h12m', '3d3h']);
  });
});

describe('pictures', () => {
  test('a sparkline has the newest values at its right, the largest as the highest block', () => {
    expect(sparkline([0, 1, 2, 4, 8], 4)).toBe('▁▂▄█');
    expect(sparkline([5], 4)).toBe('   █');
    expect(sparkline([0, undefined, 0], 3)).toBe('▁ ▁');
  });

  test('a bar is full at 1 and empty at 0', () => {
    expect([bar(0, 4), bar(0.5, 4), bar(7, 4), bar(undefined, 4)]).toEqual(['░░░░', '██░░', '████', '    ']);
  });
});
