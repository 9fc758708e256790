/** What a proxy can be told, and the defaults. `resolve.ts` is the one place that reads them. */
import type { TlsOptions } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { advertisedVersion } from '../../base/version.ts';
import type { FleetSettings } from '../../fleet/options.ts';
import type { Protocol } from '../../protocol/codec.ts';
import type { Authenticate } from '../../session/session-context.ts';
import type { ProxyStats } from '../stats.ts';

/** Options of `createProxy` and `Proxy.reload`. */
export interface ProxyOptions {
  /** The sockets on which clients are accepted; at least one. */
  readonly listeners: readonly ListenerSpec[];
  /**
   * The fleets of nodes behind the proxy, by name. Options that a fleet leaves out have the defaults of
   * `proxyFleetDefaults`.
   */
  readonly clusters: Readonly<Record<string, FleetSettings>>;
  /**
   * Named routes, for listeners and for other routes. A name must not be that of a cluster; routes must not form a
   * cycle.
   */
  readonly routes?: Readonly<Record<string, RouteSpec>> | undefined;
  /** How long `close` waits for sessions to end by themselves, in milliseconds. @default 5000 */
  readonly closeTimeout?: number | undefined;
  /** The reply to `version`. Clients derive features from it, and some parse it as a number. @default '1.6.18' */
  readonly version?: string | undefined;
  /** Record a latency histogram for each node. @default true */
  readonly timings?: boolean | undefined;
  /**
   * Replaces this process's statistics in replies to `stats`, for example by the sum over several worker processes.
   * @default the statistics of this process
   */
  readonly gatherStats?: ((own: ProxyStats) => ProxyStats) | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
  /** A source of random numbers from 0 to below 1; for tests. */
  readonly random?: (() => number) | undefined;
}

/** A TCP port or Unix socket that accepts clients, and the limits of each connection. */
export interface ListenerSpec {
  /** The name of the listener in errors and statistics. @default its address as given */
  readonly name?: string | undefined;
  /** The address or host name to listen on. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** The TCP port; 0 chooses a free one. @default 11211 */
  readonly port?: number | undefined;
  /** Listen on this Unix socket instead. Not together with `host` or `port`. */
  readonly path?: string | undefined;
  /**
   * The file descriptor, from 3, of a listening socket that was passed to this process. Excludes `host`, `port` and
   * `path`.
   */
  readonly fd?: number | undefined;
  /** The permissions of the Unix socket, such as 0o700. @default according to the umask */
  readonly mode?: number | undefined;
  /** Speak TLS: options of `tls.createServer`, at least `key` and `cert`. A reload may exchange them. @default plain */
  readonly tls?: TlsOptions | undefined;
  /** The name of the route or cluster that serves the clients of this listener. */
  readonly route: string;
  /** The protocols that clients may speak; `meta` includes `text`. @default ['text', 'meta', 'binary'] */
  readonly protocols?: readonly Protocol[] | undefined;
  /**
   * Connections open at the same time. The next one receives `ERROR Too many open connections` and is closed.
   * @default 20000
   */
  readonly maxSessions?: number | undefined;
  /** Closes a connection that sends nothing for this many milliseconds; 0 = never. @default 0 */
  readonly idleTimeout?: number | undefined;
  /** Closes a connection that reads none of its replies for this many milliseconds. @default 60000 */
  readonly stallTimeout?: number | undefined;
  /**
   * Commands of one connection in flight; each key of a multi-key get counts. Further commands wait, and the socket is
   * not
   * read. @default 1024
   */
  readonly maxInFlight?: number | undefined;
  /**
   * Closes a connection whose request is incomplete after this many milliseconds. A value above 1 MB has that long for
   * each
   * megabyte. 0 = never. @default 30000
   */
  readonly requestTimeout?: number | undefined;
  /** Time for a TLS handshake, in milliseconds. @default 10000 */
  readonly handshakeTimeout?: number | undefined;
  /**
   * Bytes of replies held for a slow reader. Above them its commands wait, and its socket is not read. @default 1048576
   */
  readonly maxOutput?: number | undefined;
  /** Bytes of replies held for a slow reader, above which its connection is closed. @default 268435456 */
  readonly maxHeldOutput?: number | undefined;
  /** The longest request line in bytes, except that of a get. @default 2048 */
  readonly maxLine?: number | undefined;
  /** The longest key on the wire, in bytes. @default 250 */
  readonly maxKey?: number | undefined;
  /** The largest value in bytes. Nodes have their own limit, memcached's `-I`. @default 33554432 */
  readonly maxItemSize?: number | undefined;
  /** User names and passwords (SASL PLAIN, ASCII token). Excludes `authenticate`. @default every client is accepted */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Decides about every login. @default every client is accepted */
  readonly authenticate?: Authenticate | undefined;
  /**
   * The reply to a get whose node failed: `SERVER_ERROR` with the name of the node, or a miss. Other commands always
   * receive
   * the error. @default 'error'
   */
  readonly onNodeFailure?: 'error' | 'miss' | undefined;
  /**
   * Sends `flush_all` and the admin commands that change nodes (`cache_memlimit` …) to all nodes. Otherwise they are
   * refused.
   * @default false
   */
  readonly allowFlush?: boolean | undefined;
}

