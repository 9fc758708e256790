/** The options of a fleet of nodes, shared by the client and the proxy. */
import type { Clock } from '../base/clock.ts';
import type { FailureMode } from '../cluster/cluster.ts';
import type { NodesFunction } from '../cluster/config-source.ts';
import { discoverySources } from '../cluster/discovery/registry.ts';
import type { LocatorProfile } from '../cluster/locator/locator.ts';
import type { NodeInput } from '../cluster/node-spec.ts';
import { InvalidOptionError } from '../core/errors.ts';
import {
  type Kind,
  flag,
  func,
  live,
  milliseconds,
  number,
  oneOf,
  table,
  tableOrFalse,
  text,
  whole,
} from '../core/option-kinds.ts';
import { type Complete, defaultsOf, type OptionTable } from '../core/option-table.ts';
import { type CouchbaseOptions, couchbaseOptions } from '../couchbase/options.ts';
import type { ReplicaMode } from '../couchbase/replica-read.ts';
import type { TlsOptions } from '../net/dial.ts';
import type { Network } from '../net/network.ts';
import { type ResolvedRetryOptions, retryDefaults, type RetryOptions, retryOptions } from '../policy/retry-options.ts';
import { poolDefaults, type PoolOptions, poolOptions, type ResolvedPoolOptions } from '../pool/options.ts';
import type { Protocol } from '../protocol/codec.ts';

/** How to reach a fleet of nodes. */
export interface FleetSettings {
  /**
   * The nodes: a string (`'a:11211,b'`), a list of strings or objects, or a function that returns a list. The default
   * port is 11211. Discovery: `'dns+host:port'` (A and AAAA records), `'dnssrv+name'`, `'dnssrvnoa+name'` (SRV records,
   * with and without resolving their hosts), `'elasticache://host:port'` or `'memorystore://…'` (a configuration
   * endpoint).
   * @default '127.0.0.1:11211'
   */
  readonly nodes?: string | readonly NodeInput[] | NodesFunction;
  /**
   * How a key finds its node: `'ketama'` (libmemcached's weighted ketama), `'modulo'`, `'round-robin'` (all nodes are
   * equivalent: proxies), any other name of `locatorProfiles`, or a profile of your own. @default 'ketama'
   */
  readonly locator?: string | LocatorProfile | undefined;
  /** Hash only the part of a key between these two characters, such as `'{}'`. @default none */
  readonly hashTag?: string | undefined;
  /** The protocol of the nodes; `'auto'` detects that of each node. @default 'auto' */
  readonly protocol?: Protocol | 'auto' | undefined;
  /** The time for a whole call in milliseconds: waiting, connecting, all attempts. @default 1000 */
  readonly timeout?: number | undefined;
  /**
   * The time from the dial to the first reply of the node in milliseconds, TLS and authentication included. @default
   * 1000
   */
  readonly connectTimeout?: number | undefined;
  /** How long a failing node is ejected (blacklisted) at first, in milliseconds. @default 4000 */
  readonly ejectTime?: number | undefined;
  /** The number of failures in a row that eject a node. @default 3 */
  readonly ejectAfter?: number | undefined;
  /** The factor by which each further ejection in a row is longer. @default 2 */
  readonly ejectGrowth?: number | undefined;
  /** The longest ejection in milliseconds. @default 60000 */
  readonly ejectTimeMax?: number | undefined;
  /**
   * Milliseconds between two probes of an ejected node: the first reply ends the ejection, which is then only the
   * longest time without the node. 0 = one probe, when the ejection is over. @default 0; 250 in a Couchbase bucket,
   * where no other node has the keys
   */
  readonly probeInterval?: number | undefined;
  /**
   * The share of the nodes that may be ejected at the same time, rounded up. When all are, ejections are ignored.
   * @default 0.5
   */
  readonly ejectShare?: number | undefined;
  /**
   * The outcome for keys of an ejected node: `'fail'` (NodeEjectedError), `'miss'`, or `'redistribute'` (the next node
   * of the ring; a node that comes back may then hold older values). Round-robin always continues with the next node.
   * @default 'fail'
   */
  readonly failure?: FailureMode | undefined;
  /** A bucket of a Couchbase or Membase cluster. `nodes` are then hosts of the cluster, with default port 11210. */
  readonly couchbase?: CouchbaseOptions | undefined;
  /**
   * `'on-error'`: a plain get whose active node fails, or does not reply in half of the timeout, is sent to the
   * replicas. Couchbase only. @default 'never'
   */
  readonly replica?: ReplicaMode | undefined;
  /** The pool of each node. */
  readonly pool?: PoolOptions | undefined;
  /**
   * Retries of commands that are safe to repeat; `false` = none. Later commands with the same key wait for the retry.
   */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * Sends equal gets that run at the same time once. Such a get sees all finished writes of this client, but may miss a
   * write of another client that finished after the running get began. @default false
   */
  readonly coalesce?: boolean | undefined;
  /** The user name for SASL PLAIN or ASCII authentication. Needs `password`. */
  readonly username?: string | undefined;
  /** The password of `username`. */
  readonly password?: string | undefined;
  /**
   * TLS to the nodes: true, or options of `tls.connect`. A certificate (`cert` and `key`, or `pfx`) is the login to a
   * Couchbase bucket. @default false
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Milliseconds without traffic after which the kernel probes a connection. @default 30000 */
  readonly keepAliveDelay?: number | undefined;
  /**
   * Milliseconds between two queries of a `nodes` function, DNS or a configuration endpoint; 0 = none after the first
   * reply.
   * @default 0 for a function, 30000 for DNS, 60000 for an endpoint
   */
  readonly refreshInterval?: number | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
  /** A source of random numbers from 0 to below 1; for tests. */
  readonly random?: (() => number) | undefined;
  /** Where connections come from; for tests. @default the sockets of this process */
  readonly network?: Network | undefined;
}

