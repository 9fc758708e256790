/** What the parts of one run share, and how they wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwakeTime } from './awake-time.ts';
import type { ConnectionWatch } from './connection-watch.ts';
import type { Findings } from './findings.ts';
import type { Fleet } from './fleet-of-nodes.ts';
import type { Ledger } from './ledger.ts';
import type { LiveView } from './live-view.ts';
import type { Schedule } from './schedule.ts';
import type { Tally } from './tally.ts';

/** The options of a run. */
export interface DemoOptions {
  readonly seconds: number;
  readonly callers: number;
  /** Mean pause of a caller between two pages, in ms. */
  readonly think: number;
  readonly seed: number;
  /** Nodes of the user; without them three are started. */
  readonly nodes?: readonly string[];
  /** Start memcached instead of embedded servers. */
  readonly real?: boolean;
}

/** What the parts of one run share. */
export interface Run {
  readonly options: DemoOptions;
  readonly schedule: Schedule;
  readonly fleet: Fleet;
  readonly watch: ConnectionWatch;
  readonly view: LiveView;
  /** Stands before every key, so that two runs on the same nodes do not meet. */
  readonly prefix: string;
  readonly ledger: Ledger;
  readonly tally: Tally;
  readonly findings: Findings;
  readonly time: AwakeTime;
  /** Milliseconds that a call of the shop may take. */
  readonly timeout: number;
  /** The calls go through a proxy. */
  readonly isRelayed: boolean;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** Seconds since the traffic began. */
  readonly elapsed: () => number;
}

/** Waits until `ms` since the start. */
export async function until({ elapsed, signal }: Pick<Run, 'elapsed' | 'signal'>, ms: number): Promise<void> {
  for (let left = ms - elapsed() * 1000; left > 0; left = ms - elapsed() * 1000)
    await sleep(left, undefined, { signal });
}

/** Waits until a condition holds, for `ms` awake at most. */
export async function waitFor(
  time: AwakeTime,
  ms: number,
  condition: () => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const end = time.now() + ms;
  while (!condition() && time.now() < end) await sleep(20, undefined, { signal });
}
