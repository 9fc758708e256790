/** The targets of proxy and server, checked by the medians of one run. */
import { formatNumber, type Table } from '../table.ts';
import { busy, type LoadLine } from './load-result.ts';

/**
 * `rate`: requests/s, at least so many times theirs. `node`: CPU time of the nodes, at most so many times theirs.
 * `rss`: MB, `idle`: KB per connection, at most.
 */
export interface LoadTarget {
  readonly workload: string;
  readonly kind: 'rate' | 'node' | 'rss' | 'idle';
  readonly bound: number;
}

/** Larger = better, at least 1 = reached; and what was measured. */
type Judge = (line: LoadLine, bound: number, connections: number) => readonly [margin: number, measured: string];

const judges: Readonly<Record<LoadTarget['kind'], Judge>> = {
  rate: (line, bound) => [
    line.rateRatio.median / bound,
    `${formatNumber(line.rateRatio.median)}× (CPU ${formatNumber(line.cpuRatio.median)}×)`,
  ],
  node: (line, bound) => [bound / line.nodeRatio.median, `${formatNumber(line.nodeRatio.median)}× node CPU`],
  rss: (line, bound) => {
    const megabytes = line.ours.resident / 2 ** 20;
    return [bound / megabytes, `${megabytes.toFixed(0)} MB`];
  },
  idle: (line, bound, connections) => {
    const kilobytes = line.ours.grown / 1024 / connections;
    return [bound / kilobytes, `${formatNumber(kilobytes)} KB each`];
  },
};

const wanted: Readonly<Record<LoadTarget['kind'], (bound: number) => string>> = {
  rate: (bound) => `≥${bound}×`,
  node: (bound) => `≤${bound}× node CPU`,
  rss: (bound) => `≤${bound} MB`,
  idle: (bound) => `≤${bound} KB each`,
};

export interface LoadVerdict {
  readonly workload: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isReached: boolean;
  /** The load generator was the limit, or most pairs were noisy. */
  readonly caveat: string;
}

export function judgeLoads(
  targets: readonly LoadTarget[],
  lines: readonly LoadLine[],
  against: string,
  idleConnections: number,
): LoadVerdict[] {
  return targets.flatMap((target) => {
    const line = lines.find(({ workload, other }) => workload === target.workload && other === against);
    if (line === undefined) return [];
    const [margin, measured] = judges[target.kind](line, target.bound, idleConnections);
    const isLimited = target.kind === 'rate' && (line.isOursLimited || line.isTheirsLimited);
    const caveats = [
      isLimited ? `the load generator's core was full (generator > ${busy * 100} % or with nodes > 95 %)` : '',
      line.noisyPairs > line.rounds / 2 ? 'noisy' : '',
    ];
    return [
      {
        workload: target.workload,
        wanted: wanted[target.kind](target.bound),
        measured,
        isReached: margin >= 1,
        caveat: caveats.filter((text) => text !== '').join(', '),
      },
    ];
  });
}

export function loadVerdictTable(verdicts: readonly LoadVerdict[], against: string): Table {
  return {
    title: `targets (against ${against}; median ratios)`,
    columns: ['workload', 'wanted', 'measured', 'reached', 'note'],
    rows: verdicts.map((verdict) => [
      verdict.workload,
      verdict.wanted,
      verdict.measured,
      verdict.isReached ? 'yes' : 'NO',
      verdict.caveat,
    ]),
  };
}
