/** What is drawn for the scenario `sessions`. */
import { drawCalls, drawShape } from '../../draw-calls.ts';
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import { byTime, isCounterKey, type Options, type Plan, type PlannedCall, type PlannedFault } from '../../plan.ts';
import { type WireName, wires } from '../../wire/index.ts';
import type { RequestVerb } from '../../wire/request.ts';
import { clientNames, drawFleetOptions, nodeNames } from '../fleet/plan.ts';
import { calm as calmProxy, drawFleetBehind, drawReloads, proxyName, type ReloadShape } from '../proxy/plan.ts';

/** The options of a calm run. `wire`: the protocol of the sessions; `mixed` = each caller has another. */
export const calm: Options = {
  ...calmProxy,
  front: 'server',
  wire: 'text',
  listenerOutput: 1_048_576,
  onNodeFailure: 'error',
};

const names: readonly WireName[] = ['text', 'meta', 'binary'];

/** The protocol of a caller. */
export function wireNameOf({ wire }: Options, caller: string): WireName {
  return wire === 'mixed' ? (names[Number(caller.slice(1)) % names.length] as WireName) : (wire as WireName);
}

/** How the requests of a run are. */
interface RequestShape {
  readonly options: Options;
  readonly keys: readonly string[];
  /** Shares. */
  readonly quiet: number;
  readonly split: number;
  readonly odd: number;
}

const odd = ['noop', 'noop', 'unknown', 'long', 'multi'] as const;

/** Makes the call of a client one of a raw session. */
function drawRequest(draw: Draw, call: PlannedCall, shape: RequestShape): PlannedCall {
  const { at, caller, key, number, length } = call;
  const wire = wires[wireNameOf(shape.options, caller)];
  let verb = call.verb === 'cas' ? 'get' : call.verb;
  // Many requests without a reply are open: counters that come and go would make their search too large.
  if (verb === 'delete' && isCounterKey(key)) verb = 'incr';
  if (draw.chance(shape.odd)) verb = draw.pick(odd);
  const isKnown = verb === 'create' || wire.verbs.has(verb as RequestVerb);
  if (!isKnown || (verb === 'multi' && shape.keys.length === 0)) verb = 'get';
  const isQuiet = draw.chance(shape.quiet) && !['multi', 'noop', 'unknown', 'long'].includes(verb);
  const split = draw.chance(shape.split) ? { split: draw.whole(1, 60) } : {};
  const keys = verb === 'multi' ? { keys: Array.from({ length: draw.whole(2, 8) }, () => draw.pick(shape.keys)) } : {};
  return {
    at,
    caller,
    verb,
    key,
    number,
    ...(length === undefined ? {} : { length }),
    ...(isQuiet ? { isQuiet } : {}),
    ...split,
    ...keys,
  };
}

const ways = ['half-close', 'leave', 'reset-session', 'stall'] as const;

/** What the clients do to their connections. */
function drawWays(draw: Draw, callers: readonly string[], duration: number): PlannedFault[] {
  const faults: PlannedFault[] = [];
  const mean = draw.pick([400, 1000, 3000]);
  for (const at of draw.times(mean, duration)) {
    const kind = draw.pick(ways);
    faults.push({ at, kind, target: draw.pick(callers), ...(kind === 'stall' ? { ms: draw.whole(5, 1500) } : {}) });
  }
  return faults;
}

function drawOptions(draw: Draw): Options {
  const front = draw.pick(['server', 'proxy', 'proxy']);
  return {
    ...calm,
    ...drawFleetOptions(draw),
    coalesce: false,
    serverConnections: 1024,
    serverIdle: 0,
    front,
    nodes: front === 'server' ? 1 : draw.pick([1, 2, 3]),
    clients: draw.pick([1, 2, 3, 4]),
    wire: draw.pick(['text', 'meta', 'binary', 'mixed']),
    ...drawFleetBehind(draw),
    listenerInFlight: draw.pick([1, 16, 1024, 1024]),
    listenerOutput: draw.pick([1_048_576, 1_048_576, 2048]),
    onNodeFailure: draw.pick(['error', 'error', 'miss']),
  };
}

/** The least bandwidth, in bytes a ms: a window of bytes that are on their way arrives before the run ends. */
const slowest = 10;

function withBandwidth(fault: PlannedFault): PlannedFault {
  return fault.kind === 'slow' ? { ...fault, amount: Math.max(slowest, fault.amount ?? slowest) } : fault;
}

/** The new configurations of a run. */
const reloading: ReloadShape = { none: 0.6, means: [300, 2000] };

/** The plan of a seed. */
export function planSessions(seed: number): Plan {
  const draw = new Draw(seed, 'sessions options');
  const options = drawOptions(draw);
  const duration = draw.pick([1500, 4000]);
  const callers = clientNames(options);
  const drawn = drawCalls(new Draw(seed, 'sessions calls'), {
    callers,
    duration,
    ...drawShape(draw, { rate: [20, 60, 150], keys: [4, 8, 16], bursts: [0, 0.4, 0.8], largest: [60, 3000, 30_000] }),
  });
  const shape = {
    options,
    keys: [...new Set(drawn.map(({ key }) => key))].filter((key) => !isCounterKey(key)),
    quiet: draw.pick([0, 0.1, 0.4]),
    split: draw.pick([0, 0.05, 0.2]),
    odd: draw.pick([0, 0.05, 0.2]),
  };
  const requestDraw = new Draw(seed, 'sessions requests');
  const calls = drawn.map((call) => drawRequest(requestDraw, call, shape));
  const isProxied = options['front'] === 'proxy';
  const places = isProxied
    ? { servers: [...nodeNames(options), proxyName], dialers: [...callers, proxyName] }
    : { servers: nodeNames(options), dialers: callers };
  const faults = [
    ...drawFaults(new Draw(seed, 'sessions faults'), places, duration, draw.pick([150, 400, 1000, 4000])).map((fault) =>
      withBandwidth(fault),
    ),
    ...drawWays(new Draw(seed, 'sessions ways'), callers, duration),
    ...(isProxied ? drawReloads(new Draw(seed, 'sessions reloads'), duration, reloading) : []),
  ];
  return {
    scenario: 'sessions',
    seed,
    duration,
    options,
    calls,
    faults: byTime(faults),
  };
}
