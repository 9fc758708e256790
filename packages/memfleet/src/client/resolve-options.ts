import type { FleetOptions } from '../assemble.ts';
/** Checks options at the door. Every complaint names the option and what it takes. */
import { systemClock } from '../base/clock.ts';
import * as check from '../base/option-checks.ts';
import { type ConfigSource, FunctionSource, staticSource } from '../cluster/config-source.ts';
import type { Locator, LocatorProfile } from '../cluster/locator/locator.ts';
import { locatorProfile } from '../cluster/locator/registry.ts';
import { type ClusterNode, type NodeInput, parseNodes } from '../cluster/node-spec.ts';
import { InvalidOptionError } from '../errors.ts';
import type { TlsOptions } from '../net/dial.ts';
import type { ResolvedRetryOptions } from '../policy/retry.ts';
import type { ResolvedPoolOptions } from '../pool/options.ts';
import { clientDefaults, type ClientOptions } from './options.ts';

const { complain, func, ms, object, whole } = check;
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

const retryChecks = check.options({
  attempts: whole(0),
  delay: ms(0),
  jitter: share,
  budget: check.number(0, Infinity, 'a number from 0'),
});

const clientChecks = check.options({
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
  errors: check.oneOf('throw', 'miss'),
  maxItemSize: whole(1),
  pool: poolChecks,
  retry: (value, name) => {
    if (value !== false) retryChecks(value, name);
  },
  coalesce: check.boolean,
  transcoder: (value, name) => {
    const { encode, decode } = (value ?? {}) as { encode?: unknown; decode?: unknown };
    const isFit = typeof encode === 'function' && typeof decode === 'function';
    if (!isFit) complain(name, value, 'an object with encode and decode');
  },
  ttl: check.number(0, Infinity, 'seconds from 0'),
  prefix: check.anyText,
  username: check.text,
  password: check.anyText,
  tls: (value, name) => {
    if (typeof value !== 'boolean') object(value, name);
  },
  keepAliveDelay: ms(0),
  refreshInterval: ms(0),
  clock: object,
  random: func,
});

function resolvePool(given: ClientOptions['pool']): ResolvedPoolOptions {
  const { pool: defaults } = clientDefaults;
  const pool = {
    ...defaults,
    ...check.given(given ?? {}),
    backoff: { ...defaults.backoff, ...check.given(given?.backoff ?? {}) },
  };
  if (given?.exclusive === true && given.maxInFlight !== undefined) {
    throw new InvalidOptionError(
      'options "pool.exclusive" and "pool.maxInFlight" contradict each other: exclusive is one command in flight',
    );
  }
  if (pool.min > pool.max) {
    if (given?.min === undefined) return { ...pool, min: pool.max };
    throw new InvalidOptionError(`option "pool.min" (${pool.min}) must not be above "pool.max" (${pool.max})`);
  }
  return pool;
}

function resolveRetry(given: ClientOptions['retry']): ResolvedRetryOptions {
  return given === false
    ? { ...clientDefaults.retry, attempts: 0 }
    : { ...clientDefaults.retry, ...check.given(given ?? {}) };
}

function resolveSource(given: ClientOptions, clock: FleetOptions['clock'] & object): ConfigSource {
  const nodes = given.nodes ?? clientDefaults.nodes;
  if (typeof nodes === 'function')
    return new FunctionSource(nodes, clock, given.refreshInterval ?? clientDefaults.refreshInterval);
  if (given.refreshInterval !== undefined)
    throw new InvalidOptionError('option "refreshInterval" needs "nodes" to be a function');
  const list = resolveNodes(nodes);
  if (list.length === 0) throw new InvalidOptionError('option "nodes" is an empty list');
  return staticSource(list);
}

/** Reads a node list as users write it. Throws InvalidOptionError. */
export function resolveNodes(nodes: string | readonly NodeInput[]): ClusterNode[] {
  if (typeof nodes === 'string') return parseNodes(nodes.split(/[,\s;]+/).filter((part) => part !== ''));
  if (!Array.isArray(nodes)) complain('nodes', nodes, 'a text, a list or a function');
  return parseNodes(nodes as readonly NodeInput[]);
}

function resolveLocator(given: ClientOptions): (nodes: readonly ClusterNode[]) => Locator {
  const locator = given.locator ?? clientDefaults.locator;
  const isProfile = typeof locator === 'object' && locator !== null && typeof locator.create === 'function';
  if (typeof locator !== 'string' && !isProfile) complain('locator', locator, 'a name or a profile');
  const profile: LocatorProfile = typeof locator === 'string' ? locatorProfile(locator) : locator;
  // Made once here, so that a bad combination shows at the door and not at the first change of the nodes.
  const settings = given.hashTag === undefined ? {} : { hashTag: given.hashTag };
  profile.create([], settings);
  return (nodes) => profile.create(nodes, settings);
}

function resolveTls(tls: ClientOptions['tls']): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  return tls === true ? {} : tls;
}

/** Throws InvalidOptionError. */
export function resolveOptions(given: ClientOptions<never>): FleetOptions {
  clientChecks(given, '');
  const { username, password } = given;
  if ((username === undefined) !== (password === undefined)) {
    throw new InvalidOptionError('options "username" and "password" need each other');
  }
  const clock = given.clock ?? systemClock;
  const isEquivalent = given.locator === 'round-robin';
  if (isEquivalent && given.failure !== undefined && given.failure !== 'redistribute') {
    throw new InvalidOptionError(
      `options "locator": "round-robin" and "failure": "${given.failure}" contradict each other: any node will do`,
    );
  }
  const chosen = { ...clientDefaults, ...check.given(given) };
  return {
    source: resolveSource(given, clock),
    createLocator: resolveLocator(given),
    protocol: chosen.protocol,
    credentials: username === undefined || password === undefined ? undefined : { username, password },
    tls: resolveTls(given.tls),
    keepAliveDelay: chosen.keepAliveDelay,
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
    random: given.random,
  };
}
