/** Resolves the options of a fleet to those of its layers. */
import { systemClock } from '../base/clock.ts';
import type { DiscoveryOptions } from '../cluster/discovery/discovery-source.ts';
import { sourceOfNodes } from '../cluster/discovery/node-list.ts';
import type { Locator } from '../cluster/locator/locator.ts';
import { repeatedName } from '../cluster/locator/node-name.ts';
import { locatorScheme } from '../cluster/locator/registry.ts';
import type { ClusterNode } from '../cluster/node-spec.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { defined, fail } from '../core/option-checks.ts';
import { checkCouchbase } from '../couchbase/check-options.ts';
import type { TlsOptions } from '../net/dial.ts';
import { resolveRetry } from '../policy/retry-options.ts';
import { resolvePool } from '../pool/options.ts';
import type { FleetOptions } from './assemble.ts';
import { FleetBucket } from './fleet-bucket.ts';
import { fleetDefaults, type FleetSettings } from './options.ts';

function resolveLocator(given: FleetSettings): Pick<FleetOptions, 'createLocator' | 'locator'> {
  const locator = given.locator ?? fleetDefaults.locator;
  const isProfile = typeof locator === 'object' && locator !== null && typeof locator.create === 'function';
  if (typeof locator !== 'string' && !isProfile) fail('locator', locator, 'a name or a profile');
  const scheme = typeof locator === 'string' ? locatorScheme(locator) : locator;
  // Made once here, so that a bad combination shows here and not at the first change of the nodes.
  const settings = defined({ hashTag: given.hashTag, random: given.random });
  scheme.create([], settings);
  const createLocator = (nodes: readonly ClusterNode[]): Locator => {
    const twice = repeatedName('traits' in scheme ? scheme.traits.names : scheme.names, nodes);
    if (twice === undefined) return scheme.create(nodes, settings);
    throw new InvalidOptionError(
      `nodes: two nodes have the name ${JSON.stringify(twice)} on the ring of ${scheme.name}`,
      'nodes',
    );
  };
  return { createLocator, locator: scheme.name };
}

function resolveTls(tls: FleetSettings['tls']): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  return tls === true ? {} : tls;
}

/** Options that conflict with a Couchbase bucket, which places its keys itself. */
const conflictingOptions = ['locator', 'hashTag', 'refreshInterval'] as const;

/**
 * Milliseconds between two dials of a node of a bucket that is away: no other node has its keys. The official SDK
 * dials every 100 to 500 ms.
 */
const bucketProbeInterval = 250;

type Endpoints = Pick<FleetOptions, 'source' | 'createLocator' | 'locator' | 'couchbase'>;
type EndpointsContext = Omit<DiscoveryOptions, 'refreshInterval' | 'resolver'> & Pick<FleetOptions, 'credentials'>;

/** Where the nodes are and which keys they have. */
function resolveEndpoints(given: FleetSettings, context: EndpointsContext): Endpoints {
  const { couchbase, nodes, refreshInterval } = given;
  if (couchbase === undefined) {
    if (given.replica === 'on-error') throw new InvalidOptionError('option "replica" needs "couchbase"', 'replica');
    const source = sourceOfNodes(nodes ?? fleetDefaults.nodes, { ...context, refreshInterval });
    return { source, ...resolveLocator(given) };
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
      'option "failure": "redistribute" contradicts "couchbase": no other node has the keys',
      'failure',
    );
  if (typeof nodes === 'function')
    throw new InvalidOptionError('option "nodes" must be a string or a list if "couchbase" is given', 'nodes');
  const checked = checkCouchbase(couchbase, { ...context, nodes });
  const bucket = new FleetBucket(checked, given.replica ?? fleetDefaults.replica);
  return {
    source: bucket,
    locator: 'vBuckets',
    createLocator: (list, layout) => bucket.createLocator(list, layout),
    couchbase: bucket,
  };
}

/**
 * Resolves settings that `fleetOptions` has checked. Throws InvalidOptionError for settings that conflict.
 */
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
  const chosen = { ...fleetDefaults, ...defined(given) };
  const { keepAliveDelay } = chosen;
  const { network, random } = given;
  const tls = resolveTls(given.tls);
  const credentials = username === undefined || password === undefined ? undefined : { username, password };
  return {
    ...chosen,
    couchbase: undefined,
    ...resolveEndpoints(given, { clock, network, random, tls, keepAliveDelay, credentials }),
    protocol: given.couchbase === undefined ? chosen.protocol : 'binary',
    credentials,
    tls,
    probeInterval: given.probeInterval ?? (given.couchbase === undefined ? 0 : bucketProbeInterval),
    ejectTimeMax: Math.max(chosen.ejectTimeMax, chosen.ejectTime),
    failure: isEquivalent ? 'redistribute' : chosen.failure,
    pool: resolvePool(given.pool, given.couchbase === undefined ? undefined : bucketProbeInterval),
    retry: resolveRetry(given.retry),
    policies: [],
    limits: {},
    flush: 'microtask',
    mergeGets: false,
    clock,
    random,
    network,
  };
}
