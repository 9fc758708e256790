/** What is drawn for the scenario `topology`. */
import { drawCalls, drawShape } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import { byTime, type Options, type Plan, type PlannedFault } from '../../plan.ts';
import { calm as calmFleet, clientNames, drawFleetOptions, nodeNames } from '../fleet/plan.ts';

/** The options of a calm run. */
export const calm: Options = { ...calmFleet, nodes: 2, strikes: 'none' };

/** Replaces lists: the bits of `amount` are the nodes that are in it. */
function drawChanges(draw: Draw, options: Options, duration: number): PlannedFault[] {
  const changes: PlannedFault[] = [];
  const all = 2 ** nodeNames(options).length - 1;
  const mean = draw.pick([100, 500, 1500]);
  for (const at of draw.times(mean, duration))
    changes.push({ at, kind: 'nodes', target: draw.pick(clientNames(options)), amount: draw.whole(1, all) });
  return changes;
}

/** The plan of a seed. */
export function planTopology(seed: number): Plan {
  const draw = new Draw(seed, 'topology options');
  const strikes = draw.pick(['none', 'all', 'all']);
  const options: Options = {
    ...calm,
    ...drawFleetOptions(draw),
    coalesce: false,
    serverConnections: 1024,
    serverIdle: 0,
    // Without faults nothing may fail.
    ...(strikes === 'none'
      ? { timeout: 1000, maxInFlight: 16_384, exclusive: false, latency: draw.pick([0.1, 1]), cut: 'segments' }
      : {}),
    nodes: draw.pick([2, 3, 4]),
    clients: draw.pick([1, 2]),
    strikes,
  };
  const duration = draw.pick([3000, 8000]);
  const callers = clientNames(options);
  const calls = drawCalls(new Draw(seed, 'topology calls'), {
    callers,
    duration,
    ...drawShape(draw, { rate: [20, 60, 150], keys: [2, 6, 12], bursts: [0, 0.3, 0.7], largest: [60, 3000] }),
  });
  const places = { servers: nodeNames(options), dialers: callers };
  const faults = [
    ...drawChanges(new Draw(seed, 'topology changes'), options, duration),
    ...(strikes === 'none'
      ? []
      : drawFaults(new Draw(seed, 'topology faults'), places, duration, draw.pick([300, 1000]))),
  ];
  return {
    scenario: 'topology',
    seed,
    duration,
    options,
    calls,
    faults: byTime(faults),
  };
}