/** The list is parsed and checked when the fleet is resolved. */
const nodes: Kind<NonNullable<FleetSettings['nodes']>> = { name: 'nodes', wanted: 'a list of nodes', fits: () => true };

const locator: Kind<string | LocatorProfile> = { name: 'text', wanted: 'a name or a profile', fits: () => true };

const tls: Kind<boolean | TlsOptions> = {
  name: 'nodeTls',
  wanted: 'an object',
  fits: (value) => typeof value === 'boolean' || (typeof value === 'object' && value !== null),
};

/** SASL PLAIN ends its fields with NUL. The value is a secret, so the error does not show it. */
function credential(name: 'text' | 'secret', least: number): Kind<string> {
  const wanted = `a text without NUL${least === 0 ? '' : ', not empty'}`;
  const fits = (value: unknown): boolean => typeof value === 'string' && value.length >= least && !value.includes('\0');
  const check = (value: unknown, path: string): void => {
    if (!fits(value)) throw new InvalidOptionError(`option "${path}" must be ${wanted}`, path);
  };
  return { name, wanted, fits, check };
}

const discoveryIntervals = discoverySources.map(({ interval, what }) => `${interval / 1000} s for ${what}`).join(', ');

const urls = ['url', 'urls', 'uri', 'endpoint', 'endpoints', 'connection', 'connectionString', 'memcached'];

const options = {
  nodes: {
    kind: nodes,
    default: '127.0.0.1:11211',
    refusesUndefined: true,
    aka: [...'host hosts hostname server servers node address addresses port path socket'.split(' '), ...urls],
  },
  locator: {
    kind: locator,
    aka: ['algorithm', 'distribution', 'hash', 'hasher', 'hashing', 'hashRing', 'ring', 'strategy'],
    default: 'ketama',
  },
  hashTag: { kind: text },
  couchbase: {
    kind: table<CouchbaseOptions>(couchbaseOptions),
  },
  protocol: {
    kind: oneOf('auto', 'meta', 'text', 'binary'),
    default: 'auto',
  },
  timeout: {
    kind: milliseconds(1),
    default: 1000,
    aka: 'commandTimeout requestTimeout opTimeout operationTimeout timeoutMs socketTimeout kv_timeout kvTimeout'.split(
      ' ',
    ),
  },
  connectTimeout: {
    kind: milliseconds(1),
    default: 1000,
    aka: 'connTimeout connectionTimeout connectTimeoutMs connect_timeout kv_connect_timeout'.split(' '),
  },
  ejectTime: {
    kind: milliseconds(1),
    default: 4000,
    aka: ['failoverTime', 'reconnect', 'blacklistTime', 'deadTimeout', 'downRetryDelay'],
  },
  ejectAfter: {
    kind: whole(1),
    default: 3,
    aka: ['failures', 'maxFailures', 'serverFailureLimit'],
  },
  ejectGrowth: { kind: number(1), default: 2 },
  ejectTimeMax: { kind: milliseconds(1), default: 60_000 },
  probeInterval: {
    kind: milliseconds(0),
    defaultText: '0; 250 ms in a Couchbase bucket, where no other node has the keys',
  },
  ejectShare: {
    kind: number(0, 1),
    default: 0.5,
  },
  failure: {
    kind: oneOf('fail', 'miss', 'redistribute'),
    default: 'fail',
    aka: ['failover', 'failOverServers', 'remove', 'onFailure'],
  },
  replica: {
    kind: oneOf('never', 'on-error'),
    default: 'never',
  },
  pool: { kind: table<PoolOptions>(poolOptions), default: poolDefaults },
  retry: {
    kind: tableOrFalse<RetryOptions>(retryOptions),
    default: retryDefaults,
  },
  coalesce: {
    kind: flag,
    default: false,
  },
  username: {
    kind: credential('text', 1),
    aka: ['user'],
  },
  password: { kind: credential('secret', 0), aka: ['pass', 'passwd', 'pwd'] },
  tls: {
    kind: tls,
    aka: ['ssl', 'secure', 'enable_tls', 'certpath', 'truststorepath', 'trust_certificate', 'tls_verify'],
    default: false,
  },
  keepAliveDelay: {
    kind: milliseconds(0),
    default: 30_000,
    aka: ['keepAlive', 'keepAliveInitialDelay', 'tcpKeepAlive', 'tcp_keepalive', 'tcp_keep_alive_interval'],
  },
  refreshInterval: {
    kind: milliseconds(0),
    defaultText: `0 for a function, ${discoveryIntervals}`,
  },
  clock: { kind: live<Clock>() },
  random: { kind: func<() => number>() },
  network: { kind: live<Network>(), defaultText: 'sockets' },
} satisfies OptionTable<FleetSettings>;

/** The options of a fleet. */
export const fleetOptions: OptionTable<FleetSettings> = options;

/** The options without a default, and `tls`, which is resolved. */
type Open =
  | 'hashTag'
  | 'couchbase'
  | 'username'
  | 'password'
  | 'tls'
  | 'refreshInterval'
  | 'probeInterval'
  | 'clock'
  | 'random'
  | 'network';

/** The options whose defaults have a narrower type than the option. */
interface NarrowDefaults {
  readonly nodes: string;
  readonly locator: string;
  readonly protocol: 'auto';
  readonly pool: ResolvedPoolOptions;
  readonly retry: ResolvedRetryOptions;
}

/** The defaults of a fleet. */
export interface FleetDefaults extends Complete<FleetSettings, Open | keyof NarrowDefaults>, NarrowDefaults {}

/** The defaults of `FleetSettings`. */
export const fleetDefaults: FleetDefaults = defaultsOf(options);
