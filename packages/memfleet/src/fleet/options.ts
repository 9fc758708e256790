import { type Clock, systemClock } from '../base/clock.ts';
import type { FailureMode } from '../cluster/cluster.ts';
import type { NodesFunction } from '../cluster/config-source.ts';
import { type DiscoveryOptions, sourceOfNodes } from '../cluster/discovery/node-list.ts';
import { repeatedName } from '../cluster/locator/lint.ts';
import type { Locator, LocatorProfile } from '../cluster/locator/locator.ts';
import { locatorProfile } from '../cluster/locator/registry.ts';
import type { ClusterNode, NodeInput } from '../cluster/node-spec.ts';
import { InvalidOptionError } from '../core/errors.ts';
import * as check from '../core/option-checks.ts';
import { couchbaseChecks, type CouchbaseOptions, resolveCouchbase } from '../couchbase/options.ts';
import type { ReplicaMode } from '../couchbase/replica-read.ts';
import type { TlsOptions } from '../net/dial.ts';
import { type ResolvedRetryOptions, retryDefaults, type RetryOptions } from '../policy/retry.ts';
import { poolDefaults, type PoolOptions, type ResolvedPoolOptions } from '../pool/options.ts';
import type { Protocol } from '../protocol/codec.ts';
/** How users say where the nodes are and how to treat them; the defaults; and the one place that reads them. Shared by the client and the proxy. */
import type { FleetOptions } from './assemble.ts';

/** How to reach a fleet of nodes. */
export interface FleetSettings {
  /**
   * The nodes: a string (`'a:11211,b'`), a list of strings or objects, or a function that returns a list. The default
   * port is
   * 11211. Discovery: `'dns+host:port'` (A and AAAA records), `'dnssrv+name'`, `'dnssrvnoa+name'` (SRV records, with
   * and
   * without resolving their hosts), `'elasticache://host:port'` or `'memorystore://…'` (a configuration endpoint).
   * @default '127.0.0.1:11211'
   */
  readonly nodes?: string | readonly NodeInput[] | NodesFunction | undefined;
  /**
   * How a key finds its node: `'ketama'` (libmemcached's weighted ketama), `'modulo'`, `'round-robin'` (all nodes are
   * equivalent: proxies), any other name of `locatorProfiles`, or a profile of your own. @default 'ketama'
   */
  readonly locator?: string | LocatorProfile | undefined;
  /** Hash only the part of a key between these two characters, such as `'{}'`. @default none */
  readonly hashTag?: string | undefined;
  /** The protocol of the nodes; `'auto'` asks each node. @default 'auto' */
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
   * The share of the nodes that may be ejected at the same time, rounded up. When all are, ejections are ignored.
   * @default 0.5
   */
  readonly ejectShare?: number | undefined;
  /**
   * The outcome for keys of an ejected node: `'fail'` (NodeEjectedError), `'miss'`, or `'redistribute'` (the next node
   * of the
   * ring; a node that comes back may then hold older values). Round-robin always continues with the next node.
   * @default 'fail'
   */
  readonly failure?: FailureMode | undefined;
  /** A bucket of a Couchbase or Membase cluster. `nodes` are then hosts of the cluster, with default port 11210. */
  readonly couchbase?: CouchbaseOptions | undefined;
  /**
   * `'on-error'`: a plain get whose active node fails, or does not reply in half of the timeout, is sent to the
   * replicas.
   * Couchbase only. @default 'never'
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
   * write
   * of another client that finished after the running get began. @default false
   */
  readonly coalesce?: boolean | undefined;
  /** The user name for SASL PLAIN or ASCII authentication. Needs `password`. */
  readonly username?: string | undefined;
  /** The password of `username`. */
  readonly password?: string | undefined;
  /** TLS to the nodes: true, or options of `tls.connect`. @default false */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Milliseconds without traffic after which the kernel probes a connection. @default 30000 */
  readonly keepAliveDelay?: number | undefined;
  /**
   * Milliseconds between two queries of a `nodes` function, DNS or a configuration endpoint; 0 = none after the first
   * answer.
   * @default 0 for a function, 30000 for DNS, 60000 for an endpoint
   */
  readonly refreshInterval?: number | undefined;
  /** The clock; for tests. */
  readonly clock?: Clock | undefined;
  /** A source of random numbers from 0 to below 1; for tests. */
  readonly random?: (() => number) | undefined;
}

