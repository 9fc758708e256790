/** What is drawn for the scenario `routes`. */
import { drawCalls } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults, type Places } from '../../faults.ts';
import { numberIn, type Options, type Plan, type PlannedCall, type PlannedFault } from '../../plan.ts';
import { clientNames, drawFleetOptions, halfOf, nodeNames } from '../fleet/plan.ts';
import { calm as calmProxy, proxyName } from '../proxy/plan.ts';

/** What faults strike: `second` = the nodes of the second route, `clients` = the ways between clients and proxy. */
export type Strikes = 'none' | 'clients' | 'second' | 'all';

/** The name of a route. */
export type Kind =
  | 'prefix'
  | 'strip'
  | 'read-only'
  | 'rate-limit'
  | 'shadow'
  | 'failover'
  | 'failover-ttl'
  | 'warm-up'
  | 'all-sync'
  | 'all-async'
  | 'fastest-read';

/** The routes, and what is struck in their runs. */
const kinds: Readonly<Record<Kind, readonly Strikes[]>> = {
  prefix: ['all'],
  strip: ['all'],
  'read-only': ['all'],
  'rate-limit': ['all'],
  shadow: ['second', 'all'],
  failover: ['second', 'all'],
  'failover-ttl': ['all'],
  'warm-up': ['clients', 'all'],
  'all-sync': ['none', 'clients', 'all', 'all'],
  'all-async': ['none', 'clients', 'all'],
  'fastest-read': ['none', 'clients', 'all', 'all'],
};

/** Those that write to both routes. */
export const replicated: readonly Kind[] = ['all-sync', 'all-async', 'fastest-read'];

/** The options of a calm run. The first half of the nodes is the first route, the second half the second. */
export const calm: Options = { ...calmProxy, nodes: 2, route: 'prefix', strikes: 'none', fraction: 1 };

function placesOf(options: Options, strikes: Strikes): Places {
  const nodes = nodeNames(options);
  const clients = clientNames(options);
  if (strikes === 'clients') return { servers: [proxyName], dialers: clients };
  if (strikes === 'second') return { servers: halfOf(nodes, 1), dialers: [proxyName] };
  return { servers: [...nodes, proxyName], dialers: [...clients, proxyName] };
}

function drawStrikes(seed: number, options: Options, duration: number): PlannedFault[] {
  const draw = new Draw(seed, 'routes faults');
  const strikes = options['strikes'] as Strikes;
  if (strikes === 'none') return [];
  const isFailover = options['route'] === 'failover' || options['route'] === 'failover-ttl';
  // After the faults of a failover the first route is well again, and that is to be seen.
  const until = isFailover ? duration / 4 : duration;
  const faults = drawFaults(draw, placesOf(options, strikes), until, draw.pick([150, 400, 1000]));
  if (strikes === 'all') return faults;
  return faults.filter(({ kind, target }) => target !== proxyName || (kind !== 'kill' && kind !== 'pause'));
}

/** The first number of the writes behind a cas. */
const behindNumbers = 500_000;

/** Some gets become a cas, with a write right behind: the other routes store what the first has compared. */
function swapsOf(draw: Draw, call: PlannedCall, latency: number): PlannedCall[] {
  if (call.verb !== 'get' || !call.key.startsWith('k') || !draw.chance(0.3)) return [call];
  const swap: PlannedCall = { ...call, verb: 'cas', length: 30 };
  if (draw.chance(0.5)) return [swap];
  // While the item is read, four ways; then the cas is on its way.
  const at = call.at + latency * (4 + 3 * draw.next());
  return [swap, { ...swap, at, verb: 'set', number: behindNumbers + call.number }];
}

/** The plan of a seed. */
export function planRoutes(seed: number): Plan {
  const draw = new Draw(seed, 'routes options');
  const route = draw.pick(Object.keys(kinds) as Kind[]);
  const options: Options = {
    ...calm,
    ...drawFleetOptions(draw),
    coalesce: false,
    exclusive: false,
    serverConnections: 1024,
    serverIdle: 0,
    timeout: draw.pick([1000, 2000]),
    latency: draw.pick([0.1, 1]),
    cut: draw.pick(['whole', 'segments', 'anywhere']),
    window: draw.pick([65_536, 4096]),
    nodes: draw.pick([2, 4]),
    clients: draw.pick([1, 2, 3]),
    route,
    strikes: draw.pick<Strikes>(kinds[route]),
    fraction: draw.pick([1, 0.5]),
    'proxy protocol': draw.pick(['auto', 'meta', 'text', 'binary']),
    'proxy timeout': draw.pick([200, 500]),
    'proxy retries': draw.pick([0, 1]),
    'proxy max': draw.pick([1, 2, 4]),
    'proxy ejectAfter': draw.pick([1, 3, 10]),
  };
  const isFailover = route === 'failover' || route === 'failover-ttl';
  const duration = isFailover ? 16_000 : draw.pick([3000, 6000]);
  const calls = drawCalls(new Draw(seed, 'routes calls'), {
    callers: clientNames(options),
    duration,
    rate: isFailover ? 20 : draw.pick([20, 60, 120]),
    keys: isFailover ? draw.pick([6, 12]) : draw.pick([3, 6, 12]),
    counters: 0.25,
    bursts: draw.pick([0, 0.3, 0.6]),
    ttls: 0,
    largest: draw.pick([60, 3000]),
  });
  const swaps = new Draw(seed, 'routes swaps');
  return {
    scenario: 'routes',
    seed,
    duration,
    options,
    // The other routes store what the first has compared: more of that.
    calls: replicated.includes(route)
      ? calls.flatMap((call) => swapsOf(swaps, call, numberIn(options, 'latency')))
      : calls,
    faults: drawStrikes(seed, options, duration),
  };
}
