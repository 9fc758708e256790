/** The proxy of the scenario `routes`, and clients that speak to one route by themselves. */
import { type Client, type ClientOptions, createClient } from 'memfleet';
import type { ProxyOptions } from 'memfleet/proxy';
import type { Host } from 'memfleet/testing';
import { keysOf, numberIn, type Options, type Plan, textIn } from '../../plan.ts';
import type { Stage } from '../../stage.ts';
import { readResult } from '../../values.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { halfOf, nodesOf } from '../fleet/plan.ts';
import { clusterOf, proxyAddress } from '../proxy/cast.ts';
import type { Kind } from './plan.ts';

/** Where clients are served whose requests the route refuses. */
const refusingPort = 11_312;

/** The longest life of what a failover stores elsewhere: seconds. */
const failoverTtl = 3;

type Route = NonNullable<ProxyOptions['routes']>[string];

const both = ['first', 'second'];

const routes: Readonly<Record<Kind, (options: Options) => Route>> = {
  prefix: () => ({ type: 'prefix', routes: { n: 'second' }, otherwise: 'first' }),
  strip: () => ({ type: 'prefix', routes: { n: 'second', k: 'first' }, otherwise: 'first', strip: true }),
  'read-only': () => 'first',
  'rate-limit': () => 'first',
  shadow: (options) => ({ type: 'shadow', route: 'first', shadow: 'second', fraction: numberIn(options, 'fraction') }),
  failover: () => ({ type: 'failover', routes: both }),
  'failover-ttl': () => ({ type: 'failover', routes: both, ttl: failoverTtl }),
  'warm-up': () => ({ type: 'warm-up', cold: 'first', warm: 'second' }),
  'all-sync': () => ({ type: 'replicate', routes: both, mode: 'all-sync' }),
  'all-async': () => ({ type: 'replicate', routes: both, mode: 'all-async' }),
  'fastest-read': () => ({ type: 'replicate', routes: both, mode: 'fastest-read' }),
};

const refusing: Readonly<Partial<Record<Kind, Route>>> = {
  'read-only': { type: 'read-only', route: 'first' },
  'rate-limit': { type: 'rate-limit', route: 'first', perSecond: 5, burst: 3 },
};

/** The route of a plan. */
export function kindOf(options: Options): Kind {
  return textIn(options, 'route') as Kind;
}

/** The options of the proxy on a host. */
export function proxyOptions(options: Options, on: Host): ProxyOptions {
  const kind = kindOf(options);
  const refuse = refusing[kind];
  const maxInFlight = numberIn(options, 'listenerInFlight');
  return {
    listeners: [
      { ...proxyAddress, route: 'tried', maxInFlight },
      ...(refuse === undefined ? [] : [{ ...proxyAddress, port: refusingPort, route: 'refusing', maxInFlight }]),
    ],
    routes: { tried: routes[kind](options), ...(refuse === undefined ? {} : { refusing: refuse }) },
    clusters: {
      first: { nodes: halfOf(nodesOf(options), 0), ...clusterOf(options) },
      second: { nodes: halfOf(nodesOf(options), 1), ...clusterOf(options) },
    },
    ...on.options,
  };
}

/** Whether a client is one whose requests the route refuses: all but the first. */
export function isRefused(options: Options, name: string): boolean {
  return kindOf(options) in refusing && name !== 'c1';
}

/** The options of a client on a host. */
export function clientOptions(options: Options, on: Host): ClientOptions<string> {
  const port = isRefused(options, on.name) ? refusingPort : proxyAddress.port;
  return { nodes: `${proxyAddress.host}:${port}`, ...fleetOf(options, on) };
}

/** The key of an item on the nodes. */
export function storedKey(options: Options, key: string): string {
  return kindOf(options) === 'strip' ? key.slice(1) : key;
}

/** A client of one route's nodes. */
export function directClient(stage: Stage, options: Options, route: 0 | 1): Client<string> {
  const nodes = halfOf(nodesOf(options), route);
  const timeout = numberIn(options, 'timeout');
  return createClient<string>({ nodes, timeout, ...stage.world.host(`direct ${route}`).options });
}

/** Between two reads past the proxy: ms. */
const probeEvery = 100;

/** Reads the items of both routes by turns while the load lasts. */
export function probe(
  { stage, plan }: { readonly stage: Stage; readonly plan: Plan },
  directs: readonly [Client<string>, Client<string>],
  callers: readonly [string, string],
): void {
  const keys = keysOf(plan);
  const read = async (index: number): Promise<void> => {
    const route = index % 2 === 0 ? 0 : 1;
    const key = keys[(index >> 1) % keys.length] ?? '';
    // It may fail as others do.
    await Promise.allSettled([readInto(stage, directs[route], callers[route], key)]);
  };
  const count = Math.floor(plan.duration / probeEvery);
  for (let index = 0; index < count; index++) stage.world.after(index * probeEvery, () => void read(index));
}

/** Reads an item, or a counter, into the history. */
export async function readInto(
  stage: Stage,
  client: Client<string>,
  caller: string,
  key: string,
  as: string = key,
): Promise<string | undefined> {
  const { history } = stage;
  const operation = history.begin({ caller, key, verb: 'get' });
  try {
    const value = await client.get(as);
    history.end(operation, 'done', { result: readResult(key, value) });
    return value;
  } catch (error) {
    history.end(operation, 'open', { error: String(error) });
    throw error;
  }
}
