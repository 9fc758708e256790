/**
 * The one place that stacks the layers:
 *
 *   deadline ▸ coalesce? ▸ initial value ▸ retry? ▸ cluster ▸ pool ▸ connection
 */
import { type Clock, systemClock } from './base/clock.ts';
import { Cluster, type ClusterEvents, type FailureMode } from './cluster/cluster.ts';
import type { ConfigSource } from './cluster/config-source.ts';
import type { Locator } from './cluster/locator/locator.ts';
import type { HealthOptions } from './cluster/node-health.ts';
import type { ClusterNode } from './cluster/node-spec.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { TlsOptions } from './net/dial.ts';
import type { Credentials } from './net/probe.ts';
import { CoalescePolicy } from './policy/coalesce.ts';
import { DeadlinePolicy } from './policy/deadline.ts';
import { InitialValuePolicy } from './policy/initial-value.ts';
import { type ResolvedRetryOptions, RetryPolicy } from './policy/retry.ts';
import type { ResolvedPoolOptions } from './pool/options.ts';
import { Pool } from './pool/pool.ts';
import type { Limits, Protocol } from './protocol/codec.ts';

/** Everything the layers need, with nothing left open. Times in ms. */
export interface FleetOptions {
  readonly source: ConfigSource;
  readonly createLocator: (nodes: readonly ClusterNode[]) => Locator;
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
  const cluster = new Cluster({
    clock,
    source: options.source,
    createLocator: options.createLocator,
    createPool: (node, poolEvents) =>
      new Pool(
        {
          address: node.address,
          tls: options.tls,
          keepAliveDelay: options.keepAliveDelay,
          clock,
          connectTimeout: options.connectTimeout,
          protocol: options.protocol,
          credentials: options.credentials,
          connection: {
            limits: options.limits,
            maxInFlight: options.pool.maxInFlight,
            flush: options.flush,
            mergeGets: options.mergeGets,
          },
        },
        options.pool,
        poolEvents,
        options.random,
      ),
    health: options.health,
    ejectShare: options.ejectShare,
    failure: options.failure,
    events,
    random: options.random,
  });
  let dispatcher: Dispatcher = cluster;
  if (options.retry.attempts > 0) dispatcher = new RetryPolicy(dispatcher, options.retry, clock, options.random);
  dispatcher = new InitialValuePolicy(dispatcher);
  if (options.coalesce) dispatcher = new CoalescePolicy(dispatcher);
  return { dispatcher: new DeadlinePolicy(dispatcher, options.timeout, clock), cluster };
}
