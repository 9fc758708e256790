/** What is drawn for the scenario `proxy`. */
import { drawCalls, drawShape } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import { byTime, type Options, type Plan, type PlannedFault } from '../../plan.ts';
import { calm as calmFleet, clientNames, drawFleetOptions, nodeNames } from '../fleet/plan.ts';

/** The options of a calm run. Those with `proxy` are of the fleet behind the proxy. */
export const calm: Options = {
  ...calmFleet,
  route: 'plain',
  'proxy protocol': 'meta',
  'proxy timeout': 500,
  'proxy retries': 1,
  'proxy coalesce': false,
  'proxy max': 2,
  'proxy ejectAfter': 3,
  'proxy maxInFlight': 2048,
  'proxy exclusive': false,
  listenerInFlight: 1024,
  listenerIdle: 0,
};

/** The name of the proxy's host. */
export const proxyName = 'p1';

/** How often the proxy gets a new configuration. */
export interface ReloadShape {
  /** The share of the runs without one. */
  readonly none: number;
  /** ms between two: one of these. */
  readonly means: readonly number[];
}

/** The new configurations of the proxy; `amount`: the connections to a node. */
export function drawReloads(draw: Draw, duration: number, { means, none }: ReloadShape): PlannedFault[] {
  const reloads: PlannedFault[] = [];
  if (draw.chance(none)) return reloads;
  for (const at of draw.times(draw.pick(means), duration))
    reloads.push({ at, kind: 'reload', target: proxyName, amount: draw.pick([1, 2, 4]) });
  return reloads;
}

/** The options of the fleet behind the proxy. */
export function drawFleetBehind(draw: Draw): Options {
  return {
    'proxy protocol': draw.pick(['auto', 'meta', 'text', 'binary']),
    'proxy timeout': draw.pick([100, 500, 1000]),
    'proxy retries': draw.pick([0, 1, 3]),
    'proxy coalesce': draw.chance(0.15),
    'proxy max': draw.pick([1, 2, 4]),
    'proxy ejectAfter': draw.pick([1, 3, 10]),
    'proxy maxInFlight': draw.pick([1, 3, 2048, 2048]),
  };
}

/** The new configurations of a run. */
const reloading: ReloadShape = { none: 0.5, means: [500, 2000] };

/** The plan of a seed. */
export function planProxy(seed: number): Plan {
  const draw = new Draw(seed, 'proxy options');
  const fleet = drawFleetOptions(draw);
  const nodeCount = draw.pick([1, 2, 3]);
  const clientCount = draw.pick([1, 2, 2, 3]);
  const route = draw.pick(['plain', 'plain', 'front-cache']);
  const options: Options = {
    ...calm,
    ...fleet,
    coalesce: false,
    nodes: nodeCount,
    clients: clientCount,
    route,
    ...drawFleetBehind(draw),
    // A get may then overtake a write.
    'proxy exclusive': draw.chance(0.4) && route === 'front-cache',
    listenerInFlight: draw.pick([1, 16, 1024, 1024]),
    listenerIdle: draw.pick([0, 0, 0, 1000]),
  };
  const duration = draw.pick([3000, 8000]);
  const clients = clientNames(options);
  const nodes = nodeNames(options);
  const isCached = options['route'] === 'front-cache';
  const calls = drawCalls(new Draw(seed, 'proxy calls'), {
    callers: clients,
    duration,
    ...drawShape(draw, {
      rate: [20, 100, 200],
      keys: [2, 6, 12],
      bursts: [0, 0.3, 0.8],
      ...(isCached ? {} : { ttls: [0, 0, 0.2] }),
      largest: [60, 3000, 30_000],
    }),
  });
  const places = { servers: [...nodes, proxyName], dialers: [...clients, proxyName] };
  const drawn = drawFaults(new Draw(seed, 'proxy faults'), places, duration, draw.pick([150, 400, 1000]));
  // The front cache may still have what a node has lost.
  const faults = isCached ? drawn.filter(({ kind, target }) => kind !== 'kill' || target === proxyName) : drawn;
  const all = [...faults, ...drawReloads(new Draw(seed, 'proxy reloads'), duration, reloading)];
  return { scenario: 'proxy', seed, duration, options, calls, faults: byTime(all) };
}
