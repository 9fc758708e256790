/** What is drawn for the scenario `migration`. */
import { drawCalls, drawShape } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import { byTime, isCounterKey, type Options, type Plan, type PlannedCall, type PlannedFault } from '../../plan.ts';
import { calm as calmFleet, clientNames, drawFleetOptions, halfOf, nodeNames } from '../fleet/plan.ts';

/** The options of a calm run. The first half of the nodes is the old fleet, the second half the new one. */
export const calm: Options = { ...calmFleet, nodes: 2, strikes: 'none' };

/** Of the phases of a migration: their index is the `amount` of a change. */
export const phases = ['old', 'write-both', 'read-new', 'new'] as const;

/** Before a change of the phase nothing is in flight: ms. */
const quiet = 200;

/** All clients change their phases one after the other, and none is two phases behind another. */
function drawPhases(draw: Draw, callers: readonly string[], duration: number): PlannedFault[] {
  const changes: PlannedFault[] = [];
  const steps = [1, 2, ...draw.pick([[], [1, 2], [1, 2, 1, 2]]), ...draw.pick([[], [3]])];
  const gap = duration / (steps.length + 1);
  for (const [index, amount] of steps.entries())
    for (const target of callers)
      changes.push({ at: gap * (index + 1) + draw.next() * gap * 0.3, kind: 'phase', target, amount });
  return changes;
}

const verbs: Readonly<Partial<Record<PlannedCall['verb'], PlannedCall['verb']>>> = {
  // The fleet that is asked may not have what the other one has.
  add: 'set',
  replace: 'set',
  cas: 'get',
  create: 'incr',
};

/** Keys that nobody deletes: a read of them never misses before the phase `new`. */
export function isHeld(key: string): boolean {
  return key.startsWith('k') && Number(key.slice(1)) % 2 === 0;
}

function callOf(call: PlannedCall, isOver: boolean): PlannedCall {
  const { key, length = 30, verb } = call;
  let wanted = verbs[verb] ?? verb;
  if (wanted === 'delete' && isHeld(key)) wanted = 'get';
  // What only the old fleet had is gone.
  if (isOver && wanted !== 'get') wanted = 'set';
  return { ...call, verb: wanted, length };
}

function drawStrikes(seed: number, options: Options, duration: number): PlannedFault[] {
  const nodes = nodeNames(options);
  const callers = clientNames(options);
  const { strikes } = options;
  if (strikes === 'none') return [];
  const olds = halfOf(nodes, 0);
  const places = { servers: strikes === 'new' ? halfOf(nodes, 1) : nodes, dialers: callers };
  const faults = drawFaults(new Draw(seed, 'migration faults'), places, duration, 400);
  // A node that dies loses its items.
  return faults.filter(({ kind, target }) => kind !== 'kill' || !olds.includes(target));
}

/** The plan of a seed. */
export function planMigration(seed: number): Plan {
  const draw = new Draw(seed, 'migration options');
  const strikes = draw.pick(['none', 'none', 'new', 'all']);
  const options: Options = {
    ...calm,
    ...drawFleetOptions(draw),
    coalesce: false,
    exclusive: false,
    serverConnections: 1024,
    serverIdle: 0,
    // Without faults nothing may fail.
    ...(strikes === 'none'
      ? { timeout: 1000, maxInFlight: 16_384, latency: draw.pick([0.1, 1]), cut: 'segments' }
      : {}),
    nodes: draw.pick([2, 4]),
    clients: strikes === 'none' ? draw.pick([1, 1, 2]) : draw.pick([1, 2, 3]),
    strikes,
  };
  const duration = draw.pick([4000, 8000]);
  const callers = clientNames(options);
  const changes = drawPhases(new Draw(seed, 'migration phases'), callers, duration);
  const over = changes.find(({ amount }) => amount === 3)?.at ?? Infinity;
  const drawn = drawCalls(new Draw(seed, 'migration calls'), {
    callers,
    duration,
    ...drawShape(draw, { rate: [20, 60, 150], keys: [4, 8, 12], bursts: [0, 0.3, 0.7], largest: [60, 3000] }),
  });
  const calls = drawn
    .filter(({ at }) => !changes.some((change) => at <= change.at && change.at < at + quiet))
    .filter(({ at, key }) => at < over || !isCounterKey(key))
    .map((call) => callOf(call, call.at >= over));
  const faults = byTime([...changes, ...drawStrikes(seed, options, duration)]);
  return { scenario: 'migration', seed, duration, options, calls, faults };
}
