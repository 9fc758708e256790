/**
 * C3: what a replica returns is no older than the lag of the replicas. While nodes are down they may know nothing of
 * each other: it is then no older than the begin of the outage.
 */
import type { Operation } from '../history.ts';
import type { Standstill } from './bounds.ts';

/** How old what a replica returns may be. */
export interface ReplicaAge {
  /** ms until replicas have a write. */
  readonly lag: number;
  /** When nodes were down. */
  readonly outages: readonly Standstill[];
}

/** The virtual time from which on a read that begins then may be. */
function earliest(begin: number, { lag, outages }: ReplicaAge): number {
  let at = begin - lag;
  for (let isMore = true; isMore;) {
    const outage = outages.find(({ from, to }) => from - lag < at && to >= at);
    isMore = outage !== undefined;
    if (outage !== undefined) at = outage.from - lag;
  }
  return at;
}

/** The operations of one key, with reads of replicas that may have begun as early as what they return may be old. */
export function ofReplicas(operations: readonly Operation[], age: ReplicaAge): Operation[] {
  return operations.map((operation) => {
    if (operation.isOfReplica !== true) return operation;
    const beginAt = earliest(operation.beginAt, age);
    // Before the first event from then on.
    let { begin } = operation;
    for (const other of operations) {
      if (other.beginAt >= beginAt) begin = Math.min(begin, other.begin - 0.5);
      else if (other.endAt >= beginAt) begin = Math.min(begin, other.end - 0.5);
    }
    return { ...operation, begin, beginAt };
  });
}
