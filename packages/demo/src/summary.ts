/** What a run comes to: one JSON object, from which the text for people is made. */
import { version } from 'memfleet';
import type { Measure, Reason } from './meter.ts';
import type { Outage } from './outages.ts';
import type { PhaseResult } from './phase.ts';
import type { DemoOptions, Run } from './run.ts';
import type { Scene, Subject } from './scene.ts';
import { type Check, type Evidence, judge } from './verdict.ts';

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
export interface Summary
  extends
    Pick<DemoOptions, 'seconds' | 'callers' | 'think' | 'seed'>,
    Pick<Evidence, 'through' | 'checked' | 'wrongValues' | 'hung' | 'bound' | 'outages' | 'rebalances'> {
  /** All checks passed. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** The first few of the wrong values and unexpected errors, in words. */
  readonly examples: readonly string[];
  readonly version: string;
  readonly fleet: string;
  readonly nodes: readonly string[];
  readonly pooled: TrafficSummary;
  /** Undefined on a cluster, where there is no such traffic. */
  readonly socketPerCall: TrafficSummary | undefined;
  readonly ejections: number;
  readonly readmissions: number;
  /** The outages with a socket per call; `outages` has those of the pooled traffic. */
  readonly outagesPerCall: readonly Outage[];
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
  const { seconds, callers, think, seed } = options;
  const { through, timeout, bound: limit } = scene;
  const { outages } = pooled;
  const { rebalances = [] } = subject.acts ?? {};
  const hung = pooled.hung + (perCall?.hung ?? 0) + findings.late;
  // A socket per call goes to the nodes, unless the proxy is in between.
  const nodes = Math.max(pooled.peakOfNodes, through === 'proxy' ? (perCall?.peakOfNodes ?? 0) : 0);
  const counts = { through, checked, wrongValues, hung, bound: { limit, client: pooled.peak, nodes } };
  const [plannedOutages, plannedRebalances] = [schedule.outages.length, schedule.rebalances.length];
  const events = { outages, plannedOutages, rebalances, plannedRebalances };
  const checks = judge({ ...counts, ...events, slowest, timeout, defects, lostNodes, isClosed });
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    examples,
    version,
    fleet: fleet.kind,
    nodes: fleet.names,
    seconds,
    callers,
    think,
    seed,
    ...counts,
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
export function rounded<T extends object>(record: T): T {
  const entries = Object.entries(record).map(([name, value]) => [
    name,
    typeof value === 'number' ? Math.round(value * 1000) / 1000 : value,
  ]);
  return Object.fromEntries(entries) as T;
}
