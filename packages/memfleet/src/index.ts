/** memfleet: the pooled memcached client. */
export { ownVersion as version } from './base/version.ts';
export * from './client/index.ts';
export { type FailureMode } from './cluster/cluster.ts';
export type { NodesFunction } from './cluster/config-source.ts';
export type { Locator, LocatorNode, LocatorOptions, LocatorProfile } from './cluster/locator/locator.ts';
export { locatorProfiles } from './cluster/locator/profiles.ts';
export type { HealthState } from './cluster/node-health.ts';
export { isDiscovered } from './cluster/discovery/registry.ts';
export type { NodeInput, NodeSpec } from './cluster/node-spec.ts';
export type { ClusterStats, NodeStats } from './cluster/stats.ts';
export type { CompressionOptions } from './couchbase/compression-options.ts';
export type { CouchbaseOptions } from './couchbase/options.ts';
export { UnknownCollectionError } from './core/collection.ts';
export * from './core/errors.ts';
export type { Durability } from './core/write-terms.ts';
export type { TlsOptions } from './net/dial.ts';
export type {
  Channels,
  CommandMessage,
  ConnectMessage,
  DisconnectMessage,
  HealthMessage,
  ResponseStatus,
  TopologyMessage,
  TypedChannel,
  WaitMessage,
} from './observe/channels.ts';
export { channels } from './observe/channels.ts';
export type { PoolOptions } from './pool/options.ts';
export type { PoolStats } from './pool/stats.ts';
export type { MigrationCounters, MigrationPhase } from './policy/migration.ts';
export type { ReplicaMode } from './couchbase/replica-read.ts';
export type { RetryOptions } from './policy/retry-options.ts';
export type { Protocol } from './protocol/codec.ts';
