/** What the phases of one run share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientDefaults } from 'memfleet';
import { Audit, type Findings } from './audit.ts';
import type { AwakeTime } from './awake-time.ts';
import { Catalogue } from './catalogue.ts';
import type { ConnectionWatch } from './connection-watch.ts';
import type { Fleet } from './fleet-of-nodes.ts';
import type { Ledger } from './ledger.ts';
import type { LiveView, Row } from './live-view.ts';
import type { Measure, Meter } from './meter.ts';
import type { Outage } from './outage-log.ts';
import type { Schedule } from './schedule.ts';
import { Shop } from './shop.ts';
import type { Tally } from './tally.ts';
import type { Cache } from './text-cache.ts';
import { Traffic } from './traffic.ts';

/** How a run was asked for. */
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
  /** Through the proxy, by plain text clients, instead of the client. */
  readonly proxy?: boolean;
  /** On a simulated Couchbase cluster that is rebalanced. */
  readonly couchbase?: boolean;
}

/** What the phases of one run share. */
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
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** Seconds since the traffic began. */
  readonly elapsed: () => number;
}

/** Milliseconds that a call of the run may take: the client's default. */
export const callTimeout: number = clientDefaults.timeout;

/** Milliseconds that a call of the shop may take. The proxy has its own deadline; its answer needs a moment more. */
export function timeoutOf({ proxy }: DemoOptions): number {
  return proxy === true ? 2 * callTimeout : callTimeout;
}

/** A call that takes so much longer than its timeout counts as hung, in ms. */
const margin = 500;

/** What comes of a phase. */
export interface PhaseResult {
  readonly measure: Measure;
  readonly meter: Meter;
  /** Calls that never ended. */
  readonly hung: number;
  readonly outages: readonly Outage[];
  /**
   * Connections that were opened in all, and the most at once; the most that one node had at once, as the nodes count.
   */
  readonly opened: number;
  readonly peak: number;
  readonly peakOfNodes: number;
}

/** What a phase shows of the nodes in its rows. */
type NodesOfRow = Pick<Row, 'nodes' | 'revision'>;

/** The traffic of a phase. */
interface PhaseTraffic {
  readonly name: string;
  readonly cache: Cache;
  readonly meter: Meter;
  readonly nodes: () => NodesOfRow | Promise<NodesOfRow>;
}

/**
 * Has the callers of the shop use a cache while `body` runs, and shows a row a second. Gives how many calls never
 * ended. `name`: that of the phase; each has keys of its own, so that each begins with an empty cache.
 */
export async function underTraffic(
  run: Run,
  { name, cache, meter, nodes }: PhaseTraffic,
  body: () => Promise<unknown>,
): Promise<number> {
  const { options, time, view } = run;
  const patience = timeoutOf(options) + margin;
  // Items outlive the run, and do not stay on somebody's nodes for ever.
  const audit = new Audit({ ...run, cache, meter, patience, ttl: Math.ceil(options.seconds) + 60 });
  const shop = new Shop(audit, new Catalogue(`${run.prefix}${name}:`));
  const traffic = new Traffic({ ...options, page: (random) => shop.page(random) });
  const showRow = async (): Promise<void> => {
    const measure = meter.sample();
    view.row({ time: run.elapsed(), measure, ...(await nodes()) });
  };
  const rows = setInterval(() => void showRow(), 1000);
  try {
    await body();
  } finally {
    clearInterval(rows);
    traffic.stop();
    // The calls of a page come one after the other, each with its own patience: as long as some end there is hope for
    // the rest.
    for (let before = -1; traffic.callers > 0 && audit.ended !== before;) {
      before = audit.ended;
      await waitFor(time, patience, () => traffic.callers === 0);
    }
  }
  return audit.inFlight;
}

/** Until `ms` since the start. */
export async function until(run: Run, ms: number): Promise<void> {
  for (let left = ms - run.elapsed() * 1000; left > 0; left = ms - run.elapsed() * 1000)
    await sleep(left, undefined, { signal: run.signal });
}

/** Until something is so, for `ms` awake at most. */
export async function waitFor(
  time: AwakeTime,
  ms: number,
  condition: () => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const end = time.now() + ms;
  while (!condition() && time.now() < end) await sleep(20, undefined, { signal });
}
