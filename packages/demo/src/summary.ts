/** What a run comes to: one JSON object, from which the text for people is made. */
import { version } from 'memfleet';
import type { Measure, Meter } from './meter.ts';
import type { Outage } from './outage-log.ts';
import type { PerCallResult } from './per-call-phase.ts';
import type { PooledResult } from './pooled-phase.ts';
import type { Rebalance } from './rebalances.ts';
import { callTimeout, type Run } from './run.ts';
import { type Check, judge } from './verdict.ts';

/** One kind of traffic. Latencies in ms. */
export interface TrafficSummary {
  readonly seconds: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly hitRatio: number;
  /** Failed calls, and how many by error code and by node. */
  readonly failed: number;
  /** Those that failed on a node that was not out. */
  readonly failedOnLiveNodes: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly failuresByNode: Readonly<Record<string, number>>;
  readonly connections: {
    /** Opened in all. */
    readonly opened: number;
    /** Open at once, the most: to one node when pooled, to all nodes with a socket a call. */
    readonly peak: number;
  };
}

/** See the head of this file. Times in seconds since the start. */
export interface Summary {
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
  readonly seconds: number;
  readonly callers: number;
  readonly think: number;
  readonly seed: number;
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
  readonly outages: readonly Outage[];
  /** Of a cluster. */
  readonly rebalances: readonly Rebalance[];
}

/** What a summary is made of. */
export interface SummaryParts {
  readonly run: Pick<Run, 'options' | 'schedule' | 'fleet' | 'findings'>;
  readonly pooled: PooledResult;
  readonly perCall: PerCallResult | undefined;
  readonly isClosed: boolean;
  readonly lostNodes: readonly string[];
  /** Connections a node may have. */
  readonly bound: number;
}

export function makeSummary({ run, pooled, perCall, isClosed, lostNodes, bound }: SummaryParts): Summary {
  const { options, findings, fleet, schedule } = run;
  const hung = pooled.hung + (perCall?.hung ?? 0) + findings.late;
  const through = options.proxy ? 'proxy' : 'client';
  // A socket a call goes to the nodes, unless the proxy is in between.
  const peakOfNodes = Math.max(...pooled.peaksOfNodes, ...(options.proxy ? (perCall?.peaksOfNodes ?? []) : []));
  const checks = judge({
    through,
    checked: findings.checked,
    wrongValues: findings.wrongValues,
    hung,
    slowest: findings.longest,
    defects: findings.defects,
    timeout: callTimeout,
    outages: pooled.outages,
    plannedOutages: schedule.outages.length,
    rebalances: pooled.rebalances,
    plannedRebalances: schedule.rebalances.length,
    bound,
    peakOfClient: pooled.peakOfClient,
    peakOfNodes,
    lostNodes,
    isClosed,
  });
  const { seconds, callers, think, seed } = options;
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    examples: findings.examples,
    version,
    through,
    fleet: fleet.kind,
    nodes: fleet.names,
    seconds,
    callers,
    think,
    seed,
    checked: findings.checked,
    wrongValues: findings.wrongValues,
    hung,
    bound: { limit: bound, client: pooled.peakOfClient, nodes: peakOfNodes },
    pooled: traffic(pooled, pooled.peakOfClient, pooled.outages),
    socketPerCall: perCall === undefined ? undefined : traffic(perCall, perCall.peak, []),
    ejections: pooled.outages.reduce((sum, outage) => sum + outage.ejections, 0),
    readmissions: pooled.outages.filter((outage) => outage.readmittedAt !== undefined).length,
    outages: pooled.outages.map(rounded),
    rebalances: pooled.rebalances.map(rounded),
  };
}

function traffic(
  { measure, meter, opened }: { readonly measure: Measure; readonly meter: Meter; readonly opened: number },
  peak: number,
  outages: readonly Outage[],
): TrafficSummary {
  const failedInOutages = outages.reduce((sum, { failedCalls }) => sum + failedCalls, 0);
  const { calls, p50, p99, max, failed } = measure;
  return {
    seconds: round(measure.seconds),
    calls,
    callsPerSecond: Math.round(measure.callsPerSecond),
    p50,
    p99,
    max,
    hitRatio: round(measure.hitRatio),
    failed,
    failedOnLiveNodes: Math.max(0, failed - failedInOutages),
    failures: Object.fromEntries(meter.failures),
    failuresByNode: Object.fromEntries(meter.failuresByNode),
    connections: { opened, peak },
  };
}

function rounded<T extends object>(record: T): T {
  const entries = Object.entries(record).map(([name, value]) => [
    name,
    typeof value === 'number' ? round(value) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
