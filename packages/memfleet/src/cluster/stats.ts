/** Snapshots of a cluster. */
import type { PoolStats } from '../pool/stats.ts';
import type { HealthState } from './node-health.ts';
import type { Member } from './topology.ts';

/** A node and its pool. */
export interface NodeStats extends PoolStats {
  /** `host:port` or the path. */
  readonly node: string;
  readonly state: HealthState;
  /** Failures in a row. */
  readonly failures: number;
  /** Ejections in a row. */
  readonly ejections: number;
}

/** All nodes. */
export interface ClusterStats {
  /** Counts the changes of the node list; 0 = no list yet. */
  readonly revision: number;
  readonly nodes: readonly NodeStats[];
}

/** The snapshot of one node. */
export function memberStats(member: Member): NodeStats {
  // Answers are not reported one by one, so a suspect is cleared when somebody looks, or at its next failure.
  if (member.pool.hasAnswered) member.health.answered();
  const { state, failures, ejections } = member.health;
  return { node: member.node.name, state, failures, ejections, ...member.pool.stats() };
}
