/** What the phases of one run share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientDefaults } from 'memfleet';
import { Audit, type Findings } from './audit.ts';
import type { AwakeTime } from './awake-time.ts';
import type { Cache } from './cache.ts';
import type { Catalogue } from './catalogue.ts';
import type { FleetOfNodes } from './fleet-of-nodes.ts';
import type { Ledger } from './ledger.ts';
import type { LiveView } from './live-view.ts';
import type { Meter } from './meter.ts';
import type { ConnectionWatch } from './node-watch.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';
import { Shop } from './shop.ts';
import type { Tally } from './tally.ts';
import { Traffic } from './traffic.ts';

/** How a run was asked for. */
export interface DemoOptions {
  readonly seconds: number;
  readonly callers: number;
  /** Mean pause of a caller between two pages, in ms. */
  readonly think: number;
  readonly seed: number;
  /** Nodes of the user; undefined: three are started. */
  readonly nodes: readonly string[] | undefined;
  /** Start memcached instead of embedded servers. */
  readonly real: boolean;
  /** Through the proxy, by plain text clients, instead of the client. */
  readonly proxy: boolean;
  /** On a simulated Couchbase cluster that is rebalanced. */
  readonly couchbase: boolean;
}

/** See the head of this file. */
export interface Run {
  readonly options: DemoOptions;
  readonly schedule: Schedule;
  readonly fleet: FleetOfNodes;
  readonly watch: ConnectionWatch;
  readonly view: LiveView;
  readonly catalogue: Catalogue;
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

/** A call that takes so much longer than its timeout counts as hung, in ms. */
const margin = 500;

/** The shop's traffic over one cache. */
export interface ShopTraffic {
  /** Ends it, and gives how many calls did not end. */
  stop(): Promise<number>;
}

/** Opens the shop: its callers begin. */
export function openShop(run: Run, cache: Cache, meter: Meter): ShopTraffic {
  const { options, ledger, tally, findings, time, catalogue } = run;
  const patience = callTimeout + margin;
  // Items outlive the run, and do not stay on somebody's nodes for ever.
  const ttl = Math.ceil(options.seconds) + 60;
  const audit = new Audit({ cache, ledger, tally, meter, findings, time, patience, ttl });
  const shop = new Shop(audit, catalogue);
  const page = (random: Random): Promise<void> => shop.page(random);
  const traffic = new Traffic({ callers: options.callers, think: options.think, seed: options.seed, page });
  return {
    stop: async () => {
      const isDone = traffic.stop().then(() => true);
      // The calls of a page come one after the other, each with its own patience: as long as some end there is hope for the rest.
      for (;;) {
        const before = audit.ended;
        const waiting = new AbortController();
        const isOver = await Promise.race([isDone, passed(time, patience, waiting.signal)]);
        waiting.abort();
        if (isOver) return 0;
        if (audit.ended === before) return audit.inFlight;
      }
    },
  };
}

/** Fulfils with false after `ms` awake, or when told to stop. */
async function passed(time: AwakeTime, ms: number, signal: AbortSignal): Promise<false> {
  const end = time.now() + ms;
  while (time.now() < end && !signal.aborted) await sleep(20);
  return false;
}
