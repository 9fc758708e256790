import { checkKeys } from '../../check/check-keys.ts';
import { coalesced } from '../../check/coalesced.ts';
import { checkLoads } from '../../check/one-load.ts';
import { bothAre } from '../../check/order.ts';
import { drawCalls, drawShape } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import type { Operation } from '../../history.ts';
import type { LoadRoom } from '../../perform-load.ts';
import { isOn, numberIn, type Options, type Plan } from '../../plan.ts';
import type { Scenario } from '../../scenario.ts';
import { closeAll, startClients, startNodes } from '../fleet/cast.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { calm, clientNames, drawFleetOptions, nodeNames, nodesOf } from '../fleet/plan.ts';
import { type Gather, mayRetryGets, runFleet } from '../fleet/run.ts';

/** The plan of a seed: half of the gets load what they miss. */
function planLoads(seed: number): Plan {
  const draw = new Draw(seed, 'loads options');
  const options: Options = {
    ...calm,
    ...drawFleetOptions(draw),
    coalesce: false,
    serverConnections: 1024,
    nodes: draw.pick([1, 2]),
    clients: draw.pick([1, 2, 3]),
  };
  const duration = draw.pick([3000, 6000]);
  const callers = clientNames(options);
  const drawn = drawCalls(new Draw(seed, 'loads calls'), {
    callers,
    duration,
    ...drawShape(draw, { rate: [20, 60, 120], keys: [3, 6, 12], bursts: [0, 0.3, 0.6], largest: [60, 3000] }),
    counters: 0,
  });
  const loads = new Draw(seed, 'loads which');
  const calls = drawn.map((call) =>
    call.verb === 'get' && loads.chance(0.5) ? ({ ...call, verb: 'load', length: 30 } as const) : call,
  );
  const places = { servers: nodeNames(options), dialers: callers };
  const faults = drawFaults(new Draw(seed, 'loads faults'), places, duration, draw.pick([150, 400, 1000]));
  return { scenario: 'loads', seed, duration, options, calls, faults };
}

/** The operations of a key; those that may have joined another may be as old as that. */
function withJoined(operations: readonly Operation[], reads: ReadonlySet<number>): Operation[] {
  const old = new Map(coalesced(operations.filter(({ id }) => reads.has(id))).map((read) => [read.id, read]));
  return operations.map((operation) => old.get(operation.id) ?? operation);
}

const gather: Gather = async (stage, { options }) => {
  const servers = await startNodes(stage, options);
  const nodes = nodesOf(options);
  const clients = await startClients(stage, options, (host) => ({ nodes, ...fleetOf(options, host) }));
  const [client] = clients.values();
  const room: LoadRoom = { loadings: [], reads: new Set(), sleep: (ms) => stage.world.sleep(ms) };
  return {
    clients,
    homeOf: (key) => client?.nodeOf(key),
    load: { room },
    check(keys) {
      const problems = checkLoads(room.loadings, numberIn(options, 'timeout'), stage.standstills);
      const areGetsRetried = mayRetryGets(options);
      // A load stores what it has when it has it.
      const joined = new Map([...keys].map(([key, list]) => [key, withJoined(list, room.reads)]));
      // A call that loads has no place in the order: it may have joined another.
      const isPlain = ({ id }: Operation): boolean => !room.reads.has(id);
      const keepsOrder = isOn(options, 'exclusive') ? false : bothAre(isPlain);
      const report = checkKeys(joined, { rule: 'M1', canEvict: false, areGetsRetried, keepsOrder });
      return { ...report, problems: [...problems, ...report.problems] };
    },
    closers: [closeAll(clients), closeAll(servers)],
  };
};

/** Clients that load what they miss. */
export const loads: Scenario = {
  name: 'loads',
  about: 'clients that load what they miss by getOrSet',
  sometimes: ['load', 'loaded', 'eject', 'ERR_TIMEOUT', 'ERR_CONNECT'],
  calm,
  plan: planLoads,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
