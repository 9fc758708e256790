/**
 * The one place that stacks the layers:
 *
 *   memcached   deadline ▸ coalesce? ▸ initial value ▸ retry? ▸ cluster ▸ pool ▸ connection
 *   Couchbase   deadline ▸ coalesce? ▸ split keys ▸ replica read ▸ retry? ▸ resend ▸ cluster ▸ pool ▸ connection
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { Cluster, type ClusterEvents, type FailureMode } from '../cluster/cluster.ts';
import type { ConfigSource, Layout } from '../cluster/config-source.ts';
import type { Locator } from '../cluster/locator/locator.ts';
import type { HealthOptions } from '../cluster/node-health.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import { FlushGroup } from '../connection/flush-group.ts';
import type { Credentials } from '../connection/protocol-probe.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { couchbaseBootstrap } from '../couchbase/bootstrap.ts';
import type { Ask } from '../couchbase/config-round.ts';
import { type ReplicaMode, ReplicaReadPolicy } from '../couchbase/replica-read.ts';
import { ResendPolicy } from '../couchbase/resend.ts';
import type { CouchbaseBucket } from '../couchbase/resolve.ts';
import { SplitKeysPolicy } from '../couchbase/split-keys.ts';
import type { TlsOptions } from '../net/dial.ts';
import { CoalescePolicy } from '../policy/coalesce.ts';
import { DeadlinePolicy } from '../policy/deadline.ts';
import { InitialValuePolicy } from '../policy/initial-value.ts';
import type { ResolvedRetryOptions } from '../policy/retry-options.ts';
import { RetryPolicy } from '../policy/retry.ts';
import type { ResolvedPoolOptions } from '../pool/options.ts';
import { Pool, type PoolEvents } from '../pool/pool.ts';
import type { Limits, Protocol } from '../protocol/codec.ts';

/** A bucket, and when gets go to its replicas. */
export interface CouchbaseFleet extends CouchbaseBucket {
  readonly replica: ReplicaMode;
}

/** Everything the layers need, with nothing left open. Times in ms. */
export interface FleetOptions {
  readonly source: ConfigSource;
  readonly createLocator: (nodes: readonly ClusterNode[], layout?: Layout) => Locator;
  /** Set: the fleet is a bucket of a Couchbase cluster, and `source` is the bucket's. */
  readonly couchbase?: CouchbaseFleet | undefined;
  readonly protocol: Protocol | 'auto';
  readonly credentials: Credentials | undefined;
  readonly tls: TlsOptions | undefined;
  readonly keepAliveDelay: number;
  readonly connectTimeout: number;
  readonly timeout: number;
  readonly health: HealthOptions;
  readonly ejectShare: number;
  readonly failure: FailureMode;
  readonly pool: ResolvedPoolOptions;
  readonly retry: ResolvedRetryOptions;
  readonly coalesce: boolean;
  readonly limits: Partial<Limits>;
  readonly flush: 'microtask' | 'afterTurn';
  readonly mergeGets: boolean;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/** The stack, and the cluster at its foot. */
export interface Fleet {
  readonly dispatcher: Dispatcher;
  readonly cluster: Cluster;
}

/** Builds the stack. Connections are made when the first command needs them, or by `pool.warmUp`. */
export function assemble(options: FleetOptions, events: ClusterEvents): Fleet {
  const clock = options.clock ?? systemClock;
  const { couchbase } = options;
  const group = new FlushGroup();
  // The source asks while the cluster is being made.
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
        group,
      ),
    health: options.health,
    ejectShare: options.ejectShare,
    failure: options.failure,
    maxWaiting: options.pool.maxWaiting,
    events,
    random: options.random,
  });
  made.cluster = cluster;
  const stack =
    couchbase === undefined
      ? stackMemcached(cluster, options, clock)
      : stackCouchbase(cluster, options, couchbase, clock);
  const shared = options.coalesce ? new CoalescePolicy(stack, clock) : stack;
  return { dispatcher: new DeadlinePolicy(shared, options.timeout, clock), cluster };
}

function stackMemcached(cluster: Cluster, options: FleetOptions, clock: Clock): Dispatcher {
  return new InitialValuePolicy(withRetry(cluster, options, clock));
}

/** Counters with initial values need no policy: the binary protocol has them. */
function stackCouchbase(cluster: Cluster, options: FleetOptions, couchbase: CouchbaseFleet, clock: Clock): Dispatcher {
  const { isTemporary, replica, router } = couchbase;
  const resend = new ResendPolicy(cluster, router, isTemporary, clock, options.random);
  return new SplitKeysPolicy(new ReplicaReadPolicy(withRetry(resend, options, clock), router, replica, clock));
}

function withRetry(next: Dispatcher, options: FleetOptions, clock: Clock): Dispatcher {
  return options.retry.attempts > 0 ? new RetryPolicy(next, options.retry, clock, options.random) : next;
}

function createPool(
  node: ClusterNode,
  options: FleetOptions,
  events: PoolEvents,
  clock: Clock,
  group?: FlushGroup,
): Pool {
  const { couchbase } = options;
  return new Pool(
    {
      address: node.address,
      tls: options.tls,
      keepAliveDelay: options.keepAliveDelay,
      clock,
      connectTimeout: options.connectTimeout,
      protocol: options.protocol,
      credentials: options.credentials,
      startUp: couchbase === undefined ? undefined : couchbaseBootstrap(couchbase.login, node.name),
      connection: {
        limits: options.limits,
        maxInFlight: options.pool.maxInFlight,
        flush: options.flush,
        group,
        mergeGets: options.mergeGets,
        onPush: couchbase === undefined ? undefined : (reply) => couchbase.router.onPush(reply),
      },
    },
    options.pool,
    events,
    options.random,
  );
}

/** What speaks against a node speaks against the map as well. */
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

/** Asks a node of the cluster over its pool, any other over a connection that is made for the question. */
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

/** Closes the pool with the answer. */
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
