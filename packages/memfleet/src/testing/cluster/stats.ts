/** The counters of a simulated cluster, and the lines of STAT. */
import type { BucketPart } from './bucket.ts';
import type { VbucketState } from './vbucket-copy.ts';

/** The counters of one node. */
export interface NodeCounters {
  /** Connections accepted. */
  accepted: number;
  /** Commands received. */
  commands: number;
  /** Reads of items that were executed, of all buckets: gets, locks, replica reads, lookups of sub-documents. */
  gets: number;
  /** Writes of items that were executed, of all buckets: stores, deletes, counters, touches, sub-documents. */
  sets: number;
  /** Commands refused with NOT_MY_VBUCKET. */
  refused: number;
  /** Commands with a vBucket that is not their key's: a defect of the client. */
  misplaced: number;
  /** Maps pushed, or their revisions. */
  pushes: number;
  /** Bytes of maps sent by the data port. */
  mapBytes: number;
}

/** One node in `SimulatedCluster.stats()`. */
export interface SimulatedNodeStats extends Readonly<NodeCounters> {
  /** The name of the node, `host:port`. */
  readonly name: string;
  /** True while the node is in the map. */
  readonly isMember: boolean;
  /** True while the node listens. */
  readonly isUp: boolean;
  /** Open connections. */
  readonly sessions: number;
  /** vBuckets of all buckets, by state. */
  readonly vbuckets: Readonly<Record<VbucketState, number>>;
  /** Items of all buckets, by the state of their vBucket. */
  readonly items: Readonly<Record<VbucketState, number>>;
}

/** A snapshot of a simulated cluster. */
export interface SimulatedClusterStats {
  /** The revision of the map. */
  readonly rev: number;
  /** True during a rebalance. */
  readonly isRebalancing: boolean;
  /** vBuckets whose active copy moved to another node, failovers included. */
  readonly moves: number;
  /** Each node. */
  readonly nodes: readonly SimulatedNodeStats[];
}

/** Copies and items by state. */
export function countCopies(parts: Iterable<BucketPart>): Pick<SimulatedNodeStats, 'vbuckets' | 'items'> {
  const vbuckets = { active: 0, replica: 0, pending: 0, dead: 0 };
  const items = { active: 0, replica: 0, pending: 0, dead: 0 };
  for (const part of parts) {
    for (const copy of part.copies.values()) {
      vbuckets[copy.state]++;
      items[copy.state] += copy.count;
    }
  }
  return { vbuckets, items };
}

/** The lines of a group of STAT; undefined when there is no such group. */
export function nodeStats(
  counters: NodeCounters,
  part: BucketPart | undefined,
  group: string,
  version: string,
): readonly (readonly [string, string | number])[] | undefined {
  const copies = [...(part?.copies ?? [])];
  if (group === 'vbucket') return copies.map(([vbucket, copy]) => [`vb_${vbucket}`, copy.state] as const);
  if (group !== '') return undefined;
  const { vbuckets, items } = countCopies(part === undefined ? [] : [part]);
  return [
    ['pid', process.pid],
    ['version', version],
    ['bucket', part?.bucket.name ?? ''],
    ['curr_items', items.active],
    ['vb_active_num', vbuckets.active],
    ['vb_replica_num', vbuckets.replica],
    ['vb_pending_num', vbuckets.pending],
    ['vb_dead_num', vbuckets.dead],
    ['cmd_total', counters.commands],
    ['cmd_total_gets', counters.gets],
    ['cmd_total_sets', counters.sets],
    ['cmd_total_ops', counters.gets + counters.sets],
    ['cmd_not_my_vbucket', counters.refused],
  ];
}
