/** Checks the options of a proxy: every complaint names the option. Nothing is opened or dialled. */
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../../base/clock.ts';
import { InvalidOptionError } from '../../core/errors.ts';
import * as check from '../../core/option-checks.ts';
import { checkOptions } from '../../core/option-table.ts';
import type { FleetOptions } from '../../fleet/assemble.ts';
import { fleetOptions, type FleetSettings } from '../../fleet/options.ts';
import { resolveFleet } from '../../fleet/resolve.ts';
import { tlsProblem } from '../../net/certificates.ts';
import { formatAddress, type ListenAddress, listenAddressOf } from '../../net/transport.ts';
import { passwordsOf } from '../../session/passwords.ts';
import type { Authenticate } from '../../session/session-context.ts';
import type { ProxyStats } from '../stats.ts';
import { checkRoutes } from './check-routes.ts';
import {
  listenerDefaults,
  type ListenerSpec,
  proxyDefaults,
  proxyFleetDefaults,
  type ProxyOptions,
  type RouteSpec,
} from './options.ts';

/** A listener with nothing left open. */
export interface ResolvedListener extends Omit<typeof listenerDefaults, 'host' | 'port'> {
  readonly name: string;
  readonly address: ListenAddress;
  readonly mode: number | undefined;
  readonly tls: ListenerSpec['tls'];
  readonly route: string;
  readonly authenticate: Authenticate | undefined;
}

/** A fleet, and the settings that it was made of, for comparing. */
export interface ResolvedCluster {
  readonly settings: FleetSettings;
  readonly fleet: FleetOptions;
}

/** Options as the proxy uses them. */
export interface ResolvedProxyOptions {
  readonly listeners: readonly ResolvedListener[];
  readonly clusters: ReadonlyMap<string, ResolvedCluster>;
  readonly routes: Readonly<Record<string, RouteSpec>>;
  readonly closeTimeout: number;
  readonly version: string;
  readonly timings: boolean;
  readonly gatherStats: ((own: ProxyStats) => ProxyStats) | undefined;
  readonly clock: Clock;
}

const listenerChecks = check.options({
  name: check.name,
  host: check.text,
  port: check.whole(0, 65_535),
  path: check.text,
  fd: check.whole(3),
  mode: check.whole(0, 0o777),
  tls: check.object,
  route: check.text,
  protocols: check.someOf('text', 'meta', 'binary'),
  maxSessions: check.whole(1),
  idleTimeout: check.ms(0),
  stallTimeout: check.ms(1),
  requestTimeout: check.ms(0),
  handshakeTimeout: check.ms(1),
  maxInFlight: check.whole(1),
  maxOutput: check.whole(1),
  maxHeldOutput: check.whole(1),
  maxLine: check.whole(64),
  maxKey: check.whole(1, 250),
  maxItemSize: check.whole(1, 1024 * 1024 * 1024),
  users: check.object,
  authenticate: check.func,
  onNodeFailure: check.oneOf('error', 'miss'),
  allowFlush: check.boolean,
});

const checks = check.options({
  listeners: check.any,
  clusters: check.object,
  routes: check.object,
  closeTimeout: check.ms(0),
  version: check.word,
  timings: check.boolean,
  gatherStats: check.func,
  clock: check.object,
  random: check.func,
});

/** Throws InvalidOptionError. */
export function resolveProxyOptions(options: ProxyOptions): ResolvedProxyOptions {
  checks(options, '');
  const { gatherStats } = options;
  const { closeTimeout, version, timings } = { ...proxyDefaults, ...check.defined(options) };
  const clock = options.clock ?? systemClock;
  const clusters = new Map<string, ResolvedCluster>();
  for (const [name, settings] of Object.entries(options.clusters ?? check.fail('clusters', undefined, 'an object')))
    clusters.set(name, resolveCluster(name, settings, options, clock));
  const routes = options.routes ?? {};
  for (const kind of ['clusters', 'routes'] as const)
    for (const name of Object.keys(options[kind] ?? {})) checkName(name, kind);
  checkRoutes(routes, new Set(clusters.keys()));
  return {
    listeners: resolveListeners(options, clusters),
    clusters,
    routes,
    closeTimeout,
    version,
    timings,
    gatherStats,
    clock,
  };
}

