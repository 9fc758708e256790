/**
 * The outages of a phase: nodes are killed and brought back.
 *
 *   kill ─▶ ejected, where somebody ejects ─▶ back on its port ─▶ asked until it replies ─▶ readmitted
 *           └──────────── downFor ─────────┘                └────── recovery ──────┘
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCause } from './failure.ts';
import { milliseconds, seconds } from './figures.ts';
import type { Stage } from './meter.ts';
import { type Run, until, waitFor } from './run.ts';
import type { Subject } from './scene.ts';
import type { PlannedOutage } from './schedule.ts';

/** One outage of a node. Times in seconds since the start. */
export interface Outage {
  readonly node: string;
  stoppedAt?: number;
  ejectedAt?: number;
  /** The duration of the first ejection. */
  ejectedFor?: number;
  /** Ejections in this outage: more than one when a probe came too early. */
  ejections: number;
  restartedAt?: number;
  /** From the return of the node until its first reply. */
  recovery?: number;
  readmittedAt?: number;
}

/** Records the outages of a phase. */
export class OutageLog {
  readonly outages: Outage[] = [];
  readonly #now: () => number;

  /** `now`: seconds since the start. */
  constructor(now: () => number) {
    this.#now = now;
  }

  stopped(node: string): Outage {
    const outage = this.#begin(node);
    outage.stoppedAt = this.#now();
    return outage;
  }

  ejected(node: string, duration: number): void {
    const outage = this.#open(node) ?? this.#begin(node);
    outage.ejections++;
    outage.ejectedAt ??= this.#now();
    outage.ejectedFor ??= duration / 1000;
  }

  restarted(node: string): void {
    const outage = this.#open(node);
    if (outage !== undefined) outage.restartedAt = this.#now();
  }

  readmitted(node: string): void {
    const outage = this.#open(node);
    if (outage !== undefined) outage.readmittedAt = this.#now();
  }

  /** What is wrong with a node at the moment. */
  stageOf(node: string): Stage | undefined {
    const outage = this.#open(node);
    return outage && (outage.restartedAt === undefined ? 'down' : 'back');
  }

  #begin(node: string): Outage {
    const outage: Outage = { node, ejections: 0 };
    this.outages.push(outage);
    return outage;
  }

  /** The node's outage that is not over. */
  #open(node: string): Outage | undefined {
    return this.outages.findLast((outage) => outage.node === node && outage.readmittedAt === undefined);
  }
}

/** How long an ejection or readmission may take to show, in ms, beyond what is planned. */
export const patience = 5000;

/** Logs and shows the ejections of a subject until the signal. */
export function logEjections({ view, elapsed, fleet }: Run, subject: Subject, log: OutageLog, over: AbortSignal): void {
  const show = (node: string, text: string, style: 'red' | 'green'): void =>
    view.event(elapsed(), `node ${fleet.names.indexOf(node) + 1} ${text}`, style);
  subject.on('eject', ({ node, error, duration }) => {
    if (over.aborted) return;
    log.ejected(node, duration);
    show(node, `is ejected for ${seconds(duration / 1000)}: ${rootCause(error)}`, 'red');
  });
  subject.on('readmit', ({ node, duration }) => {
    if (over.aborted) return;
    log.readmitted(node);
    show(node, `is readmitted after ${seconds(duration / 1000)}`, 'green');
  });
}

/** The outages of a phase. */
interface OutagePlan {
  /** When the phase begins and ends at the earliest, in ms since the start of the run. */
  readonly begin: number;
  readonly end: number;
  readonly outages: readonly PlannedOutage[];
  /** Whether somebody ejects nodes. */
  readonly ejects: boolean;
  /** Called when a node is about to be killed. */
  readonly turned?: () => void;
  /** Sends a node a request; rejects while it does not reply. */
  readonly ask?: (node: string) => Promise<unknown>;
}

type OutageRun = Pick<Run, 'fleet' | 'view' | 'time' | 'signal' | 'schedule' | 'elapsed'>;

/** Kills nodes and brings them back, one after the other. Fulfils when the phase and its outages are over. */
export async function stopNodes(run: OutageRun, log: OutageLog, plan: OutagePlan): Promise<void> {
  const { begin, end, ejects, outages, turned, ask } = plan;
  const { fleet, view, time, signal, schedule, elapsed } = run;
  for (const { node: index, stopAt, downFor } of outages) {
    const name = fleet.names[index] as string;
    await until(run, begin + stopAt);
    view.event(elapsed(), `node ${index + 1} (${name}) is killed`);
    const outage = log.stopped(name);
    turned?.();
    await fleet.stop?.(index);
    const isDown = sleep(downFor, undefined, { signal });
    if (ejects) await waitFor(time, patience, () => outage.ejectedAt !== undefined, signal);
    await isDown;
    await fleet.restart?.(index);
    log.restarted(name);
    view.event(
      elapsed(),
      `node ${index + 1} is back on its port, ${fleet.cluster === undefined ? 'empty' : 'with its items'}`,
    );
    if (ask !== undefined) await recover(run, outage, ask);
    if (!ejects) log.readmitted(name);
  }
  const isSettled = (): boolean => log.outages.every(({ readmittedAt }) => readmittedAt !== undefined);
  await until(run, end);
  await waitFor(time, patience + 3 * schedule.ejectTime, isSettled, signal);
}

/** Between two requests to a node that is back, in ms. */
const askPause = 5;

/** Asks a node that is back until it replies, and records how long that took. Gives up after a while. */
async function recover(run: OutageRun, outage: Outage, ask: (node: string) => Promise<unknown>): Promise<void> {
  const { time, elapsed, signal, schedule, view, fleet } = run;
  const returnedAt = elapsed();
  const end = time.now() + patience + 3 * schedule.ejectTime;
  const isAnswered = async (): Promise<boolean> => {
    try {
      await ask(outage.node);
      return true;
    } catch {
      return false;
    }
  };
  while (!(await isAnswered())) {
    if (time.now() > end) return;
    await sleep(askPause, undefined, { signal });
  }
  outage.recovery = elapsed() - returnedAt;
  const after = milliseconds(outage.recovery * 1000);
  view.event(
    elapsed(),
    `node ${fleet.names.indexOf(outage.node) + 1} replies again, ${after} after its return`,
    'green',
  );
}
