/** The options of a proxy, and their defaults. `resolve.ts` is the one place that reads them. */
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { proxyVersion } from '../../base/version.ts';
import {
  bytes,
  flag,
  func,
  type Kind,
  label,
  listOf,
  live,
  milliseconds,
  named,
  oneOf,
  table,
  text,
  whole,
  word,
} from '../../core/option-kinds.ts';
import { type Complete, defaultsOf, type OptionTable, withDefaults } from '../../core/option-table.ts';
import { fleetOptions, type FleetSettings } from '../../fleet/options.ts';
import type { Network } from '../../net/network.ts';
import {
  type ListenDefaults,
  listenDefaults,
  listenOptions,
  type ListenOptions,
} from '../../session/listen-options.ts';
import type { RouteSpec } from '../routes/registry.ts';
import { route } from '../routes/route-type.ts';
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
   * The number of keys that `Proxy.stats` shows as the hottest; 0 = none are looked for. Memory is kept for 16 times as
   * many. @default 0
   */
  readonly hotKeys?: number | undefined;
  /**
   * Replaces this process's statistics in replies to `stats`, for example by the sum over several worker processes.
   * @default the statistics of this process
   */
  readonly gatherStats?: ((own: ProxyStats) => ProxyStats) | undefined;
  /**
   * Asked for each client that a listener has accepted, before anything is read from it, with the address of the
   * listener: true = the socket is passed to another process, whose proxy takes it by `adopt`.
   * @default every client is served
   */
  readonly handOver?: ((socket: Socket, listener: string) => boolean) | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
  /** A source of random numbers from 0 to below 1; for tests. */
  readonly random?: (() => number) | undefined;
  /** Where connections come from, those to the nodes included; for tests. @default the sockets of this process */
  readonly network?: Network | undefined;
}

