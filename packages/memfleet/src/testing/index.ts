/**
 * The public entry point for tests: a Couchbase-type cluster in this process, and a clock that the test moves.
 */
export type { Clock, Timer } from '../base/clock.ts';
export type { Document } from './documents.ts';
export { FakeClock } from './fake-clock.ts';
export type { FaultHook, NodeFault, NodeRequest } from './faults.ts';
export type { RebalanceReport } from './mover.ts';
export { type BucketOptions, clusterDefaults, type ClusterOptions } from './options.ts';
export type { Row } from './plan-map.ts';
export type { RestHook } from './rest-server.ts';
export { createCluster, type HeldItem, type RebalanceChange, type SimulatedCluster } from './simulated-cluster.ts';
export type { SimulatedNode } from './simulated-node.ts';
export type { NodeCounters, SimulatedClusterStats, SimulatedNodeStats } from './stats.ts';
export type { ClusterTraits, Era } from './traits.ts';
export type { VbucketState } from './vbucket-copy.ts';
