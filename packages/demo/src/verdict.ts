/** Whether a run was good, point by point. */
import { milliseconds, whole } from './figures.ts';
import type { Outage } from './outages.ts';
import type { Rebalance } from './scene.ts';

/** What is judged. */
export interface Evidence {
  /** What the traffic went through. */
  readonly through: 'client' | 'proxy';
  /** Values checked, and wrong among them. */
  readonly checked: number;
  readonly wrongValues: number;
  /** Calls that took longer than their timeout and a margin, or never ended. Slowest in ms. */
  readonly hung: number;
  readonly slowest: number;
  /** Errors that no trouble of the nodes explains. */
  readonly defects: number;
  /** Milliseconds that a call may take. */
  readonly timeout: number;
  /** Outages of nodes, and how many nodes had to be stopped. */
  readonly outages: readonly Outage[];
  readonly plannedOutages: number;
  /** Rebalances of a cluster, and how many there had to be. */
  readonly rebalances: readonly Rebalance[];
  readonly plannedRebalances: number;
  /** Connections a node may have, and the most that the client and the nodes counted. */
  readonly bound: { readonly limit: number; readonly client: number; readonly nodes: number };
  /** Nodes of ours that ended by themselves, and why. */
  readonly lostNodes: readonly string[];
  /** Whether `close()` of the client ended, with no connection left. */
  readonly isClosed: boolean;
}

/** One point. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** For people. */
  readonly text: string;
}

/** All points that there was something to judge for. */
export function judge(evidence: Evidence): Check[] {
  const { through, checked, wrongValues, hung, slowest, timeout, defects, lostNodes, isClosed } = evidence;
  const { bound, plannedOutages, plannedRebalances } = evidence;
  return [
    point(
      'values',
      wrongValues === 0 && checked > 0,
      `${whole(checked)} answers checked: all whole, current and of the right key`,
      `${whole(wrongValues)} of ${whole(checked)} answers were wrong`,
    ),
    point(
      'settled',
      hung === 0,
      `every call ended within its ${whole(timeout)} ms (the slowest took ${whole(slowest)} ms)`,
      `${whole(hung)} calls did not end within their ${whole(timeout)} ms`,
    ),
    point(
      'errors',
      defects === 0,
      'no error but those of a node that is not there',
      `${whole(defects)} errors that no trouble of the nodes explains`,
    ),
    ...(plannedOutages > 0 ? [point('ejected', ...ejection(evidence))] : []),
    // Nobody asks a certain node behind a proxy.
    ...(plannedOutages > 0 && through === 'client' ? [point('recovered', ...recovery(evidence))] : []),
    ...(plannedRebalances > 0 ? [point('rebalanced', ...rebalancing(evidence))] : []),
    point(
      'bound',
      Math.max(bound.client, bound.nodes) <= bound.limit,
      `at most ${bound.client} connections a node (${bound.nodes} by the nodes' own count); the bound is ${bound.limit}`,
    ),
    point(
      'closed',
      isClosed,
      `the ${through} closed, and nothing was left open`,
      `the ${through} did not close all its connections`,
    ),
    ...(lostNodes.length > 0 ? [point('nodes', false, `ended by themselves: ${lostNodes.join('; ')}`)] : []),
  ];
}

export function point(name: string, ok: boolean, good: string, bad: string = good): Check {
  return { name, ok, text: ok ? good : bad };
}

/** The arguments of `point` behind the name. */
type Judgement = [ok: boolean, good: string, bad: string];

/** Were the nodes stopped, ejected and readmitted? */
export function ejection(evidence: Pick<Evidence, 'outages' | 'plannedOutages'>): Judgement {
  const { outages, plannedOutages: planned } = evidence;
  const stopped = outages.filter(({ stoppedAt }) => stoppedAt !== undefined);
  const ejected = stopped.filter(({ ejectedAt }) => ejectedAt !== undefined).length;
  const back = stopped.filter(({ readmittedAt }) => readmittedAt !== undefined).length;
  return [
    [stopped.length, ejected, back].every((count) => count === planned),
    planned === 1 ? 'the dead node was ejected and readmitted' : `${planned} dead nodes were ejected and readmitted`,
    `of ${planned} nodes to be stopped ${stopped.length} were, ${ejected} were ejected, ${back} readmitted`,
  ];
}

/** Did the nodes reply after their return? */
function recovery({ outages, plannedOutages: planned }: Evidence): Judgement {
  const times = outages.flatMap(({ recovery }) => (recovery === undefined ? [] : [recovery * 1000]));
  const longest = milliseconds(Math.max(...times));
  return [
    times.length === planned,
    planned === 1
      ? `the first reply of the node came ${longest} after its return`
      : `the first replies of ${planned} nodes came within ${longest} of their return`,
    `of ${planned} nodes that returned ${times.length} replied again`,
  ];
}

function rebalancing({ rebalances, plannedRebalances: planned }: Evidence): Judgement {
  const done = rebalances.filter(({ finishedAt, moves }) => finishedAt !== undefined && moves > 0);
  const followed = done.filter(({ moves, movedForClient }) => movedForClient === moves).length;
  const moves = done.reduce((sum, rebalance) => sum + rebalance.moves, 0);
  return [
    followed === planned,
    `${planned} rebalances moved ${moves} vBuckets, and the client followed`,
    `of ${planned} rebalances ${done.length} moved vBuckets to the end; the client followed ${followed}`,
  ];
}