/** The defaults of `FleetSettings`. */
export const fleetDefaults: {
  readonly nodes: string;
  readonly locator: string;
  readonly protocol: 'auto';
  readonly timeout: number;
  readonly connectTimeout: number;
  readonly ejectTime: number;
  readonly ejectAfter: number;
  readonly ejectGrowth: number;
  readonly ejectTimeMax: number;
  readonly ejectShare: number;
  readonly failure: FailureMode;
  readonly coalesce: boolean;
  readonly keepAliveDelay: number;
  readonly pool: ResolvedPoolOptions;
  readonly retry: ResolvedRetryOptions;
} = Object.freeze({
  nodes: '127.0.0.1:11211',
  locator: 'ketama',
  protocol: 'auto',
  timeout: 1000,
  connectTimeout: 1000,
  ejectTime: 4000,
  ejectAfter: 3,
  ejectGrowth: 2,
  ejectTimeMax: 60_000,
  ejectShare: 0.5,
  failure: 'fail',
  coalesce: false,
  keepAliveDelay: 30_000,
  pool: poolDefaults,
  retry: retryDefaults,
});

const { fail, func, ms, object, whole } = check;
const share = check.number(0, 1, 'a number from 0 to 1');
const factor = check.number(1, Infinity, 'a number from 1');

const poolChecks = check.options({
  min: whole(0),
  max: whole(1),
  warmUp: check.boolean,
  exclusive: check.boolean,
  maxInFlight: whole(1),
  maxWaiting: whole(0),
  acquireTimeout: ms(0),
  idleTimeout: ms(0),
  maxLifetime: ms(0),
  backoff: check.options({ initial: ms(0), max: ms(0), factor, jitter: share }),
});

/** SASL PLAIN ends its fields with NUL. What is given is a secret, so it is not shown. */
function credential(least: number): check.Check {
  return (value, name) => {
    if (typeof value === 'string' && value.length >= least && !value.includes('\0')) return;
    throw new InvalidOptionError(
      `option "${name}" must be a text without NUL${least === 0 ? '' : ', not empty'}`,
      name,
    );
  };
}

const retryChecks = check.options({
  attempts: whole(0),
  delay: ms(0),
  jitter: share,
  budget: check.number(0, Infinity, 'a number from 0'),
});

/** What each option of a fleet takes, for the tables of doors that take more. */
export const fleetChecks: Readonly<Record<string, check.Check>> = {
  nodes: check.any,
  locator: check.any,
  hashTag: check.text,
  protocol: check.oneOf('auto', 'meta', 'text', 'binary'),
  timeout: ms(1),
  connectTimeout: ms(1),
  ejectTime: ms(1),
  ejectAfter: whole(1),
  ejectGrowth: factor,
  ejectTimeMax: ms(1),
  ejectShare: share,
  failure: check.oneOf('redistribute', 'fail', 'miss'),
  couchbase: couchbaseChecks,
  replica: check.oneOf('never', 'on-error'),
  pool: poolChecks,
  retry: (value, name) => {
    if (value !== false) retryChecks(value, name);
  },
  coalesce: check.boolean,
  username: credential(1),
  password: credential(0),
  tls: (value, name) => {
    if (typeof value !== 'boolean') object(value, name);
  },
  keepAliveDelay: ms(0),
  refreshInterval: ms(0),
  clock: object,
  random: func,
};

function resolvePool(given: FleetSettings['pool']): ResolvedPoolOptions {
  const { pool: defaults } = fleetDefaults;
  const pool = {
    ...defaults,
    ...check.defined(given ?? {}),
    backoff: { ...defaults.backoff, ...check.defined(given?.backoff ?? {}) },
  };
  if (given?.exclusive === true && given.maxInFlight !== undefined) {
    throw new InvalidOptionError(
      'options "pool.exclusive" and "pool.maxInFlight" contradict each other: exclusive is one command in flight',
      'pool.exclusive',
    );
  }
  if (pool.min > pool.max) {
    if (given?.min === undefined) return { ...pool, min: pool.max };
    throw new InvalidOptionError(
      `option "pool.min" (${pool.min}) must not be above "pool.max" (${pool.max})`,
      'pool.min',
    );
  }
  return pool;
}

function resolveRetry(given: FleetSettings['retry']): ResolvedRetryOptions {
  return given === false
    ? { ...fleetDefaults.retry, attempts: 0 }
    : { ...fleetDefaults.retry, ...check.defined(given ?? {}) };
}

