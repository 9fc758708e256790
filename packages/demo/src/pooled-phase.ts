/**
 * The main job: the shop's traffic over a small pool of persistent connections, while a node dies and comes back.
 *
 *   traffic ─────────────────────────────────────────────────────────▶ stop
 *   outages      stop the node ─▶ ejected ─▶ restart ─▶ readmitted
 *   rebalances a node comes ─▶ vBuckets move ─▶ a node leaves (on a cluster, instead)
 *   rows       one a second
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, transcoders } from 'memfleet';
import { seconds } from './figures.ts';
import type { Row } from './live-view.ts';
import { Meter } from './meter.ts';
import { type Outage, OutageLog, rootCause } from './outage-log.ts';
import { Proxied } from './proxied.ts';
import { seededRandom } from './random.ts';
import { type Rebalance, Rebalances } from './rebalances.ts';
import { callTimeout, type PhaseResult, type Run, timeoutOf, underTraffic, until, waitFor } from './run.ts';
import type { PlannedOutage } from './schedule.ts';
import { clientSubject, type Subject, type SubjectNode } from './subject.ts';

/** What came of it; `peak` is that of one node. */
export interface PooledResult extends PhaseResult {
  readonly outages: readonly Outage[];
  readonly rebalances: readonly Rebalance[];
}

/** How long an ejection or readmission may take to show, in ms, beyond what is planned. */
const patience = 5000;
const watchPeriod = 250;

/** What a run puts to the test. */
export async function openSubject({ fleet, schedule, options }: Run): Promise<Subject> {
  const { cluster, names } = fleet;
  const { ejectTime } = schedule;
  if (options.proxy) return Proxied.start({ nodes: names, ejectTime, timeout: callTimeout }, timeoutOf(options));
  const nodes =
    cluster === undefined ? { nodes: names, ejectTime } : { nodes: cluster.seeds, couchbase: cluster.credentials };
  const random = seededRandom(options.seed);
  return clientSubject(createClient<Uint8Array>({ ...nodes, transcoder: transcoders.bytes, random }));
}

export async function pooledPhase(run: Run, subject: Subject): Promise<PooledResult> {
  const { fleet, schedule, signal, time, watch } = run;
  const meter = new Meter();
  const log = new OutageLog(run.elapsed, (node) => meter.failuresByNode.get(node) ?? 0, timeoutOf(run.options));
  tell(run, subject, log);
  const rebalances = fleet.cluster && new Rebalances(run, subject, fleet.cluster);
  // Also nodes that have left since.
  const seen = new Map<string, SubjectNode>();
  const look = async (): Promise<void> => {
    await watch.sample();
    for (const node of subject.stats().nodes) seen.set(node.node, node);
  };
  const watching = new AbortController();
  const watched = repeat(look, watchPeriod, watching.signal);
  const nodes = (): Pick<Row, 'nodes' | 'revision'> => rebalances?.row() ?? { nodes: subject.stats().nodes };
  const hung = await underTraffic(run, { cache: subject.cache, meter, nodes }, async () => {
    try {
      const settle = (condition: () => boolean): Promise<void> => waitFor(time, patience, condition, signal);
      await Promise.all([stopNodes(run, log), rebalances?.perform(settle), until(run, schedule.pooled)]);
      const isSettled = (): boolean => log.outages.every(({ readmittedAt }) => readmittedAt !== undefined);
      await waitFor(time, patience + 3 * schedule.ejectTime, isSettled, signal);
    } finally {
      watching.abort();
      await watched;
    }
  });
  log.end();
  await look();
  return {
    measure: meter.total(),
    meter,
    hung,
    outages: log.outages,
    rebalances: rebalances?.list ?? [],
    opened: [...seen.values()].reduce((sum, { connects }) => sum + connects, 0),
    peak: Math.max(...[...seen.values()].map((node) => node.peak)),
    peakOfNodes: watch.takePeak(),
  };
}

/** Has its events logged and shown. */
function tell({ signal, view, elapsed, fleet }: Run, subject: Subject, log: OutageLog): void {
  const show = (node: string, text: string, style: 'red' | 'green'): void => {
    // Ctrl-C in a terminal goes to the nodes as well: no news.
    if (!signal.aborted) view.event(elapsed(), `node ${fleet.names.indexOf(node) + 1} ${text}`, style);
  };
  subject.on('eject', ({ node, error, duration }) => {
    log.ejected(node, error, duration);
    show(node, `is ejected for ${seconds(duration / 1000)}: ${rootCause(error)}`, 'red');
  });
  subject.on('readmit', ({ node, duration }) => {
    log.readmitted(node);
    show(node, `is readmitted after ${seconds(duration / 1000)}`, 'green');
  });
}

/** Stops nodes and brings them back, one after the other. */
async function stopNodes(run: Run, log: OutageLog): Promise<void> {
  for (const planned of run.schedule.outages) await stopNode(run, log, planned);
}

async function stopNode(run: Run, log: OutageLog, { node: index, stopAt, downFor }: PlannedOutage): Promise<void> {
  const { fleet, view, time, signal, elapsed } = run;
  const name = fleet.names[index] as string;
  await until(run, stopAt);
  view.event(elapsed(), `node ${index + 1} (${name}) is killed`);
  const outage = log.stopped(name);
  await fleet.stop(index);
  const isDown = sleep(downFor, undefined, { signal });
  await waitFor(time, patience, () => outage.ejectedAt !== undefined, signal);
  await isDown;
  await fleet.restart(index);
  log.restarted(name);
  view.event(elapsed(), `node ${index + 1} is back on its port, empty`);
}

/** Does it again and again, until told to stop. */
async function repeat(action: () => Promise<void>, period: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await action();
    await sleep(period, undefined, { signal }).catch(() => {});
  }
}
