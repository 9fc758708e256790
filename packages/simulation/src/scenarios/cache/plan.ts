/** What is drawn for the scenario `cache`. */
import { Draw } from '../../draw.ts';
import { drawFaults } from '../../faults.ts';
import { byTime, isOn, type Options, type Plan, type PlannedCall, type PlannedFault } from '../../plan.ts';
import { calm as calmFleet, clientNames, drawFleetOptions, nodeNames } from '../fleet/plan.ts';

/** The options of a calm run. */
export const calm: Options = {
  ...calmFleet,
  leaseWait: 2000,
  hardTimeout: 3000,
  errors: 'throw',
  // 0 = for ever, and no near cache.
  ttl: 0,
  near: 0,
  staleTtl: 0,
  staleOnError: 0,
  tags: false,
};

const weights = { load: 8, get: 6, set: 1, delete: 3, clear: 0.6, expire: 0.5, invalidate: 0.8, spoil: 0.4 } as const;

/** The tags of a key: of those outside of the namespace some have one, some two. */
export function tagsOf(options: Options, key: string): readonly string[] {
  if (!isOn(options, 'tags') || key.startsWith('s:')) return [];
  return tagsOfKeys[Number(key.slice(3)) % tagsOfKeys.length] ?? [];
}

const tagsOfKeys = [[], ['t1'], ['t2'], ['t1', 't2']] as const;

/** The tags that are invalidated by the n-th call. */
export function tagOf(number: number): string {
  return number % 2 === 0 ? 't1' : 't2';
}

/** A node that dies right after a clear. */
interface Loss {
  /** The time of the clear: virtual ms. */
  readonly since: number;
  readonly kill: PlannedFault & { readonly ms: number };
}

/** The new version may be on the node that dies: the next call, of any process, finds none. */
function drawLosses(draw: Draw, calls: readonly PlannedCall[], nodes: readonly string[]): Loss[] {
  return calls
    .filter(({ verb }) => verb === 'clear')
    .map(({ at }) => {
      const kill = { kind: 'kill', target: draw.pick(nodes), amount: draw.whole(0, 2) };
      return { since: at, kill: { ...kill, at: at + draw.pick([10, 30, 60]), ms: draw.pick([20, 100]) } };
    });
}

/** Whether it comes before the node is back: no process may know the new version but the one that made it. */
function isBetween({ at }: PlannedCall, { kill, since }: Loss): boolean {
  return at > since && at < kill.at + kill.ms;
}

/** The plan of a seed. */
export function planCache(seed: number): Plan {
  const draw = new Draw(seed, 'cache options');
  const drawn = drawFleetOptions(draw);
  const options: Options = {
    ...calm,
    ...drawn,
    // Without the meta protocol leases are weaker: docs/caching.md.
    protocol: 'meta',
    coalesce: false,
    exclusive: false,
    nodes: draw.pick([1, 2, 3]),
    clients: draw.pick([2, 2, 3]),
    serverConnections: 1024,
    errors: draw.pick(['throw', 'throw', 'miss']),
    ttl: draw.pick([0, 0, 1, 3]),
    near: draw.pick([0, 0, 100, 1000]),
    staleTtl: draw.pick([0, 0, 2]),
    staleOnError: draw.pick([0, 0, 3]),
    tags: draw.chance(0.5),
  };
  const drawnDuration = draw.pick([4000, 10_000]);
  const callers = clientNames(options);
  const callDraw = new Draw(seed, 'cache calls');
  const keys = callDraw.pick([1, 3, 6]);
  const rate = callDraw.pick([1, 10, 40, 100]);
  // Where calls are rare, values become old between them.
  const duration = rate === 1 ? 30_000 : drawnDuration;
  const calls: PlannedCall[] = [];
  for (const at of callDraw.times(1000 / rate, duration)) {
    const index = callDraw.whole(0, keys - 1);
    const key = `${index % 2 === 0 ? 's' : 'p'}:k${index}`;
    const verb = callDraw.weighted(weights);
    // The length is how long the loader takes, in ms: some take longer than they may.
    const length = callDraw.chance(0.95) ? callDraw.whole(1, 300) : 4000;
    calls.push({ at, caller: callDraw.pick(callers), verb, key, number: calls.length, length });
  }
  const nodes = nodeNames(options);
  const places = { servers: [...nodes, ...callers], dialers: callers };
  const isCalm = draw.chance(0.2);
  const faults = isCalm
    ? []
    : drawFaults(new Draw(seed, 'cache faults'), places, duration, draw.pick([150, 400, 1000, 3000])).filter(
        // A process may die, but nobody dials it.
        ({ kind, target }) => nodes.includes(target) || (kind !== 'refuse' && kind !== 'swallow'),
      );
  const lossDraw = new Draw(seed, 'cache losses');
  const losses = !isCalm && lossDraw.chance(0.25) ? drawLosses(lossDraw, calls, nodes) : [];
  const kills = losses.map(({ kill }) => kill);
  return {
    scenario: 'cache',
    seed,
    duration,
    options,
    calls: calls.filter((call) => !losses.some((loss) => isBetween(call, loss))),
    faults: byTime([...faults, ...kills]),
  };
}
