/** Checks the options of a proxy: every error names the option. Nothing is opened or dialled. */
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../core/errors.ts';
import { defined, hasControls, inside, memberOf, show } from '../../core/option-checks.ts';
import { checkOptions } from '../../core/option-table.ts';
import type { FleetOptions } from '../../fleet/assemble.ts';
import type { FleetSettings } from '../../fleet/options.ts';
import { resolveFleet } from '../../fleet/resolve.ts';
import { tlsProblem } from '../../net/dial.ts';
import type { Network } from '../../net/network.ts';
import { formatAddress } from '../../net/transport.ts';
import { type ResolvedListenOptions, resolveListen } from '../../session/listen-options.ts';
import type { RouteSpec } from '../routes/registry.ts';
import type { ProxyStats } from '../stats.ts';
import { routeProblems, unknownName } from './check-routes.ts';
import {
  listenerDefaults,
  listenerOptions,
  type ListenerSpec,
  type OwnListenerDefaults,
  type ProxyDefaults,
  proxyDefaults,
  proxyFleetDefaults,
  proxyFleetOptions,
  proxyOptions,
  type ProxyOptions,
} from './options.ts';

/** A listener with all defaults filled in. */
export interface ResolvedListener extends ResolvedListenOptions, OwnListenerDefaults {
  readonly name: string;
  readonly route: string;
}

/** A fleet, and the settings from which it was made, for comparison. */
export interface ResolvedCluster {
  readonly settings: FleetSettings;
  readonly fleet: FleetOptions;
}

/** Options as the proxy uses them. */
export interface ResolvedProxyOptions extends ProxyDefaults {
  readonly listeners: readonly ResolvedListener[];
  readonly clusters: ReadonlyMap<string, ResolvedCluster>;
  readonly routes: Readonly<Record<string, RouteSpec>>;
  readonly gatherStats: ((own: ProxyStats) => ProxyStats) | undefined;
  readonly handOver: ProxyOptions['handOver'];
  readonly clock: Clock;
  readonly network: Network | undefined;
}

/** Throws InvalidOptionError: the first of the problems. */
export function resolveProxyOptions(options: ProxyOptions): ResolvedProxyOptions {
  checkOptions(proxyOptions, options, '');
  const problems: InvalidOptionError[] = [];
  const resolved = resolveAll(options, problems);
  if (problems[0] !== undefined) throw problems[0];
  return resolved;
}

/** All faults of the options; an empty list for valid ones. Nothing is opened or dialled. */
export function proxyProblems(options: ProxyOptions): readonly InvalidOptionError[] {
  const problems: InvalidOptionError[] = [];
  const isReadable = attempt(problems, () => {
    checkOptions(proxyOptions, options, '');
    return true;
  });
  if (isReadable === true) resolveAll(options, problems);
  return problems;
}

/** The result of `run`; undefined when it throws an InvalidOptionError, which is then one of the problems. */
function attempt<T>(problems: InvalidOptionError[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    problems.push(error);
    return undefined;
  }
}

function resolveAll(options: ProxyOptions, problems: InvalidOptionError[]): ResolvedProxyOptions {
  const { gatherStats, handOver, routes = {}, clock = systemClock, network } = options;
  const clusters = new Map<string, ResolvedCluster>();
  for (const [name, settings] of Object.entries(options.clusters)) {
    const cluster = attempt(problems, () => resolveCluster(name, settings, options, clock));
    if (cluster !== undefined) clusters.set(name, cluster);
  }
  for (const kind of ['clusters', 'routes'] as const)
    for (const name of Object.keys(options[kind] ?? {})) attempt(problems, () => checkName(name, kind));
  const names = new Set(Object.keys(options.clusters));
  problems.push(...routeProblems(routes, names));
  const listeners = options.listeners.flatMap((spec, index) => {
    const listener = attempt(problems, () => resolveListener(spec, `listeners[${index}]`));
    return listener === undefined ? [] : [{ listener, index }];
  });
  problems.push(...listenerProblems(listeners, new Set([...names, ...Object.keys(routes)])));
  return {
    ...proxyDefaults,
    ...defined(options),
    listeners: listeners.map(({ listener }) => listener),
    clusters,
    routes,
    gatherStats,
    handOver,
    clock,
    network,
  };
}

function checkName(name: string, kind: 'clusters' | 'routes'): void {
  if (name !== '' && !hasControls(name)) return;
  const wanted = name === '' ? 'a text' : 'a text without control characters';
  throw new InvalidOptionError(`option "${kind}: a name" must be ${wanted}, not ${show(name)}`, kind);
}

/** Whether fleets of these settings differ at most in their nodes. */
export function isSameFleet(one: FleetSettings, other: FleetSettings): boolean {
  return isDeepStrictEqual({ ...defined(one), nodes: undefined }, { ...defined(other), nodes: undefined });
}

function resolveCluster(name: string, settings: FleetSettings, options: ProxyOptions, clock: Clock): ResolvedCluster {
  const path = memberOf('clusters', name);
  checkOptions(proxyFleetOptions, settings, path);
  const exclusive = settings.pool?.exclusive === true;
  const { maxInFlight, ...bounds } = proxyFleetDefaults.pool;
  const pool = { ...bounds, ...(exclusive ? {} : { maxInFlight }), ...defined(settings.pool ?? {}) };
  const max = Math.max(pool.max, settings.pool?.max === undefined ? (settings.pool?.min ?? 0) : 0);
  const given = {
    clock,
    ...defined({ random: options.random, network: options.network }),
    ...defined(settings),
  };
  const fleet = inside(path, () => resolveFleet({ ...given, pool: { ...pool, max } }));
  return { settings, fleet: { ...fleet, flush: 'afterTurn', mergeGets: true } };
}

/** The conflicts between listeners: two with one address or name, an unknown route. */
function listenerProblems(
  listeners: readonly { readonly listener: ResolvedListener; readonly index: number }[],
  known: ReadonlySet<string>,
): InvalidOptionError[] {
  const addresses = new Set<string>();
  const names = new Set<string>();
  return listeners.flatMap(({ listener: { address, name, route }, index }) => {
    const path = `listeners[${index}]`;
    const where = formatAddress(address);
    const problems: InvalidOptionError[] = [];
    if (addresses.has(where) && !where.endsWith(':0'))
      problems.push(new InvalidOptionError(`two listeners have the address ${where}`, path));
    if (names.has(name) && name !== where)
      problems.push(new InvalidOptionError(`two listeners have the name "${name}"`, `${path}.name`));
    if (!known.has(route)) problems.push(unknownName(route, `${path}.route`, known));
    addresses.add(where);
    names.add(name);
    return problems;
  });
}

function resolveListener(spec: ListenerSpec, path: string): ResolvedListener {
  checkOptions(listenerOptions, spec, path);
  const listen = resolveListen(spec, path);
  checkCertificates(spec, path);
  const name = spec.name ?? formatAddress(listen.address);
  return { ...listenerDefaults, ...defined(spec), ...listen, route: spec.route, name };
}

function checkCertificates({ tls }: ListenerSpec, path: string): void {
  const cause = tls === undefined ? undefined : tlsProblem(tls);
  if (cause !== undefined)
    throw new InvalidOptionError(`option "${path}.tls": ${cause.message}`, `${path}.tls`, { cause });
}
