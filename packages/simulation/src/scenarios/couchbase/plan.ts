/** What is drawn for the scenario `couchbase`. */
import { drawCalls, drawShape } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import { byTime, isOn, numberIn, type Options, type Plan, type PlannedFault } from '../../plan.ts';
import { calm as calmFleet, clientNames, drawFleetOptions, nodeNames } from '../fleet/plan.ts';

/** The options of a calm run. */
export const calm: Options = {
  ...calmFleet,
  protocol: 'binary',
  nodes: 1,
  replicas: 0,
  replica: 'never',
  moveDelay: 0,
  pollInterval: 2500,
  unordered: true,
  lag: 0,
  durability: 'none',
  collections: false,
};

/** What happens to the map, and how often. */
const changes = { rebalance: 3, move: 4, failover: 2, recollect: 1, busy: 2, lose: 2 } as const;

function drawChanges(draw: Draw, options: Options, duration: number): PlannedFault[] {
  const found: PlannedFault[] = [];
  const mean = draw.pick([500, 1500, 4000]);
  for (const at of draw.times(mean, duration)) {
    const kind = draw.weighted(changes);
    // A failover loses what has no copy.
    if (kind === 'failover' && numberIn(options, 'replicas') === 0) continue;
    if (kind === 'recollect' && !isOn(options, 'collections')) continue;
    const ms = draw.pick([0, 20, 200]);
    found.push({ at, kind, target: draw.pick(nodeNames(options)), amount: draw.whole(0, 15), ms });
  }
  return found;
}

/** The plan of a seed. */
export function planCouchbase(seed: number): Plan {
  const draw = new Draw(seed, 'couchbase options');
  const options: Options = {
    ...calm,
    ...drawFleetOptions(draw),
    protocol: 'binary',
    coalesce: false,
    exclusive: false,
    nodes: draw.pick([1, 2, 3, 3]),
    clients: draw.pick([1, 2, 2]),
    replicas: draw.pick([0, 1, 1, 2]),
    replica: draw.pick(['never', 'never', 'on-error']),
    moveDelay: draw.pick([0, 5, 50]),
    pollInterval: draw.pick([300, 2500]),
    unordered: draw.chance(0.6),
    lag: draw.pick([0, 0, 30, 300]),
    durability: draw.pick(['none', 'majority', 'majorityAndPersistActive', 'persistToMajority']),
    collections: draw.chance(0.4),
  };
  const duration = draw.pick([3000, 8000]);
  const callers = clientNames(options);
  const calls = drawCalls(new Draw(seed, 'couchbase calls'), {
    callers,
    duration,
    ...drawShape(draw, {
      rate: [20, 100, 200],
      keys: [4, 12],
      bursts: [0, 0.3, 0.8],
      ttls: [0, 0, 0.2],
      largest: [60, 3000, 30_000],
    }),
    replicas: numberIn(options, 'replicas') > 0,
    durables: options['durability'] === 'none' ? 0 : 0.4,
  });
  const faultDraw = new Draw(seed, 'couchbase faults');
  const places = { servers: nodeNames(options), dialers: callers };
  const faults = [
    ...drawFaults(faultDraw, places, duration, draw.pick([300, 1000, 3000])),
    ...drawChanges(faultDraw, options, duration),
  ];
  return {
    scenario: 'couchbase',
    seed,
    duration,
    options,
    calls,
    faults: byTime(faults),
  };
}
