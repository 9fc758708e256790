/** The configuration of one bucket, parsed and checked; which of two is newer; the difference between two. */
import type { ClusterNode } from '../cluster/node-spec.ts';
import { isLater, type Revision } from './revision.ts';
import type { VbucketMap } from './vbucket-map.ts';

/** A bucket as a cluster describes it. Immutable. */
export interface BucketConfig {
  /** The bucket's name; undefined in flat maps. */
  readonly name: string | undefined;
  /** Its identity: another one means that the bucket was deleted and created again. */
  readonly uuid: string | undefined;
  /** Undefined: the document is not versioned. */
  readonly revision: Revision | undefined;
  /** The data nodes, in the order of the map's indexes. */
  readonly nodes: readonly ClusterNode[];
  /** Undefined: a memcached-type bucket, whose keys are placed by ketama. */
  readonly map: VbucketMap | undefined;
  /** The password of the bucket in documents of the Membase era. */
  readonly saslPassword: string | undefined;
  /** The network whose addresses the nodes have: `default`, or the name of an alternate one. */
  readonly network: string;
}

/**
 * Whether `candidate` replaces `current`.
 *
 * The order is (revEpoch, rev), as in gocbcore. A document without revision, or with revision 0, is always accepted; so
 * is one of a bucket that was created again. A map with another number of vBuckets is refused, because no cluster
 * changes that.
 */
export function isNewer(candidate: BucketConfig, current: BucketConfig): boolean {
  const isSameBucket = candidate.uuid === undefined || current.uuid === undefined || candidate.uuid === current.uuid;
  if (!isSameBucket) return true;
  const isOtherCount =
    candidate.map !== undefined && current.map !== undefined && candidate.map.count !== current.map.count;
  if (isOtherCount) return false;
  if (candidate.revision === undefined || current.revision === undefined) return !isSameConfig(candidate, current);
  return isLater(candidate.revision, current.revision);
}

/** Whether nodes, their order and the map are the same. */
export function isSameConfig(one: BucketConfig, other: BucketConfig): boolean {
  if (!isSameList(namesOf(one), namesOf(other))) return false;
  if (one.map === undefined || other.map === undefined) return one.map === other.map;
  return one.map.equals(other.map);
}

/** The difference between two configurations, as in libvbucket's `vbucket_compare`. */
export interface BucketConfigDiff {
  /** Addresses that are new. */
  readonly added: readonly string[];
  /** Addresses that are gone. */
  readonly removed: readonly string[];
  /** The list of servers differs, in order or in length, or the name and password of the bucket do. */
  readonly sequenceChanged: boolean;
  /**
   * vBuckets whose active server has another index; replicas are not counted; −1 when the numbers of vBuckets differ.
   */
  readonly vbucketsMoved: number;
  /**
   * vBuckets whose active server has another address, whatever its place in the list. libvbucket does not have this
   * count.
   */
  readonly ownersChanged: number;
}

export function compareConfigs(before: BucketConfig, after: BucketConfig): BucketConfigDiff {
  const [old, now] = [namesOf(before), namesOf(after)];
  return {
    added: now.filter((name) => !old.includes(name)),
    removed: old.filter((name) => !now.includes(name)),
    sequenceChanged:
      !isSameList(old, now) || userOf(before) !== userOf(after) || before.saslPassword !== after.saslPassword,
    vbucketsMoved: countChanges(before.map, after.map, (map, vbucket) => map.server(vbucket)) ?? -1,
    ownersChanged: changedOwners(before, after),
  };
}

/** The number of vBuckets in which the two maps differ; undefined when they cannot be compared. */
function countChanges(
  before: VbucketMap | undefined,
  after: VbucketMap | undefined,
  owner: (map: VbucketMap, vbucket: number) => unknown,
): number | undefined {
  if (before === undefined || after === undefined) return before === after ? 0 : undefined;
  if (before.count !== after.count) return undefined;
  let changes = 0;
  for (let vbucket = 0; vbucket < before.count; vbucket++)
    if (owner(before, vbucket) !== owner(after, vbucket)) changes++;
  return changes;
}

/** All of them when the maps cannot be compared. */
function changedOwners(before: BucketConfig, after: BucketConfig): number {
  const nameIn = (map: VbucketMap, vbucket: number): string | undefined =>
    (map === before.map ? before : after).nodes[map.server(vbucket)]?.name;
  return countChanges(before.map, after.map, nameIn) ?? after.map?.count ?? 0;
}

/** The credentials in the document: none for the bucket `default`. */
function userOf({ name }: BucketConfig): string | undefined {
  return name === 'default' ? undefined : name;
}

/** The nodes' addresses; of a ring, where the order of the list has no meaning, sorted as libvbucket sorts them. */
function namesOf(config: BucketConfig): string[] {
  const names = config.nodes.map((node) => node.name);
  return config.map === undefined ? names.sort() : names;
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}
