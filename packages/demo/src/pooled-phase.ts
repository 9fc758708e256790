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
import type { Row } from './live-view.ts';
import { logEjections, measureOutages, outagesEnd, patience, stopNodes } from './outages.ts';
import { Proxied } from './proxied.ts';
import { seededRandom } from './random.ts';
import { type Rebalance, Rebalances } from './rebalances.ts';
import { callTimeout, type PhaseResult, type Run, timeoutOf, underTraffic, until, waitFor } from './run.ts';
import { ejectGrowth } from './schedule.ts';
import { clientSubject, type Subject, type SubjectNode } from './subject.ts';

/** What came of it; `peak` is that of one node. */
export interface PooledResult extends PhaseResult {
  readonly rebalances: readonly Rebalance[];
}

const watchPeriod = 250;

/** What a run puts to the test. */
export async function openSubject({ fleet, schedule, options }: Run): Promise<Subject> {
  const { cluster, names } = fleet;
  const { ejectTime } = schedule;
  if (options.proxy) return Proxied.start({ nodes: names, ejectTime, timeout: callTimeout }, timeoutOf(options));
  const nodes =
    cluster === undefined
      ? { nodes: names, ejectTime, ejectGrowth }
      : { nodes: cluster.seeds, couchbase: cluster.credentials };
  const random = seededRandom(options.seed);
  return clientSubject(createClient<Uint8Array>({ ...nodes, transcoder: transcoders.bytes, random }));
}

export async function pooledPhase(run: Run, subject: Subject): Promise<PooledResult> {
  const { fleet, schedule, signal, time, watch } = run;
  const { meter, log } = measureOutages(run);
  logEjections(run, subject, log);
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
  const begin = run.elapsed() * 1000;
  const plan = { log, begin, outages: schedule.outages, ejects: true };
  const hung = await underTraffic(run, { name: 'pooled', cache: subject.cache, meter, nodes }, async () => {
    try {
      const settle = (condition: () => boolean): Promise<void> => waitFor(time, patience, condition, signal);
      await Promise.all([stopNodes(run, plan), rebalances?.perform(settle), until(run, begin + schedule.pooled)]);
      await outagesEnd(run, log);
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

/** Does it again and again, until told to stop. */
async function repeat(action: () => Promise<void>, period: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await action();
    await sleep(period, undefined, { signal }).catch(() => {});
  }
}
