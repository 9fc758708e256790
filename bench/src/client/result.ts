/**
 * The pairs of all rounds → one line for each workload and other: ratios per pair, then their median, minimum and
 * maximum.
 */
import { median, type Spread, spread } from '../statistics.ts';
import { formatCount, formatNumber, type Table } from '../table.ts';
import type { Pair } from './duel.ts';

/**
 * One line of the table. Ratios above 1 say that memfleet is better, save for `p50Ratio`, which is a plain quotient.
 */
export interface Comparison {
  readonly workload: string;
  readonly other: string;
  readonly rounds: number;
  /** Calls a second: ours ÷ theirs, pair by pair. */
  readonly rateRatio: Spread;
  /** CPU time per call: theirs ÷ ours, pair by pair. */
  readonly cpuRatio: Spread;
  /** Median latency: ours ÷ theirs, pair by pair. */
  readonly p50Ratio: Spread;
  readonly ours: Medians;
  readonly theirs: Medians;
  /** Pairs that stayed noisy after two repetitions. */
  readonly noisyPairs: number;
}

/** Medians over the rounds; times in microseconds. */
export interface Medians {
  readonly rate: number;
  readonly cpu: number;
  readonly serverCpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly resident: number;
}

function medians(pairs: readonly Pair[], side: 'ours' | 'theirs'): Medians {
  const of = (field: keyof Medians): number => median(pairs.map((pair) => pair[side][field]));
  return {
    rate: of('rate'),
    cpu: of('cpu'),
    serverCpu: of('serverCpu'),
    p50: of('p50'),
    p99: of('p99'),
    resident: of('resident'),
  };
}

export function compare(pairs: readonly Pair[]): Comparison[] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const id = `${pair.workload} ${pair.other}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [pair]);
    else group.push(pair);
  }
  return [...groups.values()].map((group) => ({
    workload: (group[0] as Pair).workload,
    other: (group[0] as Pair).other,
    rounds: group.length,
    rateRatio: spread(group.map((pair) => pair.ours.rate / pair.theirs.rate)),
    cpuRatio: spread(group.map((pair) => pair.theirs.cpu / pair.ours.cpu)),
    p50Ratio: spread(group.map((pair) => pair.ours.p50 / pair.theirs.p50)),
    ours: medians(group, 'ours'),
    theirs: medians(group, 'theirs'),
    noisyPairs: group.filter((pair) => pair.isNoisy).length,
  }));
}

function ratio(value: Spread): string {
  return `${formatNumber(value.median)} (${formatNumber(value.min)}–${formatNumber(value.max)})`;
}

function times(ours: number, theirs: number): string {
  return `${formatNumber(ours)} / ${formatNumber(theirs)}`;
}

/** One table a workload. */
export function comparisonTables(comparisons: readonly Comparison[]): Table[] {
  const names = [...new Set(comparisons.map((line) => line.workload))];
  return names.map((name) => ({
    title: name,
    columns: [
      'memfleet against',
      'calls/s ratio',
      'CPU ratio',
      'calls/s',
      'CPU µs/call',
      'server µs/call',
      'p50 µs',
      'p99 µs',
      'noisy',
    ],
    rows: comparisons
      .filter((line) => line.workload === name)
      .map((line) => [
        line.other,
        ratio(line.rateRatio),
        ratio(line.cpuRatio),
        `${formatCount(line.ours.rate)} / ${formatCount(line.theirs.rate)}`,
        times(line.ours.cpu, line.theirs.cpu),
        times(line.ours.serverCpu, line.theirs.serverCpu),
        times(line.ours.p50, line.theirs.p50),
        times(line.ours.p99, line.theirs.p99),
        line.noisyPairs === 0 ? '' : `noisy (${line.noisyPairs} of ${line.rounds})`,
      ]),
  }));
}
