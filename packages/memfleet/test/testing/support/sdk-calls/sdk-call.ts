import type { Bucket, Cluster, Collection } from 'couchbase';
import type { FakeClock, SimulatedCluster } from '../../../../src/testing/index.ts';

/** What a call of the official SDK is made on: three nodes with one replica, and one node alone. */
export interface SdkPlace {
  readonly cluster: SimulatedCluster;
  readonly clock: FakeClock;
  readonly sdk: Cluster;
  readonly bucket: Bucket;
  readonly items: Collection;
  /** Items of a cluster that has one node though its bucket wants a replica. */
  readonly alone: Collection;
}

/** A call of the official SDK, and what a server has to make of it. `run` rejects where the cluster does not. */
export interface SdkCall {
  readonly call: string;
  readonly expected: string;
  run(place: SdkPlace): Promise<void>;
}
