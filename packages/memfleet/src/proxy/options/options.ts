/** What a proxy can be told, and the defaults. `resolve.ts` is the one place that reads them. */
import type { TlsOptions } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { advertisedVersion } from '../../base/version.ts';
import type { FleetSettings } from '../../fleet/options.ts';
import type { Protocol } from '../../protocol/codec.ts';
import type { Authenticate } from '../../session/session-context.ts';
import type { ProxyStats } from '../stats.ts';

/** Options of `createProxy` and `Proxy.reload`. Times are in milliseconds, sizes in bytes, unless said otherwise. */
export interface ProxyOptions {
  /** Where clients come in; at least one. */
  readonly listeners: readonly ListenerSpec[];
  /** The fleets of nodes behind, by name. What is left out of a fleet has the proxy's own default: see `proxyFleetDefaults`. */
  readonly clusters: Readonly<Record<string, FleetSettings>>;
  /** Named routes, for listeners and for each other. A name must not be that of a cluster; routes must not go round in circles. */
  readonly routes?: Readonly<Record<string, RouteSpec>> | undefined;
  /** How long `close` waits for sessions to end by themselves. @default 5000 */
  readonly closeTimeout?: number | undefined;
  /** What `version` says. Clients conclude from it what a server can, and some read it as a number. @default '1.6.18' */
  readonly version?: string | undefined;
  /** Keep latency histograms per node. @default true */
  readonly timings?: boolean | undefined;
  /**
   * Makes what `stats` tells clients of this process's own statistics: of several worker processes, the sum of all. @default the own ones
   */
  readonly gatherStats?: ((own: ProxyStats) => ProxyStats) | undefined;
  /** Time; for tests. */
  readonly clock?: Clock | undefined;
  /** Chance, 0 ≤ x < 1; for tests. */
  readonly random?: (() => number) | undefined;
}

/** One port or Unix socket, and what its clients may do. */
export interface ListenerSpec {
  /** How it is called in errors and statistics. @default its address as given */
  readonly name?: string | undefined;
  /** @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** TCP port; 0 takes any that is free. @default 11211 */
  readonly port?: number | undefined;
  /** Listen on this Unix socket instead. Not together with `host` or `port`. */
  readonly path?: string | undefined;
  /** Accept on a socket that listens already and was handed over as this descriptor, from 3. Not together with `host`, `port` or `path`. */
  readonly fd?: number | undefined;
  /** Permissions of the Unix socket, such as 0o700. @default what the umask gives */
  readonly mode?: number | undefined;
  /** Speak TLS: options of `tls.createServer`, at least `key` and `cert`. A reload may exchange them. @default plain */
  readonly tls?: TlsOptions | undefined;
  /** The name of a route or cluster: who answers the clients of this listener. */
  readonly route: string;
  /** The protocols spoken; `meta` includes `text`. @default ['text', 'meta', 'binary'] */
  readonly protocols?: readonly Protocol[] | undefined;
  /** Clients at once; one more is told `ERROR Too many open connections` and closed, while accepting goes on. @default 20000 */
  readonly maxSessions?: number | undefined;
  /** A client that is silent for so long is closed; 0 = never. @default 0 */
  readonly idleTimeout?: number | undefined;
  /** A client that reads nothing of its answers for so long is closed. @default 60000 */
  readonly stallTimeout?: number | undefined;
  /** Commands (keys, of a multi-key get) of one client in flight; further ones wait, and its socket is not read. @default 1024 */
  readonly maxInFlight?: number | undefined;
  /** A client whose request is not complete after so long is closed, a value above 1 MB after so long for each megabyte; 0 = never. @default 30000 */
  readonly requestTimeout?: number | undefined;
  /** How long a TLS handshake may take. @default 10000 */
  readonly handshakeTimeout?: number | undefined;
  /** Answers held for a slow reader above which its commands wait and its socket is not read. @default 1048576 */
  readonly maxOutput?: number | undefined;
  /** Answers held for a slow reader above which it is closed. @default 268435456 */
  readonly maxHeldOutput?: number | undefined;
  /** A request line that is no get. @default 2048 */
  readonly maxLine?: number | undefined;
  /** A key, as it stands on the wire. @default 250 */
  readonly maxKey?: number | undefined;
  /** A value. Nodes have their own limit, memcached's `-I`. @default 33554432 */
  readonly maxItemSize?: number | undefined;
  /** Who may come in, with their passwords (SASL PLAIN, ASCII token). Not together with `authenticate`. @default everybody */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Asked for every login. @default everybody may come in */
  readonly authenticate?: Authenticate | undefined;
  /** What a get is told when its node failed: `SERVER_ERROR` with the node's name, or a miss. Everything else is told the error. @default 'error' */
  readonly onNodeFailure?: 'error' | 'miss' | undefined;
  /** `flush_all`, and the requests of administrators that change nodes (`cache_memlimit` …), go to all nodes; otherwise they are refused. @default false */
  readonly allowFlush?: boolean | undefined;
}

/** How commands find a cluster: the name of a cluster or route, or a route of one of the kinds below. */
export type RouteSpec =
  | string
  | PrefixRouteSpec
  | FailoverRouteSpec
  | ReplicateRouteSpec
  | ShadowRouteSpec
  | WarmUpRouteSpec
  | FrontCacheRouteSpec
  | RateLimitRouteSpec
  | ReadOnlyRouteSpec;

