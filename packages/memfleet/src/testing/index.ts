/**
 * The public entry point for tests: servers, fleets and clusters that listen when they are returned, faults for them, a
 * clock that the test moves, and contracts.
 */
export type { Clock, Timer } from '../base/clock.ts';
export { cacheContract, type CacheLayer, type CacheSubject } from './contracts/cache-contract.ts';
export type { Contract, ContractCase } from './contracts/contract.ts';
export { dispatcherContract, type DispatcherSubject } from './contracts/dispatcher-contract.ts';
export { serverTranscripts, type ServerSubject } from './contracts/server-transcripts.ts';
export type { Document } from './cluster/documents.ts';
export { FakeClock } from './fake-clock.ts';
export type { DialOptions } from '../net/dial.ts';
export type { Attach, Network, Port, PortChanges, PortEvents, PortOptions } from '../net/network.ts';
export type { Address, ListenAddress, Transport, TransportEvents } from '../net/transport.ts';
export { type FaultCondition, inTurn, together, when } from './faults/combinations.ts';
export type { ActiveFault, Effect, Fault, FaultEvent, FaultScript } from './faults/fault.ts';
export type { Injection } from './faults/injections.ts';
export type { Random } from '../base/chance.ts';
export { randomOf } from './faults/random.ts';
export {
  blackHole,
  delay,
  drip,
  type ExecutedOptions,
  frozen,
  garbage,
  halfOpen,
  memoryFull,
  refuse,
  replyWith,
  reset,
  slowAccept,
  truncate,
  wrongKey,
  wrongOrder,
} from './faults/words.ts';
export type { CollectionAdmin, NewCollection } from './cluster/collection-admin.ts';
export type { FaultHook, NodeFault, NodeRequest } from './cluster/node-fault.ts';
export type { HeldItem } from './cluster/held-item.ts';
export type { RebalanceReport } from './cluster/mover.ts';
export { startCluster, type TestCluster, type TestClusterOptions } from './nodes/test-cluster.ts';
export { startFleet, type TestFleet } from './nodes/test-fleet.ts';
export type { PutOptions, TestItem, TestItems } from './nodes/test-items.ts';
export { type SpawnOptions, spawnMemcached, type TestMemcached } from './nodes/test-memcached.ts';
export type { SingleNode, TestNode, TestNodeOptions } from './nodes/test-node.ts';
export { startServer, type TestServer, type TestServerOptions } from './nodes/test-server.ts';
export { type BucketOptions, clusterDefaults, type ClusterOptions } from './cluster/options.ts';
export type { Row } from './cluster/plan-map.ts';
export type { CommandLog, SeenCommand } from './relay/command-log.ts';
export type { RestHook } from './cluster/rest-server.ts';
export { createCluster, type RebalanceChange, type SimulatedCluster } from './cluster/simulated-cluster.ts';
export type { SimulatedNode } from './cluster/simulated-node.ts';
export type { NodeCounters, SimulatedClusterStats, SimulatedNodeStats } from './cluster/stats.ts';
export type { ClusterTraits, Era } from './cluster/traits.ts';
export type { VbucketState } from './cluster/vbucket-copy.ts';
export type { Host, HostOptions } from './world/host.ts';
export { play, type PlayOptions } from './world/play.ts';
export type { Cut, Death, LinkOptions } from './world/simulated-network.ts';
export type { World, WorldOptions } from './world/world.ts';
