/**
 * The one place that stacks the layers:
 *
 *   deadline ▸ policies of the user ▸ coalesce? ┬ memcached ▸ retry? ───────────────────────────────┬ cluster ▸ pool
 *                                               └ bucket ▸ split keys ▸ replica read ▸ retry? ▸ … ┘
 *                                                 … = terms ▸ resend ▸ collections
 */
import { systemRandom } from '../base/chance.ts';
import type { Clock } from '../base/clock.ts';
import { Cluster, type ClusterEvents } from '../cluster/cluster.ts';
import type { ConfigSource, Layout } from '../cluster/config-source.ts';
import type { Locator } from '../cluster/locator/locator.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import { FlushGroup } from '../connection/flush-schedule.ts';
import { IdleHold } from '../connection/idle-hold.ts';
import type { Credentials } from '../connection/protocol-probe.ts';
import type { Dispatcher, Handler, Policy } from '../core/dispatcher.ts';
import { couchbaseBootstrap } from '../couchbase/bootstrap.ts';
import type { Collections } from '../couchbase/collections.ts';
import type { Ask } from '../couchbase/config-round.ts';
import { type ReplicaMode, replicaReadPolicy } from '../couchbase/replica-read.ts';
import { resendPolicy } from '../couchbase/resend.ts';
import type { CouchbaseBucket } from '../couchbase/resolve.ts';
import type { ScanPlace } from '../couchbase/scan/scan-settings.ts';
import { splitKeysPolicy } from '../couchbase/split-keys.ts';
import { durableTimePolicy, writeTermsPolicy } from '../couchbase/write-terms.ts';
import type { TlsOptions } from '../net/dial.ts';
import type { Network } from '../net/network.ts';
import { startDebugLog } from '../observe/debug-log.ts';
import { coalescePolicy } from '../policy/coalesce.ts';
import { deadlinePolicy } from '../policy/deadline.ts';
import { initialValuePolicy } from '../policy/initial-value.ts';
import { retryPolicy } from '../policy/retry.ts';
import type { PoolEvents } from '../pool/pool-events.ts';
import { Pool } from '../pool/pool.ts';
import type { Limits, Protocol } from '../protocol/codec.ts';
import type { FleetDefaults } from './options.ts';

/** A bucket, and when gets go to its replicas. */
export interface CouchbaseFleet extends CouchbaseBucket {
  readonly replica: ReplicaMode;
}

/** Everything that the layers need: the options of a fleet with their defaults, and the objects made from them. */
export interface FleetOptions extends Omit<FleetDefaults, 'nodes' | 'protocol'> {
  readonly source: ConfigSource;
  readonly createLocator: (nodes: readonly ClusterNode[], layout?: Layout) => Locator;
  /** The name of the locator. */
  readonly locator: string;
  /** Set: the fleet is a bucket of a Couchbase cluster, and `source` is the bucket's. */
  readonly couchbase?: CouchbaseFleet | undefined;
  readonly protocol: Protocol | 'auto';
  readonly probeInterval: number;
  readonly credentials: Credentials | undefined;
  readonly tls: TlsOptions | undefined;
  /** Layers of the user, the outermost first. */
  readonly policies: readonly Policy[];
  readonly limits: Partial<Limits>;
  readonly flush: 'microtask' | 'afterTurn';
  readonly mergeGets: boolean;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  readonly network?: Network | undefined;
}

/** The stack of layers, and the cluster under it. */
export interface Fleet {
  readonly dispatcher: Dispatcher;
  /** The same for counters, with initial values on every protocol. */
  readonly counters: Dispatcher;
  readonly cluster: Cluster;
  /** All clusters that commands may go to. */
  readonly clusters: readonly Cluster[];
  readonly clock: Clock;
  /** What scans of a bucket need; undefined = the fleet is no bucket. */
  readonly scanned: ScanPlace | undefined;
  /** The collections of the bucket; undefined: the fleet is none. */
  readonly collections: Pick<Collections, 'find' | 'home' | 'within'> | undefined;
  /** Sets whether connections without a command in flight keep the process running. */
  setIdleHold(isReferenced: boolean): void;
  /**
   * The stack in one line, from the call to the wire:
   * `deadline → retry(1) → cluster(ketama, 3 nodes) → pool(min 1, max 4) → meta`.
   */
  describe(): string;
}

