/** Reads the configuration on Moxi's command line. */
import type { FleetSettings, ListenerSpec, ProxyOptions, RouteSpec } from 'memfleet/proxy';
import type { ListenAddress } from '../../option-values.ts';
import { checkOptions } from '../config/check-options.ts';
import { ReadContext } from '../config/context.ts';
import { ConfigError, type ConfigProblem, formatPath } from '../config/problem.ts';
import { redactMessage } from '../config/redact.ts';
import { programDefaults } from '../program-options.ts';
import type { LoadedSettings } from '../settings.ts';
import { type MoxiFrontCache, type MoxiSettings, parseBehaviors, readBehaviors } from './behaviors.ts';
import { isFileName, joinLines, type MoxiPool, MoxiSyntaxError, parseClusterConfig } from './cluster-config.ts';

/** Moxi's options. */
export interface MoxiArguments {
  /** `-z`, or what stands at the end of its command line. */
  readonly cluster: string;
  /** `-Z`. */
  readonly behaviors?: string | undefined;
  /** Where to listen instead of on all interfaces. */
  readonly listen?: ListenAddress | undefined;
}

/** Throws ConfigError. */
export function loadMoxi(
  { cluster, behaviors = '', listen }: MoxiArguments,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LoadedSettings {
  const context = new ReadContext('.', environment);
  const pools = readPools(context, cluster);
  const source = isFileName(behaviors) ? behaviors : '-Z';
  const given = parseBehaviors(isFileName(behaviors) ? joinLines(readAt(context, behaviors), ',') : behaviors);
  const { settings, problems } = readBehaviors(given.behaviors, environment);
  const faults = [...given.problems, ...problems];
  if (faults.length > 0)
    throw new ConfigError(faults.map((fault) => ({ file: source, position: undefined, ...fault })));
  const proxy = optionsOf(pools, settings, listen);
  checkOptions(proxy, (path, message) => misfit('-z', message, formatPath(path)));
  return {
    settings: { ...programDefaults, proxy },
    origin: isFileName(cluster) ? cluster : 'the options of Moxi',
    notes: [...settings.notes.map((note) => `${source}: ${note}`), ...context.notes],
    files: context.files,
  };
}

function misfit(file: string, message: string, key = ''): ConfigProblem {
  return { file, position: undefined, key, message };
}

function readPools(context: ReadContext, cluster: string): MoxiPool[] {
  const isFile = isFileName(cluster);
  try {
    return parseClusterConfig(isFile ? joinLines(readAt(context, cluster), '\n') : cluster);
  } catch (error) {
    if (!(error instanceof MoxiSyntaxError)) throw error;
    throw new ConfigError([misfit(isFile ? cluster : '-z', error.message)]);
  }
}

function readAt(context: ReadContext, file: string): string {
  try {
    const text = context.read(file);
    if (redactMessage(text) !== text) context.noteSecrets(file);
    return text;
  } catch (error) {
    throw new ConfigError([misfit(file, (error as Error).message)]);
  }
}

/** Moxi listens on all interfaces. */
const everywhere = '0.0.0.0';

function optionsOf(
  pools: readonly MoxiPool[],
  settings: MoxiSettings,
  listen: ListenAddress | undefined,
): ProxyOptions {
  if (listen !== undefined && pools.length > 1)
    throw new ConfigError([misfit('--listen', 'cannot stand beside several ports in -z')]);
  const listeners: ListenerSpec[] = [];
  const clusters: Record<string, FleetSettings> = {};
  const routes: Record<string, RouteSpec> = {};
  for (const pool of pools) {
    const port = pool.kind === 'urls' ? settings.listenPort : pool.port;
    const name = pools.length === 1 ? 'moxi' : `moxi-${port}`;
    clusters[name] = clusterOf(pool, settings);
    const route = settings.frontCache === undefined ? name : `${name}-front`;
    if (settings.frontCache !== undefined) routes[route] = frontCacheRoute(name, settings.frontCache);
    listeners.push({
      ...(listen ?? { host: everywhere, port }),
      route,
      // For servers in a list Moxi turns the failure of a get into a miss.
      ...(pool.kind === 'list' ? { onNodeFailure: 'miss' } : {}),
    });
  }
  return {
    listeners,
    clusters,
    ...(Object.keys(routes).length === 0 ? {} : { routes }),
    ...(settings.timings === undefined ? {} : { timings: settings.timings }),
  };
}

function clusterOf(pool: MoxiPool, { fleet, locator, bucket, weight }: MoxiSettings): FleetSettings {
  if (pool.kind === 'list') {
    const nodes = pool.servers.map((server) => (weight === undefined ? server : { weight, ...server }));
    return { nodes, locator, ...fleet };
  }
  if (pool.kind === 'map') {
    // Moxi never says HELLO, so behind a map that was written by hand there may be stock memcached.
    const name = bucket ?? nameIn(pool.json);
    return { couchbase: { map: pool.json, hello: false, ...(name === undefined ? {} : { bucket: name }) }, ...fleet };
  }
  const name = bucket ?? bucketInUrls(pool.urls);
  const { username, password } = pool;
  const { username: _username, password: _password, ...rest } = fleet;
  return {
    couchbase: { urls: pool.urls, ...(name === undefined ? {} : { bucket: name }) },
    ...(username === undefined ? fleet : { ...rest, username, password }),
  };
}

/** The name that a document says of itself. What is wrong with the document is found later. */
function nameIn(json: string): string | undefined {
  try {
    const { name } = JSON.parse(json) as { readonly name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** `…/pools/default/bucketsStreaming/BUCKET` */
function bucketInUrls(urls: readonly string[]): string | undefined {
  const names = urls.map((url) => /\/(?:bucketsStreaming(?:Config)?|buckets|bs|b)\/([^/?#]+)/.exec(url)?.[1]);
  const name = names.find((found) => found !== undefined);
  return name === undefined ? undefined : decodeURIComponent(name);
}

function frontCacheRoute(cluster: string, { prefixes, exceptions, lifespan, maxItems }: MoxiFrontCache): RouteSpec {
  const cached: RouteSpec = { type: 'front-cache', route: cluster, prefixes, lifespan, maxItems };
  if (exceptions.length === 0) return cached;
  return {
    type: 'prefix',
    routes: Object.fromEntries(exceptions.map((prefix) => [prefix, cluster])),
    otherwise: cached,
  };
}
