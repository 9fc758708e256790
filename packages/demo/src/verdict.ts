/** Whether a run was good, point by point. */
import { whole } from './figures.ts';
import type { Outage } from './outage-log.ts';
import type { Rebalance } from './rebalances.ts';

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
  /** Outages of nodes, those that were planned first. */
  readonly outages: readonly Outage[];
  /** How many nodes had to be stopped. */
  readonly plannedOutages: number;
  /** Rebalances of a cluster, and how many there had to be. */
  readonly rebalances: readonly Rebalance[];
  readonly plannedRebalances: number;
  /** Connections a node may have, and the most that the client and the nodes themselves have seen. */
  readonly bound: number;
  readonly peakOfClient: number;
  readonly peakOfNodes: number;
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

type Judge = (evidence: Evidence) => { ok: boolean; text: string } | undefined;

/** The points, by name. A judge that gives nothing had nothing to judge. */
const judges: Readonly<Record<string, Judge>> = {
  values: ({ checked, wrongValues }) => ({
    ok: wrongValues === 0 && checked > 0,
    text:
      wrongValues === 0
        ? `${whole(checked)} answers checked: all whole, current and of the right key`
        : `${whole(wrongValues)} of ${whole(checked)} answers were wrong`,
  }),
  settled: ({ hung, slowest, timeout }) => ({
    ok: hung === 0,
    text:
      hung === 0
        ? `every call ended within its ${whole(timeout)} ms (the slowest took ${whole(slowest)} ms)`
        : `${whole(hung)} calls did not end within their ${whole(timeout)} ms`,
  }),
  errors: ({ defects }) => ({
    ok: defects === 0,
    text:
      defects === 0
        ? 'no error but those of a node that is not there'
        : `${whole(defects)} errors that no trouble of the nodes explains`,
  }),
  ejected: ({ outages, plannedOutages }) => {
    if (plannedOutages === 0) return undefined;
    const stopped = outages.filter((outage) => outage.stoppedAt !== undefined);
    const ejected = stopped.filter((outage) => outage.ejectedAt !== undefined).length;
    const back = stopped.filter((outage) => outage.readmittedAt !== undefined).length;
    const ok = stopped.length === plannedOutages && ejected === plannedOutages && back === plannedOutages;
    if (ok)
      return {
        ok,
        text:
          plannedOutages === 1
            ? 'the dead node was ejected and readmitted'
            : `${plannedOutages} dead nodes were ejected and readmitted`,
      };
    return {
      ok,
      text: `of ${plannedOutages} nodes to be stopped ${stopped.length} were, ${ejected} were ejected, ${back} readmitted`,
    };
  },
  rebalanced: ({ rebalances, plannedRebalances }) => {
    if (plannedRebalances === 0) return undefined;
    const done = rebalances.filter(({ finishedAt, moves }) => finishedAt !== undefined && moves > 0);
    const moves = done.reduce((sum, rebalance) => sum + rebalance.moves, 0);
    const followed = done.filter((rebalance) => rebalance.movedForClient === rebalance.moves);
    if (followed.length === plannedRebalances)
      return { ok: true, text: `${plannedRebalances} rebalances moved ${moves} vBuckets, and the client followed` };
    return {
      ok: false,
      text: `of ${plannedRebalances} rebalances ${done.length} moved vBuckets to the end; the client followed ${followed.length}`,
    };
  },
  bound: ({ bound, peakOfClient, peakOfNodes }) => ({
    ok: peakOfClient <= bound && peakOfNodes <= bound,
    text: `at most ${peakOfClient} connections a node (${peakOfNodes} by the nodes' own count); the bound is ${bound}`,
  }),
  closed: ({ isClosed, through }) => ({
    ok: isClosed,
    text: isClosed
      ? `the ${through} closed, and nothing was left open`
      : `the ${through} did not close all its connections`,
  }),
  nodes: ({ lostNodes }) =>
    lostNodes.length === 0 ? undefined : { ok: false, text: `ended by themselves: ${lostNodes.join('; ')}` },
};

/** All points that there was something to judge for. */
export function judge(evidence: Evidence): Check[] {
  return Object.entries(judges).flatMap(([name, check]) => {
    const judgement = check(evidence);
    return judgement === undefined ? [] : { name, ...judgement };
  });
}
