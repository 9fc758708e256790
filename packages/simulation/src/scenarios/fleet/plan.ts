/** What is drawn for the scenario `fleet`. */
import { drawCalls, drawShape } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import type { Options, Plan } from '../../plan.ts';
import { manyConnections, nodeAt } from './fleet-options.ts';

/** The options of a calm run: what shrinking goes back to. */
export const calm: Options = {
  nodes: 1,
  clients: 1,
  protocol: 'meta',
  failure: 'fail',
  timeout: 500,
  retries: 1,
  coalesce: false,
  exclusive: false,
  min: 1,
  max: 1,
  maxInFlight: 16_384,
  maxLifetime: 0,
  idleTimeout: 60_000,
  ejectAfter: 3,
  probeInterval: 0,
  serverConnections: manyConnections,
  serverIdle: 0,
  maxBytes: 67_108_864,
  latency: 0.1,
  jitter: 0,
  cut: 'whole',
  window: 65_536,
};

/** Where the nodes of a plan are. */
export function nodeNames(options: Options): readonly string[] {
  return names('n', options['nodes']);
}

/** The nodes of a plan as clients name them, `host:port`. */
export function nodesOf(options: Options): readonly string[] {
  return nodeNames(options).map((_, index) => nodeAt(index));
}

/** The first half of a list of nodes, or the second: the fleets of scenarios that have two. */
export function halfOf<T>(nodes: readonly T[], half: 0 | 1): readonly T[] {
  const middle = Math.ceil(nodes.length / 2);
  return half === 0 ? nodes.slice(0, middle) : nodes.slice(middle);
}

/** The clients of a plan. */
export function clientNames(options: Options): readonly string[] {
  return names('c', options['clients']);
}

function names(prefix: string, count: unknown): readonly string[] {
  return Array.from({ length: Number(count) }, (_, index) => `${prefix}${index + 1}`);
}

/** The network and the options that a fleet of any kind has. */
export function drawFleetOptions(draw: Draw): Options {
  return {
    protocol: draw.pick(['auto', 'meta', 'text', 'binary']),
    timeout: draw.pick([100, 200, 500, 1000]),
    retries: draw.pick([0, 1, 1, 3]),
    coalesce: draw.chance(0.15),
    exclusive: draw.chance(0.1),
    min: draw.pick([0, 1, 1, 2]),
    max: draw.pick([1, 2, 4]),
    maxInFlight: draw.pick([1, 3, 64, 16_384, 16_384]),
    maxLifetime: draw.pick([0, 0, 0, 1500]),
    idleTimeout: draw.pick([60_000, 500]),
    ejectAfter: draw.pick([1, 3, 3, 10]),
    probeInterval: draw.pick([0, 0, 250]),
    serverConnections: draw.pick([manyConnections, manyConnections, manyConnections, 3]),
    serverIdle: draw.pick([0, 0, 0, 1000]),
    latency: draw.pick([0.1, 0.1, 1, 10]),
    jitter: draw.pick([0, 0.2, 2]),
    cut: draw.pick(['whole', 'segments', 'segments', 'anywhere', 'anywhere', 'tiny']),
    window: draw.pick([65_536, 65_536, 4096, 512]),
  };
}

/** The plan of a seed. */
export function planFleet(seed: number): Plan {
  const draw = new Draw(seed, 'fleet options');
  const options: Options = {
    ...calm,
    ...drawFleetOptions(draw),
    nodes: draw.pick([1, 2, 3, 3, 4]),
    clients: draw.pick([1, 2, 2, 3]),
    failure: draw.pick(['fail', 'fail', 'fail', 'miss', 'redistribute']),
    maxBytes: draw.pick([67_108_864, 67_108_864, 67_108_864, 1_048_576]),
  };
  const duration = draw.pick([3000, 8000, 15_000]);
  const callers = clientNames(options);
  const servers = nodeNames(options);
  const calls = drawCalls(new Draw(seed, 'fleet calls'), {
    callers,
    duration,
    ...drawShape(draw, {
      rate: [20, 100, 200, 400],
      keys: [2, 6, 12],
      bursts: [0, 0.3, 0.8],
      ttls: [0, 0, 0.2],
      largest: [60, 3000, 30_000],
    }),
  });
  const faultDraw = new Draw(seed, 'fleet faults');
  const faults = drawFaults(faultDraw, { servers, dialers: callers }, duration, draw.pick([150, 400, 1000]));
  return { scenario: 'fleet', seed, duration, options, calls, faults };
}
