/**
 * One phase of a run: the callers of the shop use a cache while nodes die and come back.
 *
 *   traffic ─────────────────────────────────────────────────────────▶ stop
 *   outages    stop the node ─▶ ejected ─▶ restart ─▶ readmitted
 *   acts       of the scene: a node joins the cluster, another leaves
 *   rows       one a second
 *
 * Two phases are compared: pooled connections, and a socket per call with the same callers, seed and outages at the
 * same moments, for the same time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Audit } from './audit.ts';
import type { Cache } from './cache.ts';
import { Catalogue } from './catalogue.ts';
import type { Row } from './live-view.ts';
import { type Measure, Meter } from './meter.ts';
import { logEjections, type Outage, OutageLog, patience, stopNodes } from './outages.ts';
import { type Run, waitFor } from './run.ts';
import type { Subject, SubjectNode } from './scene.ts';
import type { PlannedOutage } from './schedule.ts';
import { Shop } from './shop.ts';
import { SocketPerCall } from './socket-per-call.ts';
import { Traffic } from './traffic.ts';

/** The result of a phase. */
export interface PhaseResult {
  readonly measure: Measure;
  readonly meter: Meter;
  /** Calls that never ended. */
  readonly hung: number;
  readonly outages: readonly Outage[];
  /** Connections opened in all, and the most at once: to one node when pooled, else to all. */
  readonly opened: number;
  readonly peak: number;
  /** The most that one node had at once, as the nodes count. */
  readonly peakOfNodes: number;
}

/** A call that takes so much longer than its timeout counts as hung, in ms. */
const margin = 500;
/** How often connections are counted, in ms. */
const watchPeriod = 250;

type Nodes = Pick<Row, 'nodes' | 'revision'>;

interface Plan {
  /** Each phase has keys of its own, so that each begins with an empty cache. */
  readonly name: string;
  readonly cache: Cache;
  /** How long the phase takes at least, in ms. */
  readonly ms: number;
  readonly outages: readonly PlannedOutage[];
  /** Whether somebody ejects nodes. */
  readonly ejects: boolean;
  /** The nodes of a row. */
  readonly nodes: (log: OutageLog) => Nodes;
  /** Looks at the connections. */
  readonly look: () => void;
  readonly act?: (() => Promise<void>) | undefined;
}

type Performed = Omit<PhaseResult, 'opened' | 'peak'>;

/** The shop's traffic through the subject. */
export async function pooledPhase(run: Run, subject: Subject): Promise<PhaseResult> {
  const { acts } = subject;
  // Also nodes that have left since.
  const seen = new Map<string, SubjectNode>();
  const look = (): void => subject.stats().nodes.forEach((node) => seen.set(node.node, node));
  const settle = (condition: () => boolean): Promise<void> => waitFor(run.time, patience, condition, run.signal);
  const performed = await perform(run, subject, {
    name: 'pooled',
    cache: subject.cache,
    ms: run.schedule.phase,
    outages: run.schedule.outages,
    ejects: true,
    nodes: () => acts?.row() ?? { nodes: subject.stats().nodes },
    look,
    act: acts && (() => acts.perform(settle)),
  });
  look();
  const nodes = [...seen.values()];
  const opened = nodes.reduce((sum, { connects }) => sum + connects, 0);
  return { ...performed, opened, peak: Math.max(...nodes.map(({ peak }) => peak)) };
}

/** The same with a socket per call. The subject says where each has to go; nothing is sent through it. */
export async function perCallPhase(run: Run, subject: Subject, first: PhaseResult): Promise<PhaseResult> {
  const { watch, fleet, schedule, timeout, isRelayed } = run;
  const cache = new SocketPerCall((key) => subject.nodeOf(key), timeout);
  // The proxy ejects nodes for its clients; nobody does for a socket per call to the nodes.
  const ejects = isRelayed;
  const stateOf = (log: OutageLog, index: number): string => log.stageOf(fleet.names[index] ?? '') ?? 'alive';
  const performed = await perform(run, subject, {
    name: 'percall',
    cache,
    ms: first.measure.seconds * 1000,
    outages: alike(schedule.outages, first.outages),
    ejects,
    nodes: (log) => ({
      nodes: ejects ? subject.stats().nodes : watch.counts.map((open, index) => ({ open, state: stateOf(log, index) })),
    }),
    look: () => {},
  });
  return { ...performed, opened: cache.opened, peak: cache.peak };
}