/** How commands find a cluster: the name of a cluster or route, or an inline route. */
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

/** Chooses a route by the longest prefix that the key begins with (`prefix-route.ts`). */
export interface PrefixRouteSpec {
  /** The kind of this route. */
  readonly type: 'prefix';
  /** The route for each prefix. */
  readonly routes: Readonly<Record<string, RouteSpec>>;
  /** The route for all other keys. */
  readonly otherwise: RouteSpec;
  /** Remove the prefix from the key before the command is forwarded. @default false */
  readonly strip?: boolean | undefined;
}

/** Tries the next route when one fails (`failover-route.ts`). */
export interface FailoverRouteSpec {
  /** The kind of this route. */
  readonly type: 'failover';
  /** The routes, in the order in which they are tried. */
  readonly routes: readonly RouteSpec[];
  /** When the next route is tried. @default 'error' */
  readonly on?: 'error' | 'error-or-miss' | undefined;
  /**
   * The longest time to live, in seconds, of items stored on any route but the first. @default as the client requests
   */
  readonly ttl?: number | undefined;
}

/** Sends writes to all routes (`replicate-route.ts`). */
export interface ReplicateRouteSpec {
  /** The kind of this route. */
  readonly type: 'replicate';
  /** The routes that receive every write. */
  readonly routes: readonly RouteSpec[];
  /**
   * `all-sync`: a write is answered when all routes have answered; `all-async`: when the first has. `fastest-read`:
   * writes as
   * with `all-sync`; a get goes to all routes and the first hit answers it. @default 'all-sync'
   */
  readonly mode?: 'all-sync' | 'all-async' | 'fastest-read' | undefined;
}

/** Copies the commands of a share of the keys to a second route and discards its replies (`shadow-route.ts`). */
export interface ShadowRouteSpec {
  /** The kind of this route. */
  readonly type: 'shadow';
  /** The route that answers. */
  readonly route: RouteSpec;
  /** The route that receives copies of the commands; its replies are discarded. */
  readonly shadow: RouteSpec;
  /** The share of the keys whose commands are copied, from 0 to 1. */
  readonly fraction: number;
}

/** Fills a cold cluster from a warm one (`warm-up-route.ts`). */
export interface WarmUpRouteSpec {
  /** The kind of this route. */
  readonly type: 'warm-up';
  /** The route that fills itself. */
  readonly cold: RouteSpec;
  /** The route that items are copied from. */
  readonly warm: RouteSpec;
  /** The time to live of copied items, in seconds. @default 3600 */
  readonly ttl?: number | undefined;
}

/** Caches items in the proxy for a short time (`front-cache-route.ts`). */
export interface FrontCacheRouteSpec {
  /** The kind of this route. */
  readonly type: 'front-cache';
  /** The route that answers misses of the cache, and all writes. */
  readonly route: RouteSpec;
  /** Keys that begin with one of these prefixes are cached; `''` stands for all keys. */
  readonly prefixes: readonly string[];
  /** How long an item stays in the cache, in milliseconds. */
  readonly lifespan: number;
  /** The number of items in the cache. @default 10000 */
  readonly maxItems?: number | undefined;
  /** The size of all keys and values in the cache, in bytes. @default 67108864 */
  readonly maxBytes?: number | undefined;
}

/** Refuses commands above a rate (`rate-limit-route.ts`). */
export interface RateLimitRouteSpec {
  /** The kind of this route. */
  readonly type: 'rate-limit';
  /** The route for commands within the limit. */
  readonly route: RouteSpec;
  /** The number of commands per second. */
  readonly perSecond: number;
  /** The number of commands that may arrive at once after a pause. @default perSecond */
  readonly burst?: number | undefined;
}

/** Refuses commands that change items (`read-only-route.ts`). */
export interface ReadOnlyRouteSpec {
  /** The kind of this route. */
  readonly type: 'read-only';
  /** The route for reads. */
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
