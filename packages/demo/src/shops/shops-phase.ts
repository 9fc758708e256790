/**
 * One phase of the shops: three processes serve pages in one way, while parts expire and are edited, and a node dies
 * and comes back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measure } from '../meter.ts';
import { type Outage, OutageLog, stopNodes } from '../outages.ts';
import type { Mode } from './messages.ts';
import { Office } from './office.ts';
import type { ShopsRun } from './shops-run.ts';

/** The result of a phase. Counts are of pages unless said. */
export interface ShopsResult {
  readonly measure: Measure;
  readonly failed: number;
  readonly wrong: number;
  readonly stale: number;
  /** Callers whose page never ended. */
  readonly hung: number;
  /** Loads: all, those of the hot part, the most of one key at once, and the same where one is allowed. */
  readonly loads: number;
  readonly hotLoads: number;
  readonly mostAtOnce: number;
  readonly mostOfGeneration: number;
  /** Edits whose delete was answered while all shops used the node. */
  readonly edits: number;
  readonly examples: readonly string[];
  readonly outages: readonly Outage[];
  readonly isClosed: boolean;
}

/** How often connections are counted, in ms. */
const watchPeriod = 250;

/** Runs a phase. `onLost`: a shop ended by itself. */
export async function shopsPhase(run: ShopsRun, mode: Mode, onLost: (why: string) => void): Promise<ShopsResult> {
  const { elapsed, schedule, fleet, watch, view, signal } = run;
  const log = new OutageLog(elapsed);
  const office = new Office(run, mode, log);
  const over = new AbortController();
  const until = AbortSignal.any([over.signal, signal]);
  const timers = [
    setInterval(() => void watch.sample(), watchPeriod),
    setInterval(() => {
      const nodes = fleet.names.map((name, at) => ({ open: watch.counts[at], state: log.stageOf(name) ?? 'alive' }));
      view.row({ time: elapsed(), measure: office.meter.sample(), nodes, loads: office.loads.take() });
    }, 1000),
  ];
  try {
    await office.open(mode, onLost);
    const begin = elapsed() * 1000;
    const editing = office.edit(until);
    const turned = (): void => office.turned();
    const plan = { begin, end: begin + schedule.phase, ejects: true, outages: schedule.outages, turned };
    await stopNodes(run, log, plan).finally(() => over.abort());
    await editing;
    const { isClosed, hung } = await office.close();
    // The reports that were still on their way.
    await sleep(0);
    const { loads, counts, examples, hotKey } = office;
    const { total, most: mostAtOnce, mostOfGeneration } = loads;
    const loaded = { loads: total, hotLoads: loads.of(hotKey), mostAtOnce, mostOfGeneration };
    return { ...counts, ...loaded, measure: office.meter.total(), hung, isClosed, examples, outages: log.outages };
  } finally {
    for (const timer of timers) clearInterval(timer);
    await office.destroy();
  }
}