/** A layer and its name in `describe`. */
type Layer = readonly [name: string, policy: Policy];

/** Builds the stack. Connections are made when the first command needs them, or by `pool.warmUp`. */
export function assemble(options: FleetOptions, events: ClusterEvents): Fleet {
  startDebugLog();
  const { clock, couchbase } = options;
  const shared: SharedByConnections = { group: new FlushGroup(), hold: new IdleHold() };
  // The source may send requests while the cluster is being made.
  const made: { cluster?: Cluster } = {};
  couchbase?.source.connect(askIn(options, clock, made));
  const cluster = new Cluster({
    clock,
    source: options.source,
    createLocator: options.createLocator,
    createPool: (node, poolEvents) =>
      createPool(
        node,
        options,
        couchbase === undefined ? poolEvents : withMapRefresh(poolEvents, couchbase),
        clock,
        shared,
      ),
    health: options,
    ejectShare: options.ejectShare,
    failure: options.failure,
    maxWaiting: options.pool.maxWaiting,
    events,
    random: options.random,
  });
  made.cluster = cluster;
  couchbase?.router.connect((node) => cluster.inFlight(node), clock);
  couchbase?.collections.connect({
    get names() {
      return cluster.nodes.map(({ name }) => name);
    },
    dispatchTo: (node, command, handler) => cluster.dispatchTo(node, command, handler),
    dispatch: (command, handler) => cluster.dispatch(command, handler),
  });
  const layers = layersOf(options, clock);
  const dispatcher = layers.reduceRight<Dispatcher>((next, [, policy]) => policy(next), cluster);
  return {
    dispatcher,
    // The binary protocol, which buckets speak, has initial values.
    counters: couchbase === undefined ? initialValuePolicy(dispatcher) : dispatcher,
    cluster,
    clusters: [cluster],
    clock,
    scanned: couchbase === undefined ? undefined : scanPlace(couchbase, cluster, clock, options.random),
    collections: couchbase?.collections,
    setIdleHold: (isReferenced) => {
      shared.hold.isReferenced = isReferenced;
    },
    describe: () => [...layers.map(([name]) => name), ...describeFoot(options, cluster)].join(' → '),
  };
}

function scanPlace(
  { collections, isTemporary, router }: CouchbaseFleet,
  cluster: Cluster,
  clock: Clock,
  random: () => number = systemRandom,
): ScanPlace {
  const found = collections.policy(cluster);
  return {
    clock,
    random,
    get isOpen() {
      return cluster.isOpen;
    },
    get vbuckets() {
      return router.vbuckets;
    },
    nodeOf: (vbucket) => router.nodeOf(vbucket),
    dispatchTo: (node, command, handler) => cluster.dispatchTo(node, command, handler),
    findCollection: (command, handler) => found.dispatch(command, handler),
    refused: (command, reply) => router.refused(command, reply),
    unknownCollection: (command, reply) => collections.refused(command, reply).error,
    refresh: () => router.refresh(),
    isTemporary,
  };
}

/** The name of a user's layer in `describe`: the name of the function. */
export function nameOf(policy: Policy): string {
  return policy.name === '' ? 'policy' : policy.name;
}