/** The planned outages, each as long as it was in the phase before. */
function alike(planned: readonly PlannedOutage[], before: readonly Outage[]): PlannedOutage[] {
  const killed = before.filter(({ stoppedAt }) => stoppedAt !== undefined);
  return planned.map((outage, index) => {
    const { stoppedAt = 0, restartedAt } = killed[index] ?? {};
    return restartedAt === undefined ? outage : { ...outage, downFor: (restartedAt - stoppedAt) * 1000 };
  });
}

async function perform(run: Run, subject: Subject, plan: Plan): Promise<Performed> {
  const { watch, elapsed, signal, fleet } = run;
  const log = new OutageLog(elapsed);
  const meter = new Meter((node) => log.stageOf(node), fleet.names);
  const over = new AbortController();
  // Ctrl-C in a terminal goes to the nodes as well: their ejections are no news.
  if (plan.ejects) logEjections(run, subject, log, AbortSignal.any([over.signal, signal]));
  const watched = repeat(watchPeriod, over.signal, async () => {
    await watch.sample();
    plan.look();
  });
  const begin = elapsed() * 1000;
  const ask = (node: string): Promise<unknown> => plan.cache.get(keyOn(node, subject, run.prefix));
  // Behind a proxy nobody knows which keys are a node's.
  const asking = run.isRelayed ? {} : { ask };
  const hung = await underTraffic(run, { ...plan, meter, nodes: () => plan.nodes(log) }, async () => {
    await Promise.all([stopNodes(run, log, { begin, end: begin + plan.ms, ...asking, ...plan }), plan.act?.()]);
  }).finally(() => over.abort());
  await watched;
  return { measure: meter.total(), meter, hung, outages: log.outages, peakOfNodes: watch.takePeak() };
}

/** A key of a node, which no item has. */
function keyOn(node: string, subject: Subject, prefix: string): string {
  for (let n = 0; ; n++) {
    const key = `${prefix}nothing:${n}`;
    if (subject.nodeOf(key) === node) return key;
  }
}

async function repeat(period: number, over: AbortSignal, action: () => Promise<void>): Promise<void> {
  while (!over.aborted) {
    await action();
    await sleep(period, undefined, { signal: over }).catch(() => {});
  }
}

/** The traffic of a phase. */
interface PhaseTraffic extends Pick<Plan, 'name' | 'cache'> {
  readonly meter: Meter;
  readonly nodes: () => Nodes;
}

/** Lets the callers of the shop use a cache while `body` runs, and shows a row a second. Gives the calls that hang. */
export async function underTraffic(
  run: Run,
  { name, cache, meter, nodes }: PhaseTraffic,
  body: () => Promise<unknown>,
): Promise<number> {
  const { options, time, view } = run;
  const patience = run.timeout + margin;
  // Items outlive the run, and do not stay on somebody's nodes for ever.
  const audit = new Audit({ ...run, cache, meter, patience, ttl: Math.ceil(options.seconds) + 60 });
  const shop = new Shop(audit, new Catalogue(`${run.prefix}${name}:`));
  const traffic = new Traffic({ ...options, page: (random) => shop.page(random) });
  const rows = setInterval(() => view.row({ time: run.elapsed(), measure: meter.sample(), ...nodes() }), 1000);
  try {
    await body();
  } finally {
    clearInterval(rows);
    traffic.stop();
    // The calls of a page come one after the other, each with its own patience: while some end, the rest may end too.
    for (let before = -1; traffic.callers > 0 && audit.ended !== before;) {
      before = audit.ended;
      await waitFor(time, patience, () => traffic.callers === 0);
    }
  }
  return audit.inFlight;
}
