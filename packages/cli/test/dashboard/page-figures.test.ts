/** The figures that the page makes itself. */
import { expect, test } from 'vitest';
import { age, bytes, count, duration, number, percent } from '../../page/format.js';
import { countsOf, percentile } from '../../page/latency.js';

const point = (latencies: Readonly<Record<string, readonly number[]>>): Parameters<typeof countsOf>[0][number] =>
  ({ latencies }) as unknown as Parameters<typeof countsOf>[0][number];

test('counts of all nodes, and of one', () => {
  const points = [point({ 'a:1': [0, 3, 2, 1], 'b:1': [1, 4] }), point({ 'a:1': [0, 1] })];
  expect(countsOf(points, undefined, 3)).toEqual([4, 4, 1]);
  expect(countsOf(points, 'a:1', 3)).toEqual([4, 0, 1]);
  expect(countsOf(points, 'nobody', 3)).toEqual([0, 0, 0]);
});

test('a percentile is read from buckets as by histogram_quantile', () => {
  const bounds = [0.001, 0.002, 0.005];
  expect(percentile([0, 0, 0, 0], bounds, 0.5)).toBeUndefined();
  expect(percentile([100, 0, 0, 0], bounds, 0.5)).toBeCloseTo(0.0005);
  expect(percentile([50, 50, 0, 0], bounds, 0.75)).toBeCloseTo(0.0015);
  expect(percentile([0, 0, 10, 0], bounds, 0.99)).toBeCloseTo(0.00497);
  // Beyond the last bound nothing is known but the bound.
  expect(percentile([0, 0, 0, 10], bounds, 0.99)).toBe(0.005);
});

test.each([
  [number(0), '0'],
  [number(0.123), '0.12'],
  [number(9999), '9999'],
  [number(12_345), '12.3 k'],
  [number(1_234_567), '1.23 M'],
  [count(1_234_567), '1,234,567'],
  [percent(undefined), '–'],
  [percent(0.8123), '81.2 %'],
  [percent(1), '100 %'],
  [bytes(100), '100 B'],
  [bytes(64 * 1024 * 1024), '64 MiB'],
  [duration(undefined), '–'],
  [duration(0.000_25), '250 µs'],
  [duration(0.0125), '12.5 ms'],
  [duration(2.5), '2.50 s'],
  [age(30), '30 s'],
  [age(3600), '60 min'],
  [age(864_000), '10 d'],
])('%j is written as %j', (text, expected) => {
  expect(text).toBe(expected);
});
