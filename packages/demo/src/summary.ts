/** What a run comes to: one JSON object, from which the text for people is made. */
import { version } from 'memfleet';
import type { Measure, Reason } from './meter.ts';
import type { Outage } from './outages.ts';
import type { PhaseResult } from './phase.ts';
import type { DemoOptions, Run } from './run.ts';
import type { Rebalance, Scene, Subject } from './scene.ts';
import { type Check, judge } from './verdict.ts';

/** One kind of traffic. Latencies in ms. */
export interface TrafficSummary extends Pick<
  Measure,
  'seconds' | 'calls' | 'callsPerSecond' | 'p50' | 'p99' | 'max' | 'hitRatio' | 'failed'
> {
  /** What failed and why, the most frequent reason first. */
  readonly reasons: readonly Reason[];
  /** Opened in all; open at once, the most: to one node when pooled, to all nodes with a socket a call. */
  readonly connections: { readonly opened: number; readonly peak: number };
}

/** The result of a run. Times are in seconds since its start. */
export interface Summary extends Pick<DemoOptions, 'seconds' | 'callers' | 'think' | 'seed'> {
  /** All checks passed. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** The first few of the wrong values and unexpected errors, in words. */
  readonly examples: readonly string[];
  readonly version: string;
  /** What the traffic went through: the pooled client, or the proxy with plain clients before it. */
  readonly through: 'client' | 'proxy';
  readonly fleet: string;
  readonly nodes: readonly string[];
  readonly checked: number;
  readonly wrongValues: number;
  readonly hung: number;
  /** Connections a node may have, and the most that were counted by the client and by the nodes. */
  readonly bound: { readonly limit: number; readonly client: number; readonly nodes: number };
  readonly pooled: TrafficSummary;
  /** Undefined on a cluster, where there is no such traffic. */
  readonly socketPerCall: TrafficSummary | undefined;
  readonly ejections: number;
  readonly readmissions: number;
  /** While traffic was pooled; and with a socket per call, which had the same. */
  readonly outages: readonly Outage[];
  readonly outagesPerCall: readonly Outage[];
  /** Of a cluster. */
  readonly rebalances: readonly Rebalance[];
}

/** What a summary is made of. */
export interface SummaryParts {
  readonly run: Pick<Run, 'options' | 'schedule' | 'fleet' | 'findings'>;
  readonly scene: Scene;
  readonly subject: Subject;
  readonly pooled: PhaseResult;
  readonly perCall: PhaseResult | undefined;
  readonly isClosed: boolean;
  readonly lostNodes: readonly string[];
}

export function makeSummary({ run, scene, subject, pooled, perCall, isClosed, lostNodes }: SummaryParts): Summary {
  const { options, findings, fleet, schedule } = run;
  const { checked, wrongValues, examples, defects, longest: slowest } = findings;
  const { through, timeout, bound } = scene;
  const { outages, peak: peakOfClient } = pooled;
  const { rebalances = [] } = subject.acts ?? {};
  const hung = pooled.hung + (perCall?.hung ?? 0) + findings.late;
  // A socket per call goes to the nodes, unless the proxy is in between.
  const peakOfNodes = Math.max(pooled.peakOfNodes, through === 'proxy' ? (perCall?.peakOfNodes ?? 0) : 0);
  const [plannedOutages, plannedRebalances] = [schedule.outages.length, schedule.rebalances.length];
  const counts = { through, checked, wrongValues, hung, outages, rebalances } as const;
  const limits = { slowest, timeout, bound, peakOfClient, peakOfNodes };
  const checks = judge({ ...counts, ...limits, defects, plannedOutages, plannedRebalances, lostNodes, isClosed });
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    examples,
    version,
    fleet: fleet.kind,
    nodes: fleet.names,
    seconds: options.seconds,
    callers: options.callers,
    think: options.think,
    seed: options.seed,
    ...counts,
    bound: { limit: bound, client: peakOfClient, nodes: peakOfNodes },
    pooled: traffic(pooled),
    socketPerCall: perCall && traffic(perCall),
    ejections: outages.reduce((sum, { ejections }) => sum + ejections, 0),
    readmissions: outages.filter(({ readmittedAt }) => readmittedAt !== undefined).length,
    outages: outages.map(rounded),
    outagesPerCall: (perCall?.outages ?? []).map(rounded),
    rebalances: rebalances.map(rounded),
  };
}

function traffic({ measure, meter, opened, peak }: PhaseResult): TrafficSummary {
  const { hits: _, misses: __, megabytesPerSecond: ___, ...shown } = rounded(measure);
  return {
    ...shown,
    callsPerSecond: Math.round(measure.callsPerSecond),
    reasons: meter.reasons,
    connections: { opened, peak },
  };
}

/** Its numbers with three digits behind the point. */
function rounded<T extends object>(record: T): T {
  const entries = Object.entries(record).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
  ]);
  return Object.fromEntries(entries) as T;
}
