/** The targets of memfleet, as data, and whether they were met: the medians of the ratios of one run. */
import { formatNumber, type Table } from '../table.ts';
import { others } from './entrants.ts';
import type { Comparison } from './result.ts';

/**
 * Against whom. `each`: every peer (other clients of memcached on npm). `best`: the peer that comes nearest. `rest`:
 * all peers but that one. A name: that variant.
 */
type Against =
  | 'each'
  | 'best'
  | 'rest'
  | 'bare mg loop'
  | 'memfleet ×3 nodes'
  | 'memfleet (collection)'
  | 'ioredis (auto-pipelining)'
  | 'gomemcache'
  | 'libmemcached'
  | 'plain socket';

/**
 * `gain`: calls/s and CPU per call, both at least so many times better. `rate`: calls/s alone. `p50`: at most so much
 * of their latency. `cost`: at most so many times the CPU of the other. `variantCost`: the other is a variant of
 * memfleet, and takes at most so many times its CPU.
 */
interface Target {
  readonly title: string;
  readonly workloads: readonly string[];
  readonly against: Against;
  readonly kind: 'gain' | 'rate' | 'p50' | 'cost' | 'variantCost';
  readonly bound: number;
}

const targets: readonly Target[] = [
  { title: 'get 100 B', workloads: ['get100-256', 'get100-1000'], against: 'each', kind: 'gain', bound: 7 },
  { title: 'get 100 B', workloads: ['get100-64'], against: 'best', kind: 'gain', bound: 4 },
  { title: 'set 100 B', workloads: ['set100-256'], against: 'best', kind: 'gain', bound: 4 },
  { title: 'set 100 B', workloads: ['set100-256'], against: 'rest', kind: 'gain', bound: 6 },
  { title: 'get 4 KB', workloads: ['get4k-64'], against: 'best', kind: 'gain', bound: 3.5 },
  { title: 'set 4 KB', workloads: ['set4k-64'], against: 'best', kind: 'gain', bound: 2.5 },
  {
    title: 'Buffers',
    workloads: ['get100k-8', 'set100k-8', 'get1m-4', 'set1m-4'],
    against: 'best',
    kind: 'gain',
    bound: 1.3,
  },
  { title: 'getMany of 100', workloads: ['getmany100-1'], against: 'best', kind: 'gain', bound: 2.5 },
  { title: 'getMany of 100', workloads: ['getmany100-8'], against: 'best', kind: 'gain', bound: 4 },
  {
    title: 'Couchbase',
    workloads: ['vbucket-get100-256', 'vbucket-upsert100-256'],
    against: 'best',
    kind: 'rate',
    bound: 3,
  },
  {
    title: 'a named collection',
    workloads: ['vbucket-get100-256', 'vbucket-upsert100-256'],
    against: 'memfleet (collection)',
    kind: 'variantCost',
    bound: 1.05,
  },
  { title: 'one get in flight', workloads: ['get100-1'], against: 'best', kind: 'p50', bound: 1 },
  { title: 'cost of a get', workloads: ['get100-256'], against: 'bare mg loop', kind: 'cost', bound: 1.5 },
  {
    title: 'three nodes, ketama',
    workloads: ['get100-256'],
    against: 'memfleet ×3 nodes',
    kind: 'variantCost',
    bound: 1.4,
  },
  ...(
    [
      ['gomemcache', 0.15],
      ['ioredis (auto-pipelining)', 0.2],
      ['plain socket', 2],
    ] as const
  ).map(([against, bound]): Target => ({
    title: 'many gets at once',
    workloads: ['get100-256'],
    against,
    kind: 'cost',
    bound,
  })),
  { title: 'getMany as an array', workloads: ['getarray100-1'], against: 'libmemcached', kind: 'cost', bound: 1.5 },
];

/** Larger = better; at least 1 = reached. */
type Margin = (line: Comparison, bound: number) => number;

const margins: Record<Target['kind'], Margin> = {
  gain: (line, bound) => Math.min(line.rateRatio.median, line.cpuRatio.median) / bound,
  rate: (line, bound) => line.rateRatio.median / bound,
  p50: (line, bound) => bound / line.p50Ratio.median,
  cost: (line, bound) => bound * line.cpuRatio.median,
  variantCost: (line, bound) => bound / line.cpuRatio.median,
};

/** What the table shows of a line. */
const shown: Record<Target['kind'], (line: Comparison) => string> = {
  gain: (line) => `${formatNumber(line.rateRatio.median)}× calls/s, ${formatNumber(line.cpuRatio.median)}× CPU`,
  rate: (line) => `${formatNumber(line.rateRatio.median)}× calls/s`,
  p50: (line) => `${formatNumber(line.p50Ratio.median)}× p50`,
  cost: (line) => `${formatNumber(1 / line.cpuRatio.median)}× CPU`,
  variantCost: (line) => `${formatNumber(line.cpuRatio.median)}× CPU`,
};

/** One target on one workload. */
export interface Verdict {
  readonly target: string;
  readonly workload: string;
  readonly against: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isReached: boolean;
  readonly isNoisy: boolean;
}

const peers = new Set(others.filter((other) => other.role === 'peer').map((other) => other.name));

/** The lines that a target is about, the most demanding first. */
function linesOf(target: Target, workload: string, comparisons: readonly Comparison[]): Comparison[] {
  const isPeers = target.against === 'each' || target.against === 'best' || target.against === 'rest';
  const lines = comparisons
    .filter((line) => line.workload === workload && (isPeers ? peers.has(line.other) : line.other === target.against))
    .sort((a, b) => margins[target.kind](a, target.bound) - margins[target.kind](b, target.bound));
  return target.against === 'rest' ? lines.slice(1) : lines.slice(0, target.against === 'each' ? lines.length : 1);
}

/** The verdict on every target that was measured: on its most demanding line. */
export function judge(comparisons: readonly Comparison[]): Verdict[] {
  return targets.flatMap((target) =>
    target.workloads.flatMap((workload) => {
      const [line] = linesOf(target, workload, comparisons);
      if (line === undefined) return [];
      const sign = target.kind === 'gain' || target.kind === 'rate' ? '≥' : '≤';
      const who = target.against === 'best' ? 'best peer' : target.against === 'rest' ? 'all other peers' : 'each peer';
      return [
        {
          target: target.title,
          workload,
          against: peers.has(line.other) ? `${who}: ${line.other}` : line.other,
          wanted: `${sign}${target.bound}×`,
          measured: shown[target.kind](line),
          isReached: margins[target.kind](line, target.bound) >= 1,
          isNoisy: line.noisyPairs > line.rounds / 2,
        },
      ];
    }),
  );
}

export function verdictTable(verdicts: readonly Verdict[]): Table {
  return {
    title: 'targets (the nearest peer of each; median ratios)',
    columns: ['target', 'workload', 'against', 'wanted', 'measured', 'reached'],
    rows: verdicts.map((verdict) => [
      verdict.target,
      verdict.workload,
      verdict.against,
      verdict.wanted,
      verdict.measured,
      `${verdict.isReached ? 'yes' : 'NO'}${verdict.isNoisy ? ' (noisy)' : ''}`,
    ]),
  };
}
