/** Two targets under the same load, in turns: ratios of each round, then their median, minimum and maximum. */
import { redactMessage } from 'memfleet/server';
import { formatMicroseconds, type LoadResult } from './summary.ts';

/** One round. Ratios above 1: `a` is faster. */
export interface ComparedRound {
  readonly a: LoadResult;
  readonly b: LoadResult;
  readonly rateRatio: number;
  readonly p50Ratio: number;
  readonly p99Ratio: number;
}

export function comparisonOf(a: LoadResult, b: LoadResult): ComparedRound {
  const ratioOf = (percentile: string): number => (b.latency[percentile] ?? Number.NaN) / (a.latency[percentile] ?? 0);
  return { a, b, rateRatio: a.rate / b.rate, p50Ratio: ratioOf('p50'), p99Ratio: ratioOf('p99') };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;
}

function sideText({ rate, latency }: LoadResult): string {
  return `${Math.round(rate).toLocaleString('en-US')}/s p99 ${formatMicroseconds(latency['p99'] ?? Number.NaN)}`;
}

/** Lines for people. */
export function comparisonLines(a: string, b: string, rounds: readonly ComparedRound[]): string[] {
  if (rounds.length === 0) return ['no round is complete'];
  const line = ({ a: first, b: second, rateRatio }: ComparedRound, index: number): string =>
    `round ${index + 1}: ${sideText(first)} | ${sideText(second)} | ${rateRatio.toFixed(2)}`;
  return [
    `A ${redactMessage(a)}`,
    `B ${redactMessage(b)}`,
    '',
    ...rounds.map(line),
    '',
    'medians of the rounds, with minimum and maximum; above 1, A is faster',
    `requests/s  ${spread(rounds.map(({ rateRatio }) => rateRatio))}`,
    `p50         ${spread(rounds.map(({ p50Ratio }) => p50Ratio))}`,
    `p99         ${spread(rounds.map(({ p99Ratio }) => p99Ratio))}`,
  ];
}
