/**
 * The outages of a phase: nodes are killed and brought back.
 *
 *   kill ─▶ ejected, where somebody ejects ─▶ back on its port, empty ─▶ readmitted
 *           └──────────── downFor ─────────┘
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from './figures.ts';
import { Meter } from './meter.ts';
import { OutageLog } from './outage-log.ts';
import { rootCause } from './root-cause.ts';
import { type Run, timeoutOf, until, waitFor } from './run.ts';
import type { PlannedOutage } from './schedule.ts';
import type { Subject } from './subject.ts';

/** How long an ejection or readmission may take to show, in ms, beyond what is planned. */
export const patience = 5000;

/** A phase as far as its outages are concerned. */
export interface OutagePlan {
  readonly log: OutageLog;
  /** When the phase began, in ms since the start of the run. */
  readonly begin: number;
  readonly outages: readonly PlannedOutage[];
  /** Whether somebody ejects nodes. */
  readonly ejects: boolean;
}

/** A meter that knows of the outages, and their log. */
export function measureOutages(run: Run): { meter: Meter; log: OutageLog } {
  const meter: Meter = new Meter((node) => log.stageOf(node));
  const failures = (node: string): number => meter.failuresByNode.get(node) ?? 0;
  const log = new OutageLog(run.elapsed, failures, timeoutOf(run.options));
  return { meter, log };
}

/** Has the ejections of a subject logged and shown until the log is over. */
export function logEjections({ signal, view, elapsed, fleet }: Run, subject: Subject, log: OutageLog): void {
  const show = (node: string, text: string, style: 'red' | 'green'): void => {
    // Ctrl-C in a terminal goes to the nodes as well: no news.
    if (!signal.aborted) view.event(elapsed(), `node ${fleet.names.indexOf(node) + 1} ${text}`, style);
  };
  subject.on('eject', ({ node, error, duration }) => {
    if (log.isOver) return;
    log.ejected(node, error, duration);
    show(node, `is ejected for ${seconds(duration / 1000)}: ${rootCause(error)}`, 'red');
  });
  subject.on('readmit', ({ node, duration }) => {
    if (log.isOver) return;
    log.readmitted(node);
    show(node, `is readmitted after ${seconds(duration / 1000)}`, 'green');
  });
}

/** Stops nodes and brings them back, one after the other. */
export async function stopNodes(run: Run, plan: OutagePlan): Promise<void> {
  for (const planned of plan.outages) await stopNode(run, plan, planned);
}

async function stopNode(run: Run, plan: OutagePlan, { node: index, stopAt, downFor }: PlannedOutage): Promise<void> {
  const { fleet, view, time, signal, elapsed } = run;
  const { log, begin, ejects } = plan;
  const name = fleet.names[index] as string;
  await until(run, begin + stopAt);
  view.event(elapsed(), `node ${index + 1} (${name}) is killed`);
  const outage = log.stopped(name);
  await fleet.stop(index);
  const isDown = sleep(downFor, undefined, { signal });
  if (ejects) await waitFor(time, patience, () => outage.ejectedAt !== undefined, signal);
  await isDown;
  await fleet.restart(index);
  log.restarted(name);
  view.event(elapsed(), `node ${index + 1} is back on its port, empty`);
  if (!ejects) log.readmitted(name);
}

/** Until every outage is over, or too much time has passed. */
export async function outagesEnd({ time, schedule, signal }: Run, log: OutageLog): Promise<void> {
  const isSettled = (): boolean => log.outages.every(({ readmittedAt }) => readmittedAt !== undefined);
  await waitFor(time, patience + 3 * schedule.ejectTime, isSettled, signal);
}