/** A TCP port or Unix socket that accepts clients, and the limits of each connection. */
export interface ListenerSpec extends ListenOptions {
  /** The name of the listener in errors and statistics. @default its address as given */
  readonly name?: string | undefined;
  /** The name of the route or cluster that serves the clients of this listener. */
  readonly route: string;
  /**
   * Connections open at the same time. The next one receives `ERROR Too many open connections` and is closed.
   * @default 20000
   */
  readonly maxSessions?: number | undefined;
  /**
   * Commands of one connection in flight; each key of a multi-key get counts. Further commands wait, and the socket is
   * not
   * read. @default 1024
   */
  readonly maxInFlight?: number | undefined;
  /** The longest request line in bytes, except that of a get. @default 2048 */
  readonly maxLine?: number | undefined;
  /** The longest key on the wire, in bytes. @default 250 */
  readonly maxKey?: number | undefined;
  /** The largest value in bytes. Nodes have their own limit, memcached's `-I`. @default 33554432 */
  readonly maxItemSize?: number | undefined;
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
const own = {
  name: { kind: label, defaultText: 'the address', about: 'its name in logs, metrics and statistics' },
  route: {
    kind: { ...text, wanted: 'the name of a route or cluster' },
    isRequired: true,
    about: 'the name of the route or cluster that serves its clients',
  },
  maxSessions: {
    kind: whole(1),
    default: 20_000,
    about: 'clients at the same time; the next one receives `ERROR Too many open connections` and is closed',
  },
  maxInFlight: {
    kind: whole(1),
    default: 1024,
    about: 'commands of one client in flight; at this limit its socket is not read',
  },
  maxLine: { kind: bytes(64), default: 2048, about: 'the longest request line, except that of a get' },
  maxKey: { kind: whole(1, 250), default: 250, about: 'the longest key, in bytes' },
  maxItemSize: {
    kind: bytes(1, 1024 * 1024 * 1024),
    default: 32 * 1024 * 1024,
    about: "the largest value; nodes have their own limit, memcached's `-I`",
  },
  onNodeFailure: {
    kind: oneOf('error', 'miss'),
    default: 'error',
    about:
      'the reply to a get whose node failed (no connection, a timeout, an ejected node, a closed pool, `SERVER_ERROR` from the node): `error` (`SERVER_ERROR` with the name of the node, or the error of the node) or `miss`. `CLIENT_ERROR` and refusals by the proxy are always errors',
  },
  allowFlush: {
    kind: flag,
    default: false,
    about:
      'forwards `flush_all` and administrative commands that change nodes to all nodes; otherwise they are refused',
  },
} satisfies OptionTable<Omit<ListenerSpec, keyof ListenOptions>>;

/** The options of a listener. */
export const listenerOptions: OptionTable<ListenerSpec> = { ...listenOptions, ...own };

/** The defaults that only listeners of a proxy have. */
export interface OwnListenerDefaults extends Complete<ListenerSpec, keyof ListenOptions | 'name' | 'route'> {}

/** The defaults of `ListenerSpec`. */
export const listenerDefaults: ListenDefaults & OwnListenerDefaults = Object.freeze({
  ...listenDefaults,
  ...defaultsOf(own),
});

/**
 * The defaults of a fleet behind a proxy that differ from a client's (`fleetDefaults`): one pipelined connection to a
 * node, a second one so that large values do not delay small ones; room for the commands of thousands of sessions in
 * one turn.
 */
export const proxyFleetDefaults: Readonly<{
  pool: Readonly<{ min: number; max: number; maxInFlight: number; maxWaiting: number }>;
}> = Object.freeze({
  pool: Object.freeze({ min: 1, max: 2, maxInFlight: 262_144, maxWaiting: 262_144 }),
});

/** The options of a fleet behind a proxy. */
export const proxyFleetOptions: OptionTable<FleetSettings> = {
  ...withDefaults(fleetOptions, proxyFleetDefaults),
  nodes: { ...fleetOptions.nodes, defaultText: 'required, except with `couchbase`' },
};

const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

const options = {
  listeners: {
    kind: { ...listOf(table<ListenerSpec>(listenerOptions), 'a list that is not empty'), fits: isList },
    isRequired: true,
    about: 'the sockets on which clients are accepted; at least one',
  },
  clusters: {
    kind: named(table<FleetSettings>(proxyFleetOptions)),
    isRequired: true,
    about: 'the fleets of nodes, by name',
  },
  routes: { kind: named(route as Kind<RouteSpec>), about: 'named routes, for listeners and for other routes' },
  closeTimeout: {
    kind: milliseconds(0),
    default: 5000,
    about: 'how long sessions may take to end when the proxy stops',
  },
  version: {
    kind: word,
    default: proxyVersion,
    about:
      "the reply to `version` (`--advertise-version`); clients derive features from it, and some parse it as a number. `stats` contains memfleet's own version (`STAT memfleet`)",
  },
  timings: { kind: flag, default: true, about: 'records a latency histogram for each node' },
  hotKeys: {
    kind: whole(0, 1000),
    default: 0,
    about: 'the number of keys to show as the [hottest](#hot-keys); 0 = none are looked for',
  },
  gatherStats: {
    kind: func<NonNullable<ProxyOptions['gatherStats']>>(),
    about: 'replaces the statistics of this process',
  },
  handOver: {
    kind: func<NonNullable<ProxyOptions['handOver']>>(),
    about: 'passes an accepted client to another process',
  },
  clock: { kind: live<Clock>(), about: 'the clock; for tests' },
  random: { kind: func<() => number>(), about: 'a source of random numbers; for tests' },
  network: { kind: live<Network>(), defaultText: 'sockets', about: 'where connections come from; for tests' },
} satisfies OptionTable<ProxyOptions>;

/** The options of a proxy. */
export const proxyOptions: OptionTable<ProxyOptions> = options;

/** The options of a proxy without a default. */
type Open = 'listeners' | 'clusters' | 'routes' | 'gatherStats' | 'handOver' | 'clock' | 'random' | 'network';

/** The defaults of `ProxyOptions`. */
export interface ProxyDefaults extends Complete<ProxyOptions, Open> {}

/** The defaults of `ProxyOptions`. */
export const proxyDefaults: ProxyDefaults = defaultsOf(options);
