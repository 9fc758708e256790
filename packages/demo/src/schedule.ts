/**
 * What happens when, scaled to the length of the run. Both phases are alike, so that they can be compared. For 20 s:
 *
 *   0 ───────── 3 s ────── 6 s ────────────── 10 s ─────────────── 13 s ────── 16 s ───────── 20 s
 *   │ pooled    node 2     node 2 is           │ a socket a call   node 2      node 2 is
 *   │ cold      is killed  back, empty         │ cold again        is killed   back, empty
 */
import { clientDefaults } from 'memfleet';

/** A node is stopped, and brought back. Times in ms since the start of a phase. */
export interface PlannedOutage {
  readonly node: number;
  readonly stopAt: number;
  /** How long it stays down: a little shorter than the ejection, so that the first probe finds it soon after. */
  readonly downFor: number;
}

/** A node is added to the cluster, or taken out of it. */
export interface PlannedRebalance {
  readonly change: 'add' | 'remove';
  /** In ms since the start. */
  readonly at: number;
}

/** The moments of a run, in milliseconds since its start. */
export interface Schedule {
  /** Traffic over pooled connections. */
  readonly pooled: number;
  /** The same with a socket a call. */
  readonly perCall: number;
  readonly ejectTime: number;
  /** Those of each phase. */
  readonly outages: readonly PlannedOutage[];
  readonly rebalances: readonly PlannedRebalance[];
}

/** All ejections are equally long, in both phases and also where a node is slow to come up. */
export const ejectGrowth = 1;

/** Long runs have an outage so often. */
const outagePeriod = 16_000;
/** Between the steps of a rebalance. */
const longestPause = 150;

/** `nodes` that may be stopped; 0 = none may. */
export function makeSchedule(seconds: number, nodes: number): Schedule {
  const total = seconds * 1000;
  const perCall = total / 2;
  const pooled = total - perCall;
  const ejectTime = Math.min(clientDefaults.ejectTime, Math.round(pooled * 0.4));
  const first = Math.min(pooled, outagePeriod) * 0.3;
  const outages: PlannedOutage[] = [];
  for (let stopAt = first; stopAt === first || stopAt + 2.5 * ejectTime < pooled; stopAt += outagePeriod) {
    if (nodes === 0) break;
    outages.push({ node: (outages.length + 1) % nodes, stopAt, downFor: ejectTime * 0.75 });
  }
  return { pooled, perCall, ejectTime, outages, rebalances: [] };
}

/**
 * Of a run on a cluster: all of it pooled, a node comes after a quarter and another leaves when six tenths are over.
 */
export function makeClusterSchedule(seconds: number): Schedule {
  const pooled = seconds * 1000;
  const rebalances: PlannedRebalance[] = [
    { change: 'add', at: pooled * 0.25 },
    { change: 'remove', at: pooled * 0.6 },
  ];
  return { pooled, perCall: 0, ejectTime: clientDefaults.ejectTime, outages: [], rebalances };
}

/**
 * The pause between the steps of a rebalance, two a vBucket, that makes it last a sixth of the run where `moves`
 * vBuckets move.
 */
export function moveDelay(seconds: number, moves: number): number {
  return Math.min(longestPause, Math.round((seconds * 1000) / 6 / (2 * moves)));
}