/** The longest prefix that the key begins with decides. See `prefix-route.ts`. */
export interface PrefixRouteSpec {
  readonly type: 'prefix';
  readonly routes: Readonly<Record<string, RouteSpec>>;
  /** For all other keys. */
  readonly otherwise: RouteSpec;
  /** The prefix is taken off before the key goes on. @default false */
  readonly strip?: boolean | undefined;
}

/** The first route, and when it fails the next. See `failover-route.ts`. */
export interface FailoverRouteSpec {
  readonly type: 'failover';
  readonly routes: readonly RouteSpec[];
  /** When the next route is tried. @default 'error' */
  readonly on?: 'error' | 'error-or-miss' | undefined;
  /** Seconds that an item lives at most which is stored anywhere but on the first route. @default as the client said */
  readonly ttl?: number | undefined;
}

/** Writes go to all routes. See `replicate-route.ts`. */
export interface ReplicateRouteSpec {
  readonly type: 'replicate';
  readonly routes: readonly RouteSpec[];
  /**
   * `all-sync`: a write is answered when all routes have answered. `all-async`: when the first has. `fastest-read`: writes as `all-sync`; a get asks all and is
   * answered by the first hit. @default 'all-sync'
   */
  readonly mode?: 'all-sync' | 'all-async' | 'fastest-read' | undefined;
}

/** Commands for a share of the keys go to a second route as well, whose answers nobody sees. See `shadow-route.ts`. */
export interface ShadowRouteSpec {
  readonly type: 'shadow';
  readonly route: RouteSpec;
  readonly shadow: RouteSpec;
  /** The share of the keys, 0 … 1. */
  readonly fraction: number;
}

/** A cold cluster fills itself from a warm one. See `warm-up-route.ts`. */
export interface WarmUpRouteSpec {
  readonly type: 'warm-up';
  readonly cold: RouteSpec;
  readonly warm: RouteSpec;
  /** Seconds that an item lives which was copied from warm to cold. @default 3600 */
  readonly ttl?: number | undefined;
}

/** Items are remembered in the proxy for a moment. See `front-cache-route.ts`. */
export interface FrontCacheRouteSpec {
  readonly type: 'front-cache';
  readonly route: RouteSpec;
  /** Keys that begin with one of these; `''` = all keys. */
  readonly prefixes: readonly string[];
  /** How long an item is remembered. */
  readonly lifespan: number;
  /** @default 10000 */
  readonly maxItems?: number | undefined;
  /** Keys and values together. @default 67108864 */
  readonly maxBytes?: number | undefined;
}

/** More commands than so many are refused. See `rate-limit-route.ts`. */
export interface RateLimitRouteSpec {
  readonly type: 'rate-limit';
  readonly route: RouteSpec;
  readonly perSecond: number;
  /** Commands that may come at once after a pause. @default perSecond */
  readonly burst?: number | undefined;
}

/** Whatever changes items is refused. See `read-only-route.ts`. */
export interface ReadOnlyRouteSpec {
  readonly type: 'read-only';
  readonly route: RouteSpec;
}

/** The defaults of `ListenerSpec`. */
export const listenerDefaults: Readonly<{
  host: string;
  port: number;
  protocols: readonly Protocol[];
  maxSessions: number;
  idleTimeout: number;
  stallTimeout: number;
  requestTimeout: number;
  handshakeTimeout: number;
  maxInFlight: number;
  maxOutput: number;
  maxHeldOutput: number;
  maxLine: number;
  maxKey: number;
  maxItemSize: number;
  onNodeFailure: 'error' | 'miss';
  allowFlush: boolean;
}> = Object.freeze({
  host: '127.0.0.1',
  port: 11211,
  protocols: Object.freeze(['text', 'meta', 'binary'] as const),
  maxSessions: 20_000,
  idleTimeout: 0,
  stallTimeout: 60_000,
  requestTimeout: 30_000,
  handshakeTimeout: 10_000,
  maxInFlight: 1024,
  maxOutput: 1024 * 1024,
  maxHeldOutput: 256 * 1024 * 1024,
  maxLine: 2048,
  maxKey: 250,
  maxItemSize: 32 * 1024 * 1024,
  onNodeFailure: 'error',
  allowFlush: false,
});

/**
 * Where a fleet behind a proxy has other defaults than a client's (`fleetDefaults`): one pipelined connection to a node, a second one so that large values do not
 * hold up small ones; room for what thousands of sessions ask in one turn.
 */
export const proxyFleetDefaults: Readonly<{
  pool: Readonly<{ min: number; max: number; maxInFlight: number; maxWaiting: number }>;
}> = Object.freeze({
  pool: Object.freeze({ min: 1, max: 2, maxInFlight: 262_144, maxWaiting: 262_144 }),
});

/** The defaults of `ProxyOptions`. */
export const proxyDefaults: Readonly<{ closeTimeout: number; version: string; timings: boolean }> = Object.freeze({
  closeTimeout: 5000,
  version: advertisedVersion,
  timings: true,
});

/** The defaults of routes. */
export const routeDefaults: Readonly<{ warmUpTtl: number; frontCacheItems: number; frontCacheBytes: number }> =
  Object.freeze({
    warmUpTtl: 3600,
    frontCacheItems: 10_000,
    frontCacheBytes: 64 * 1024 * 1024,
  });
