/**
 * The one place that stacks the layers:
 *
 *   deadline ▸ policies of the user ▸ coalesce? ┬ memcached ▸ retry? ───────────────────────────────┬ cluster ▸ pool
 *                                               └ bucket ▸ split keys ▸ replica read ▸ retry? ▸ … ┘
 *                                                 … = terms ▸ resend ▸ collections
 */
import type { Clock } from '../base/clock.ts';
import { Cluster, type ClusterEvents } from '../cluster/cluster.ts';
import type { ConfigSource, Layout } from '../cluster/config-source.ts';
import type { Locator } from '../cluster/locator/locator.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import type { Credentials } from '../connection/credentials.ts';
import { FlushGroup } from '../connection/flush-schedule.ts';
import { IdleHold } from '../connection/idle-hold.ts';
import type { Dispatcher, Handler, Policy } from '../core/dispatcher.ts';
import type { CollectionNames } from '../couchbase/collection-names.ts';
import type { Ask } from '../couchbase/config-round.ts';
import type { ScanPlace } from '../couchbase/scan/scan-settings.ts';
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
import type { BucketCluster } from './bucket-cluster.ts';
import type { FleetBucket } from './fleet-bucket.ts';
import type { FleetDefaults } from './options.ts';

/** Everything that the layers need: the options of a fleet with their defaults, and the objects made from them. */
export interface FleetOptions extends Omit<FleetDefaults, 'nodes' | 'protocol'> {
  readonly source: ConfigSource;
  readonly createLocator: (nodes: readonly ClusterNode[], layout?: Layout) => Locator;
  /** The name of the locator. */
  readonly locator: string;
  /** Set: the fleet is a bucket of a Couchbase cluster, and `source` is the bucket's. */
  readonly couchbase?: FleetBucket | undefined;
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
  /** Gives what scans of a bucket need, undefined before the first map; undefined = the fleet is no bucket. */
  readonly scanPlace: (() => ScanPlace | undefined) | undefined;
  /** The collections of the bucket; undefined: the fleet is none. */
  readonly collections: CollectionNames | undefined;
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
  const bucketCluster = couchbase === undefined ? undefined : clusterOf(made);
  if (bucketCluster !== undefined) couchbase?.connect(bucketCluster, askIn(options, clock, made), clock);
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
  const dispatcher = stackOf(options, clock, cluster);
  return {
    dispatcher,
    // The binary protocol, which buckets speak, has initial values.
    counters: couchbase === undefined ? initialValuePolicy(dispatcher) : dispatcher,
    cluster,
    clusters: [cluster],
    clock,
    scanPlace:
      bucketCluster === undefined ? undefined : () => couchbase?.scanPlace(bucketCluster, clock, options.random),
    collections: couchbase?.collections,
    setIdleHold: (isReferenced) => {
      shared.hold.isReferenced = isReferenced;
    },
    describe: () => [...layerNames(options), ...describeFoot(options, cluster)].join(' → '),
  };
}

/** The cluster, also before it is made: its source may send requests meanwhile. */
function clusterOf(made: { readonly cluster?: Cluster }): BucketCluster {
  return {
    get names() {
      return made.cluster?.nodes.map(({ name }) => name) ?? [];
    },
    get isOpen() {
      return made.cluster?.isOpen === true;
    },
    inFlight: (node) => made.cluster?.inFlight(node) ?? [],
    dispatchTo: (node, command, handler) => made.cluster?.dispatchTo(node, command, handler) === true,
    dispatch: (command, handler) => made.cluster!.dispatch(command, handler),
    close: () => made.cluster!.close(),
    destroy: (error) => made.cluster!.destroy(error),
  };
}

/** The name of a user's layer in `describe`: the name of the function. */
export function nameOf(policy: Policy): string {
  return policy.name === '' ? 'policy' : policy.name;
}

/** From the call to the cluster: the layers that every fleet has. */
function layersOf({ coalesce, policies, timeout }: FleetOptions, clock: Clock): readonly Layer[] {
  const layers: Layer[] = [['deadline', (next) => deadlinePolicy(next, timeout, clock)]];
  for (const policy of policies) layers.push([nameOf(policy), policy]);
  if (coalesce) layers.push(['coalesce', (next) => coalescePolicy(next, clock)]);
  return layers;
}

function retriesOf({ random, retry }: FleetOptions, clock: Clock): readonly Layer[] {
  if (retry.attempts === 0) return [];
  return [[`retry(${retry.attempts})`, (next) => retryPolicy(next, retry, clock, random)]];
}

function over(below: Dispatcher, layers: readonly Layer[]): Dispatcher {
  return layers.reduceRight<Dispatcher>((next, [, policy]) => policy(next), below);
}

function stackOf(options: FleetOptions, clock: Clock, cluster: Cluster): Dispatcher {
  const { couchbase, pool, random } = options;
  const retries = retriesOf(options, clock);
  if (couchbase === undefined) return over(cluster, [...layersOf(options, clock), ...retries]);
  const { replica } = couchbase;
  const how = { clock, random, replica, retries: retries.map(([, policy]) => policy) };
  return over(couchbase.over(cluster, how, pool.maxWaiting), layersOf(options, clock));
}

function namesOf(layers: readonly Layer[]): readonly string[] {
  return layers.map(([name]) => name);
}

function layerNames(options: FleetOptions): readonly string[] {
  const { clock, couchbase } = options;
  const retries = namesOf(retriesOf(options, clock));
  return [...namesOf(layersOf(options, clock)), ...(couchbase?.names(retries) ?? retries)];
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
      startUp: couchbase?.startUp(node.name),
      connection: {
        limits: options.limits,
        maxInFlight: options.pool.maxInFlight,
        flush: options.flush,
        ...shared,
        mergeGets: options.mergeGets,
        onPush: couchbase === undefined ? undefined : (reply) => couchbase.onPush(reply),
      },
    },
    options.pool,
    events,
    options.random,
  );
}

/** A failure of a node may mean that the map is out of date. */
function withMapRefresh(events: PoolEvents, bucket: FleetBucket): PoolEvents {
  return {
    onConnect: () => events.onConnect(),
    onDisconnect: (error) => {
      events.onDisconnect(error);
      if (error !== undefined) bucket.refresh();
    },
    onFailure: (error, replies) => {
      events.onFailure(error, replies);
      bucket.refresh();
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
