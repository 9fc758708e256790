/** The values of the options of `memfleet load`. */
import { describe, expect, test } from 'vitest';
import { readDistribution, readMix, readSizes, readTime } from '../../src/load/load-options.ts';

describe('options', () => {
  test.each([
    ['100', [{ from: 100, to: 100, weight: 1 }]],
    ['4k', [{ from: 4096, to: 4096, weight: 1 }]],
    [
      '100:90,1k-8k:9',
      [
        { from: 100, to: 100, weight: 90 },
        { from: 1024, to: 8192, weight: 9 },
      ],
    ],
  ])('--size %s', (text, ranges) => expect(readSizes(text)).toEqual(ranges));

  test.each(['', 'x', '-1', '200-100', '100:0', '2g', '1:2:3'])('--size %j is refused', (text) =>
    expect(() => readSizes(text)).toThrow('It takes sizes or ranges'),
  );

  test.each(['', 'get:0', 'get:-1', 'nonsense:1', 'get:1:2', 'get:1,'])('--mix %j is refused', (text) =>
    expect(() => readMix(text)).toThrow('It takes verbs with weights'),
  );

  test('--distribution takes zipf with an exponent', () => {
    expect(readDistribution('zipf:0.99')).toEqual({ kind: 'zipf', exponent: 0.99 });
    for (const text of ['zipf:', 'zipf:0', 'zipf:-1', 'normal'])
      expect(() => readDistribution(text)).toThrow('It takes uniform');
  });

  test.each([
    ['10', 10_000],
    ['500ms', 500],
    ['2m', 120_000],
    ['0s', 0],
  ])('the time %s is %d ms', (text, ms) => expect(readTime(text)).toBe(ms));

  test.each(['', '-1', '1d', '1000h'])('the time %j is refused', (text) =>
    expect(() => readTime(text)).toThrow('It takes a time'),
  );
});
