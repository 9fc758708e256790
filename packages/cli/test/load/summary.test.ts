/** What a run shows, while it goes on and at its end. */
import { describe, expect, test } from 'vitest';
import { Latencies } from '../../src/load/latencies.ts';
import { liveText } from '../../src/load/live-line.ts';
import { formatMicroseconds } from '../../src/load/summary.ts';
import { Tally } from '../../src/load/tally.ts';

describe('what is shown', () => {
  test.each([
    [850.4, '850 µs'],
    [1234, '1.23 ms'],
    [45_678, '45.7 ms'],
    [2_500_000, '2.50 s'],
    [Number.NaN, '–'],
  ])('%d µs are %s', (value, text) => expect(formatMicroseconds(value)).toBe(text));

  test('the live line has rate, percentiles, failures and the time that is left', () => {
    const tally = new Tally();
    tally.begin(0);
    for (let n = 0; n < 100; n++) tally.settle('get', 0, 2, 1, 0);
    tally.fail(0, 'x');
    tally.refute('y');
    expect(liveText({ tally, elapsed: 2000, planned: 10_000 }, 12_345)).toBe(
      '2 s  12k/s  p50 2.00 ms  p99 2.00 ms  1 failed  1 WRONG  8 s left',
    );
    expect(liveText({ tally, elapsed: 0 }, 0)).toBe('warming up');
  });

  test('histograms are those that other tools read', async () => {
    const latencies = new Latencies();
    for (let n = 1; n <= 1000; n++) latencies.record(n);
    const { decodeFromCompressedBase64 } = await import('hdr-histogram-js');
    const decoded = decodeFromCompressedBase64(latencies.encoded());
    expect(latencies.encoded()).toMatch(/^HISTFAAA/);
    expect([decoded.totalCount, Math.round(decoded.getValueAtPercentile(50) / 1000)]).toEqual([1000, 500]);
  });
});