function checkName(name: string, kind: 'clusters' | 'routes'): void {
  if (name !== '' && !check.hasControls(name)) return;
  const wanted = name === '' ? 'a text' : 'a text without control characters';
  throw new InvalidOptionError(`option "${kind}: a name" must be ${wanted}, not ${check.show(name)}`, kind);
}

/** Would a fleet of these settings be the same but for its nodes? */
export function isSameFleet(one: FleetSettings, other: FleetSettings): boolean {
  return isDeepStrictEqual({ ...check.defined(one), nodes: undefined }, { ...check.defined(other), nodes: undefined });
}

function resolveCluster(name: string, settings: FleetSettings, options: ProxyOptions, clock: Clock): ResolvedCluster {
  const path = check.memberOf('clusters', name);
  checkOptions(fleetOptions, settings, path);
  const exclusive = settings.pool?.exclusive === true;
  const { maxInFlight, ...bounds } = proxyFleetDefaults.pool;
  const pool = { ...bounds, ...(exclusive ? {} : { maxInFlight }), ...check.defined(settings.pool ?? {}) };
  const max = Math.max(pool.max, settings.pool?.max === undefined ? (settings.pool?.min ?? 0) : 0);
  const given = {
    clock,
    ...(options.random === undefined ? {} : { random: options.random }),
    ...check.defined(settings),
  };
  const fleet = check.inside(path, () => resolveFleet({ ...given, pool: { ...pool, max } }));
  return { settings, fleet: { ...fleet, flush: 'afterTurn', mergeGets: true } };
}

function resolveListeners(options: ProxyOptions, clusters: ReadonlyMap<string, unknown>): ResolvedListener[] {
  const specs: unknown = options.listeners;
  if (!Array.isArray(specs) || specs.length === 0) check.fail('listeners', specs, 'a list that is not empty');
  const listeners = options.listeners.map((spec, index) => resolveListener(spec, `listeners[${index}]`));
  const seen = new Set<string>();
  const names = new Set<string>();
  for (const [index, { address, name, route }] of listeners.entries()) {
    const path = `listeners[${index}]`;
    const where = formatAddress(address);
    if (seen.has(where) && !where.endsWith(':0')) {
      throw new InvalidOptionError(`two listeners have the address ${where}`, path);
    }
    seen.add(where);
    if (names.has(name) && name !== where)
      throw new InvalidOptionError(`two listeners have the name "${name}"`, `${path}.name`);
    names.add(name);
    if (!clusters.has(route) && !Object.hasOwn(options.routes ?? {}, route)) {
      throw new InvalidOptionError(`listener "${name}": there is no route or cluster "${route}"`, `${path}.route`);
    }
  }
  return listeners;
}

function resolveListener(spec: ListenerSpec, name: string): ResolvedListener {
  listenerChecks(spec, name);
  if (spec.route === undefined) check.fail(`${name}.route`, undefined, 'the name of a route or cluster');
  exclude(spec, name, 'path', 'host');
  exclude(spec, name, 'path', 'port');
  for (const other of ['host', 'port', 'path'] as const) exclude(spec, name, 'fd', other);
  exclude(spec, name, 'users', 'authenticate');
  if (spec.mode !== undefined && spec.path === undefined) {
    throw new InvalidOptionError(
      `option "${name}.mode" needs "path": only a Unix socket has permissions`,
      `${name}.mode`,
    );
  }
  checkCertificates(spec, name);
  const { host, port, ...all } = { ...listenerDefaults, ...check.defined(spec) };
  const address = listenAddressOf(spec, { host, port });
  return {
    ...all,
    address,
    route: spec.route,
    name: spec.name ?? formatAddress(address),
    mode: spec.mode,
    tls: spec.tls,
    authenticate: spec.users === undefined ? spec.authenticate : passwordsOf(spec.users, `${name}.users`),
    maxHeldOutput: Math.max(all.maxHeldOutput, all.maxOutput),
  };
}

function checkCertificates({ tls }: ListenerSpec, name: string): void {
  const cause = tls === undefined ? undefined : tlsProblem(tls);
  if (cause !== undefined)
    throw new InvalidOptionError(`option "${name}.tls": ${cause.message}`, `${name}.tls`, { cause });
}

function exclude(spec: ListenerSpec, name: string, one: keyof ListenerSpec, other: keyof ListenerSpec): void {
  if (spec[one] === undefined || spec[other] === undefined) return;
  throw new InvalidOptionError(
    `options "${name}.${one}" and "${name}.${other}" contradict each other`,
    `${name}.${one}`,
  );
}
