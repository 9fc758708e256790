/**
 * What happens when, scaled to the length of the run. Both phases are alike, so that they can be compared. For 20 s:
 *
 *   0 ───────── 3 s ────── 6 s ────────────── 10 s ─────────────── 13 s ────── 16 s ───────── 20 s
 *   │ pooled    node 2     node 2 is           │ a socket per call node 2      node 2 is
 *   │ cold      is killed  back, empty         │ cold again        is killed   back, empty
 */
import { clientDefaults } from 'memfleet';

/** A node is stopped, and brought back. Times in ms since the start of a phase. */
export interface PlannedOutage {
  readonly node: number;
  readonly stopAt: number;
  /**
   * How long it stays down. Outside a cluster a little shorter than the ejection: the first probe finds it soon after.
   */
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
  /** The length of a phase. */
  readonly phase: number;
  /** A second phase has the same traffic with a socket per call. */
  readonly hasPerCall: boolean;
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
  const phase = (seconds * 1000) / 2;
  const ejectTime = Math.min(clientDefaults.ejectTime, Math.round(phase * 0.4));
  const first = Math.min(phase, outagePeriod) * 0.3;
  const outages: PlannedOutage[] = [];
  for (let stopAt = first; stopAt === first || stopAt + 2.5 * ejectTime < phase; stopAt += outagePeriod) {
    if (nodes === 0) break;
    outages.push({ node: (outages.length + 1) % nodes, stopAt, downFor: ejectTime * 0.75 });
  }
  return { phase, hasPerCall: true, ejectTime, outages, rebalances: [] };
}

/**
 * The schedule on a cluster: one phase, as a cluster does not speak the text protocol of a socket per call. For 20 s:
 *
 *   0 ─────── 3 s ───────── 5.5 s ──── 7 s ────────── 13 s ────────── 20 s
 *   │ cold    node 1 is     node 1     node 4 joins   node 2 leaves
 *   │         killed        is back
 */
export function makeClusterSchedule(seconds: number): Schedule {
  const phase = seconds * 1000;
  const outages: PlannedOutage[] = [{ node: 0, stopAt: phase * 0.15, downFor: phase * 0.125 }];
  const rebalances: PlannedRebalance[] = [
    { change: 'add', at: phase * 0.35 },
    { change: 'remove', at: phase * 0.65 },
  ];
  return { phase, hasPerCall: false, ejectTime: clientDefaults.ejectTime, outages, rebalances };
}

/**
 * The pause between the steps of a rebalance, two a vBucket, that makes it last a sixth of the run where `moves`
 * vBuckets move.
 */
export function moveDelay(seconds: number, moves: number): number {
  return Math.min(longestPause, Math.round((seconds * 1000) / 6 / (2 * moves)));
}