function resolveLocator(given: FleetSettings): (nodes: readonly ClusterNode[]) => Locator {
  const locator = given.locator ?? fleetDefaults.locator;
  const isProfile = typeof locator === 'object' && locator !== null && typeof locator.create === 'function';
  if (typeof locator !== 'string' && !isProfile) fail('locator', locator, 'a name or a profile');
  const profile: LocatorProfile = typeof locator === 'string' ? locatorProfile(locator) : locator;
  // Made once here, so that a bad combination shows here and not at the first change of the nodes.
  const settings = given.hashTag === undefined ? {} : { hashTag: given.hashTag };
  profile.create([], settings);
  return (nodes) => {
    const twice = repeatedName(profile, nodes);
    if (twice === undefined) return profile.create(nodes, settings);
    throw new InvalidOptionError(
      `nodes: two nodes have the name ${JSON.stringify(twice)} on the ring of ${profile.name}`,
      'nodes',
    );
  };
}

function resolveTls(tls: FleetSettings['tls']): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  return tls === true ? {} : tls;
}

/** Options that mean nothing to a Couchbase bucket, which places its keys itself. */
const conflictingOptions = ['locator', 'hashTag', 'refreshInterval'] as const;

type Endpoints = Pick<FleetOptions, 'source' | 'createLocator' | 'couchbase'>;
type EndpointsContext = Omit<DiscoveryOptions, 'refreshInterval' | 'resolver'> & Pick<FleetOptions, 'credentials'>;

/** Where the nodes are and which keys they have. */
function resolveEndpoints(given: FleetSettings, context: EndpointsContext): Endpoints {
  const { couchbase, nodes, refreshInterval } = given;
  if (couchbase === undefined) {
    if (given.replica === 'on-error') throw new InvalidOptionError('option "replica" needs "couchbase"', 'replica');
    const source = sourceOfNodes(nodes ?? fleetDefaults.nodes, { ...context, refreshInterval });
    return { source, createLocator: resolveLocator(given) };
  }
  for (const name of conflictingOptions)
    if (given[name] !== undefined) throw new InvalidOptionError(`option "${name}" contradicts "couchbase"`, name);
  if (given.protocol === 'meta' || given.protocol === 'text')
    throw new InvalidOptionError(
      `option "protocol": "${given.protocol}" contradicts "couchbase", which speaks binary`,
      'protocol',
    );
  if (given.failure === 'redistribute')
    throw new InvalidOptionError(
      'option "failure": "redistribute" contradicts "couchbase": nobody else has the keys',
      'failure',
    );
  if (typeof nodes === 'function')
    throw new InvalidOptionError('option "nodes" must be a text or a list beside "couchbase"', 'nodes');
  const bucket = resolveCouchbase(couchbase, { ...context, nodes });
  return {
    source: bucket.source,
    createLocator: (list, layout) => bucket.router.createLocator(list, layout),
    couchbase: { ...bucket, replica: given.replica ?? 'never' },
  };
}

/** Makes options of settings that were checked by `fleetChecks`. Throws InvalidOptionError for what contradicts itself. */
export function resolveFleet(given: FleetSettings): FleetOptions {
  const { username, password } = given;
  if ((username === undefined) !== (password === undefined)) {
    throw new InvalidOptionError(
      'options "username" and "password" need each other',
      username === undefined ? 'password' : 'username',
    );
  }
  const clock = given.clock ?? systemClock;
  const isEquivalent = given.locator === 'round-robin';
  if (isEquivalent && given.failure !== undefined && given.failure !== 'redistribute') {
    throw new InvalidOptionError(
      `options "locator": "round-robin" and "failure": "${given.failure}" contradict each other: any node will do`,
      'failure',
    );
  }
  const chosen = { ...fleetDefaults, ...check.defined(given) };
  const { keepAliveDelay } = chosen;
  const { random } = given;
  const tls = resolveTls(given.tls);
  const credentials = username === undefined || password === undefined ? undefined : { username, password };
  return {
    ...resolveEndpoints(given, { clock, random, tls, keepAliveDelay, credentials }),
    protocol: given.couchbase === undefined ? chosen.protocol : 'binary',
    credentials,
    tls,
    keepAliveDelay,
    connectTimeout: chosen.connectTimeout,
    timeout: chosen.timeout,
    health: {
      ejectAfter: chosen.ejectAfter,
      ejectTime: chosen.ejectTime,
      ejectGrowth: chosen.ejectGrowth,
      ejectTimeMax: Math.max(chosen.ejectTimeMax, chosen.ejectTime),
    },
    ejectShare: chosen.ejectShare,
    failure: isEquivalent ? 'redistribute' : chosen.failure,
    pool: resolvePool(given.pool),
    retry: resolveRetry(given.retry),
    coalesce: chosen.coalesce,
    limits: {},
    flush: 'microtask',
    mergeGets: false,
    clock,
    random,
  };
}
