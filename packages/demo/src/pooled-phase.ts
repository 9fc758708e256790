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
import { Census } from './census.ts';
import { seconds } from './figures.ts';
import { type Measure, Meter } from './meter.ts';
import { type Outage, OutageLog, rootCause } from './outage-log.ts';
import { Proxied } from './proxied.ts';
import { seededRandom } from './random.ts';
import { type Rebalance, Rebalances } from './rebalances.ts';
import { callTimeout, openShop, type Run } from './run.ts';
import type { PlannedOutage } from './schedule.ts';
import { clientSubject, type Subject } from './subject.ts';

/** What came of it. */
export interface PooledResult {
  readonly measure: Measure;
  readonly meter: Meter;
  /** Calls that never ended. */
  readonly hung: number;
  readonly outages: readonly Outage[];
  readonly rebalances: readonly Rebalance[];
  /** Connections that were opened in all, and the most that one node had at once: by the client, by the nodes. */
  readonly opened: number;
  readonly peakOfClient: number;
  readonly peaksOfNodes: readonly number[];
}

/** How long an ejection or readmission may take to show, in ms, beyond what is planned. */
const patience = 5000;
const rowPeriod = 1000;
const watchPeriod = 250;

/** What a run puts to the test. */
export async function openSubject({ fleet, schedule, options }: Run): Promise<Subject> {
  const { names: nodes } = fleet;
  const { ejectTime } = schedule;
  if (options.proxy) return Proxied.start({ nodes, ejectTime, timeout: callTimeout });
  const random = seededRandom(options.seed);
  if (fleet.cluster !== undefined) {
    const { seeds, credentials } = fleet.cluster;
    const settings = { nodes: seeds, couchbase: credentials, transcoder: transcoders.bytes, random };
    return clientSubject(createClient<Uint8Array>(settings));
  }
  return clientSubject(createClient<Uint8Array>({ nodes, ejectTime, transcoder: transcoders.bytes, random }));
}

export async function pooledPhase(run: Run, subject: Subject): Promise<PooledResult> {
  const meter = new Meter();
  const log = new OutageLog(run.elapsed, (node) => meter.failuresByNode.get(node) ?? 0, callTimeout);
  tell(run, subject, log);
  const { cluster } = run.fleet;
  const rebalances = cluster === undefined ? undefined : new Rebalances(run, subject, cluster);
  const census = new Census(run, subject);
  const traffic = openShop(run, subject.cache, meter);
  const rows = setInterval(() => {
    run.view.row({ time: run.elapsed(), measure: meter.sample(), ...census.row(rebalances?.map) });
  }, rowPeriod);
  const watching = new AbortController();
  const watched = watch(run, census, watching.signal);
  let hung = 0;
  try {
    await Promise.all([perform(run, log), performRebalances(run, rebalances), until(run, run.schedule.pooled)]);
    await waitFor(run, patience + 3 * run.schedule.ejectTime, () =>
      log.outages.every((outage) => outage.readmittedAt !== undefined),
    );
  } finally {
    clearInterval(rows);
    watching.abort();
    await watched;
    hung = await traffic.stop();
  }
  log.end();
  census.take();
  return {
    measure: meter.total(),
    meter,
    hung,
    outages: log.outages,
    rebalances: rebalances?.list ?? [],
    opened: census.opened,
    peakOfClient: census.peak,
    peaksOfNodes: run.watch.takePeaks(),
  };
}

/** Has its events logged and shown. */
function tell(run: Run, subject: Subject, log: OutageLog): void {
  const show = (node: string, text: string, style: 'red' | 'green'): void => {
    // Ctrl-C in a terminal goes to the nodes as well: no news.
    if (!run.signal.aborted) run.view.event(run.elapsed(), `node ${run.fleet.names.indexOf(node) + 1} ${text}`, style);
  };
  subject.onEject(({ node, error, duration }) => {
    log.ejected(node, error, duration);
    show(node, `is ejected for ${seconds(duration / 1000)}: ${rootCause(error)}`, 'red');
  });
  subject.onReadmit(({ node, duration }) => {
    log.readmitted(node);
    show(node, `is readmitted after ${seconds(duration / 1000)}`, 'green');
  });
}

/** Stops nodes and brings them back, one after the other. */
async function perform(run: Run, log: OutageLog): Promise<void> {
  for (const planned of run.schedule.outages) await performOne(run, log, planned);
}

async function performRebalances(run: Run, rebalances: Rebalances | undefined): Promise<void> {
  for (const planned of run.schedule.rebalances) {
    await until(run, planned.at);
    await rebalances?.perform(planned, (condition) => waitFor(run, patience, condition));
  }
}

async function performOne(run: Run, log: OutageLog, { node: index, stopAt, downFor }: PlannedOutage): Promise<void> {
  const { fleet, view, signal } = run;
  const name = fleet.names[index] as string;
  await until(run, stopAt);
  view.event(run.elapsed(), `node ${index + 1} (${name}) is killed`);
  const outage = log.stopped(name);
  await fleet.stop(index);
  const isDown = sleep(downFor, undefined, { signal });
  await waitFor(run, patience, () => outage.ejectedAt !== undefined);
  await isDown;
  await fleet.restart(index);
  log.restarted(name);
  view.event(run.elapsed(), `node ${index + 1} is back on its port, empty`);
}

/** Until `ms` since the start. */
async function until(run: Run, ms: number): Promise<void> {
  for (let left = ms - run.elapsed() * 1000; left > 0; left = ms - run.elapsed() * 1000)
    await sleep(left, undefined, { signal: run.signal });
}

/** Until something is so, for `ms` at most. */
async function waitFor(run: Run, ms: number, condition: () => boolean): Promise<void> {
  const end = run.time.now() + ms;
  while (!condition() && run.time.now() < end) await sleep(25, undefined, { signal: run.signal });
}

/** Counts the connections at the nodes, until told to stop. */
async function watch(run: Run, census: Census, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await run.watch.sample();
    census.take();
    await sleep(watchPeriod, undefined, { signal }).catch(() => {});
  }
}