/** From the call to the cluster. */
function layersOf(options: FleetOptions, clock: Clock): readonly Layer[] {
  const { coalesce, couchbase, policies, random, retry, timeout } = options;
  const layers: Layer[] = [['deadline', (next) => deadlinePolicy(next, timeout, clock)]];
  for (const policy of policies) layers.push([nameOf(policy), policy]);
  if (coalesce) layers.push(['coalesce', (next) => coalescePolicy(next, clock)]);
  const retries: Layer = [`retry(${retry.attempts})`, (next) => retryPolicy(next, retry, clock, random)];
  if (couchbase === undefined) {
    if (retry.attempts > 0) layers.push(retries);
    return layers;
  }
  const { collections, durability, replica, router } = couchbase;
  layers.push(
    ['split keys', splitKeysPolicy],
    [`replicas(${replica})`, (next) => replicaReadPolicy(next, router, replica, clock)],
    [`durability(${durability})`, (next) => durableTimePolicy(next, durability, clock)],
  );
  if (retry.attempts > 0) layers.push(retries);
  layers.push(
    ['write terms', (next) => writeTermsPolicy(next, durability, clock)],
    ['resend', (next) => resendPolicy(next, couchbase, clock, random)],
    ['collections', (next) => collections.policy(next)],
  );
  return layers;
}

/** From the cluster to the wire. */
function describeFoot({ locator, pool, protocol }: FleetOptions, cluster: Cluster): readonly string[] {
  const { nodes } = cluster.stats();
  const spoken = new Set(nodes.map((node) => node.protocol ?? protocol));
  return [
    `cluster(${locator}, ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'})`,
    `pool(min ${pool.min}, max ${pool.max})`,
    [...(spoken.size === 0 ? [protocol] : spoken)].join(' and '),
  ];
}

/** The objects that the connections of a fleet share. */
interface SharedByConnections {
  readonly group: FlushGroup;
  readonly hold: IdleHold;
}

function createPool(
  node: ClusterNode,
  options: FleetOptions,
  events: PoolEvents,
  clock: Clock,
  shared?: SharedByConnections,
): Pool {
  const { couchbase, network } = options;
  return new Pool(
    {
      address: node.address,
      tls: options.tls,
      keepAliveDelay: options.keepAliveDelay,
      clock,
      connectTimeout: options.connectTimeout,
      protocol: options.protocol,
      credentials: options.credentials,
      open:
        network === undefined
          ? undefined
          : (how, transportEvents, onOpen) => network.dial(how, transportEvents, onOpen),
      startUp: couchbase === undefined ? undefined : couchbaseBootstrap(couchbase.login, node.name),
      connection: {
        limits: options.limits,
        maxInFlight: options.pool.maxInFlight,
        flush: options.flush,
        ...shared,
        mergeGets: options.mergeGets,
        onPush: couchbase === undefined ? undefined : (reply) => couchbase.router.onPush(reply),
      },
    },
    options.pool,
    events,
    options.random,
  );
}

/** A failure of a node may mean that the map is out of date. */
function withMapRefresh(events: PoolEvents, { router }: CouchbaseFleet): PoolEvents {
  return {
    onConnect: () => events.onConnect(),
    onDisconnect: (error) => {
      events.onDisconnect(error);
      if (error !== undefined) router.refresh();
    },
    onFailure: (error, replies) => {
      events.onFailure(error, replies);
      router.refresh();
    },
  };
}

const noEvents: PoolEvents = { onConnect() {}, onDisconnect() {}, onFailure() {} };

/** Sends a request to a node of the cluster over its pool, to any other over a connection made for the request. */
function askIn(options: FleetOptions, clock: Clock, made: { readonly cluster?: Cluster }): Ask {
  return (node, command, handler) => {
    if (made.cluster?.dispatchTo(node.name, command, handler) === true) {
      return () => {
        command.cancelled = true;
      };
    }
    const pool = createPool(
      node,
      { ...options, pool: { ...options.pool, min: 0, max: 1, warmUp: false } },
      noEvents,
      clock,
    );
    pool.dispatch(command, closing(pool, handler));
    return () => pool.destroy();
  };
}

/** Closes the pool after the reply. */
function closing(pool: Pool, handler: Handler): Handler {
  return {
    onReply: (reply) => {
      handler.onReply(reply);
      void pool.close();
    },
    onError: (error) => {
      handler.onError(error);
      void pool.close();
    },
  };
}
