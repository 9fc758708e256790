/** Snapshots of a cluster. */
import type { PoolStats } from '../pool/stats.ts';
import type { HealthState } from './node-health.ts';
import type { Member, Topology } from './topology.ts';

/** A snapshot of a node and its pool. */
export interface NodeStats extends PoolStats {
  /** `host:port`, or the path of the Unix socket. */
  readonly node: string;
  /** The health of the node. */
  readonly state: HealthState;
  /** The number of failures in a row. */
  readonly failures: number;
  /** The number of ejections in a row. */
  readonly ejections: number;
  /** The number of vBuckets that the node owns; absent where there are no vBuckets. */
  readonly vbuckets?: number;
}

/** A snapshot of a cluster. */
export interface ClusterStats {
  /** The version of the node list: one more for every change; 0 = no list yet. */
  readonly revision: number;
  /** Each node with its pool. */
  readonly nodes: readonly NodeStats[];
}

/** The snapshot of each address of a topology. */
export function nodeStats({ places, members, locator }: Topology): readonly NodeStats[] {
  const owned = locator.vbuckets?.();
  if (owned === undefined) return places.map(memberStats);
  return places.map((place) => {
    const isAt = ({ pool }: Member): boolean => pool === place.pool;
    const vbuckets = members.reduce((sum, member, index) => sum + (isAt(member) ? (owned[index] ?? 0) : 0), 0);
    return { ...memberStats(place), vbuckets };
  });
}

/** The snapshot of one node. */
function memberStats(member: Member): NodeStats {
  // Single replies are not reported, so a suspect is cleared when a snapshot is taken, or at its next failure.
  if (member.pool.hasReplied) member.health.replied();
  const { state, failures, ejections } = member.health;
  return { node: member.node.name, state, failures, ejections, ...member.pool.stats() };
}
