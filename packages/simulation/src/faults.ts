/** The faults that a plan can have: what they do, and how they are drawn. */
import type { Draw } from './draw.ts';
import type { PlannedFault } from './plan.ts';
import type { Stage } from './stage.ts';

/** The places of a world, by their part in it. */
export interface Places {
  /** Nodes and proxies: they can be killed, and started again. */
  readonly servers: readonly string[];
  /** Who dials: clients, and proxies. */
  readonly dialers: readonly string[];
}

interface FaultKind {
  /** How often it is drawn. */
  readonly weight: number;
  draw(draw: Draw, places: Places): Omit<PlannedFault, 'at' | 'kind'>;
  strike(stage: Stage, fault: PlannedFault): void;
}

const shortest = 20;
/** The longest time that a process stands still, in ms. */
export const longestPause = 2500;

/** Most are short, some last longer than every timeout. */
function drawTime(draw: Draw): number {
  return Math.round(shortest + draw.wait(draw.chance(0.8) ? 300 : 2500));
}

const link = (draw: Draw, { dialers, servers }: Places): { readonly target: string; readonly other: string } => {
  return { target: draw.pick(dialers), other: draw.pick(servers) };
};

const deaths = ['reset', 'end', 'silent'] as const;

const kinds = {
  partition: {
    weight: 3,
    draw: (draw, places) => ({ ...link(draw, places), ms: drawTime(draw), amount: draw.whole(0, 2) }),
    strike({ world }, { amount, ms = 0, other = '', target }) {
      const [from, to] = amount === 2 ? [other, target] : [target, other];
      world.partition(world.host(from), world.host(to), { ms, oneWay: amount !== 0 });
    },
  },
  reset: {
    weight: 3,
    draw: link,
    strike: ({ world }, { other = '', target }) => world.reset(world.host(target), world.host(other)),
  },
  kill: {
    weight: 2,
    draw: (draw, { servers }) => ({ target: draw.pick(servers), ms: drawTime(draw), amount: draw.whole(0, 2) }),
    strike(stage, { amount = 0, ms = 0, target }) {
      stage.kill(target, deaths[amount] ?? 'reset');
      stage.world.after(ms, () => void stage.start(target));
    },
  },
  pause: {
    weight: 3,
    draw: (draw, { dialers, servers }) => ({
      target: draw.pick([...dialers, ...servers]),
      ms: Math.min(longestPause, drawTime(draw)),
    }),
    strike: (stage, { ms = 0, target }) => stage.pause(target, ms),
  },
  refuse: {
    weight: 1,
    draw: (draw, { servers }) => ({ target: draw.pick(servers), ms: drawTime(draw) }),
    strike: ({ world }, { ms = 0, target }) => world.refuse(world.host(target), ms),
  },
  swallow: {
    weight: 1,
    draw: (draw, { servers }) => ({ target: draw.pick(servers), ms: drawTime(draw) }),
    strike: ({ world }, { ms = 0, target }) => world.swallow(world.host(target), ms),
  },
  slow: {
    weight: 2,
    draw: (draw, places) => ({ ...link(draw, places), ms: drawTime(draw), amount: draw.pick([1, 10, 100]) }),
    strike: ({ world }, { amount = 1, ms = 0, other = '', target }) =>
      world.slow(world.host(target), world.host(other), { bytesPerMs: amount, ms }),
  },
  spike: {
    weight: 3,
    draw: (draw, places) => ({ ...link(draw, places), ms: drawTime(draw), amount: draw.pick([20, 150, 600]) }),
    strike: ({ world }, { amount = 1, ms = 0, other = '', target }) =>
      world.slow(world.host(target), world.host(other), { latency: amount, ms }),
  },
} satisfies Readonly<Record<string, FaultKind>>;

const byName: Readonly<Record<string, FaultKind>> = kinds;

const weights = Object.fromEntries(Object.entries(byName).map(([kind, { weight }]) => [kind, weight]));

/** The faults of a run, by their time. `mean`: ms between two. */
export function drawFaults(draw: Draw, places: Places, duration: number, mean: number): PlannedFault[] {
  const faults: PlannedFault[] = [];
  // Some runs have few kinds, so that others do not hide what they do.
  const share = draw.pick([1, 1, 0.4, 0.2]);
  const chosen = Object.fromEntries(Object.entries(weights).filter(() => draw.chance(share)));
  if (Object.keys(chosen).length === 0) return faults;
  for (const at of draw.times(mean, duration)) {
    const kind = draw.weighted(chosen);
    faults.push({ at, kind, ...(byName[kind] as FaultKind).draw(draw, places) });
  }
  return faults;
}

/** Whether it is a fault of this table, not a change that a scenario makes. */
export function isFault({ kind }: PlannedFault): boolean {
  return kind in byName;
}

/** Lets a fault happen. */
export function strike(stage: Stage, fault: PlannedFault): void {
  const kind = byName[fault.kind];
  if (kind === undefined) throw new Error(`there is no fault ${fault.kind}`);
  // A smaller plan may have fewer nodes.
  if ([fault.target, fault.other].some((name) => name !== undefined && !stage.processes.has(name))) return;
  stage.count(fault.kind);
  stage.world.note(`FAULT ${fault.kind} ${fault.target} ${fault.other ?? ''} ${fault.ms ?? ''} ${fault.amount ?? ''}`);
  kind.strike(stage, fault);
}
