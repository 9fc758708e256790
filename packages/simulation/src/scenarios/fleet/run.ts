/** Runs a plan with memcached nodes and checks its history. */
import type { Client } from 'memfleet';
import type { World } from 'memfleet/testing';
import { checkBounds, scan } from '../../check/bounds.ts';
import { checkFleet, type FleetFacts } from '../../check/check-fleet.ts';
import type { KeyReport } from '../../check/check-keys.ts';
import { betweenReloads } from '../../check/order.ts';
import type { Operation } from '../../history.ts';
import { checkClosing, checkLiveness, heal, readAll, runLoad } from '../../load.ts';
import { NodeTrace } from '../../node-trace.ts';
import type { Outcome } from '../../outcome.ts';
import { isOn, keysOf, numberIn, type Options, type Plan, textIn } from '../../plan.ts';
import { checkHistory, playPlan } from '../../play-plan.ts';
import type { RunSettings } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import type { LoadSite } from '../../workload.ts';
import { ejectTimeMax, manyConnections } from './fleet-options.ts';
import { nodesOf } from './plan.ts';
import { watchLimits } from './watch-limits.ts';

/** Whether nodes are spoken to in classic text. */
function isClassic(options: Options): boolean {
  return [options['protocol'], options['proxy protocol']].includes('text');
}

/** Whether a get may be sent again after later calls: by a retry, or because the get that it joined had less time. */
export function mayRetryGets(options: Options): boolean {
  const names = ['retries', 'proxy retries', 'coalesce', 'proxy coalesce'];
  return names.some((name) => Number(options[name] ?? 0) > 0);
}

/** Faults after which a node may have connections whose other end is gone: they count for its limit. */
const leavesConnections: ReadonlySet<string> = new Set(['kill', 'partition', 'reload']);

/** Whether clients close connections without need: old ones, and idle ones during the pause before the check. */
function isRenewed(options: Options): boolean {
  return numberIn(options, 'maxLifetime') > 0 || numberIn(options, 'idleTimeout') < 10_000;
}

/**
 * Whether every call may be expected to succeed: servers close no idle connections (a call may cross the end of one),
 * admit as many as there may be, and a call has the time for a new connection where pools close idle ones.
 */
function isLively({ faults, options }: Plan): boolean {
  if ([options['serverIdle'], options['listenerIdle'] ?? 0].some((time) => time !== 0)) return false;
  const isProxied = 'proxy max' in options;
  const pools = isProxied ? numberIn(options, 'proxy max') : numberIn(options, 'clients') * numberIn(options, 'max');
  const limit = numberIn(options, 'serverConnections');
  // The dial in place of a connection that is closed may arrive before the end of that one.
  const dials = isRenewed(options) && !isProxied ? 2 * pools : pools;
  if (dials > limit || (limit < manyConnections && faults.some(({ kind }) => leavesConnections.has(kind))))
    return false;
  const timeout = Math.min(numberIn(options, 'timeout'), Number(options['proxy timeout'] ?? Infinity));
  // A get has half of its time for the active node of a bucket; the rest is for replicas.
  const time = options['replica'] === 'on-error' ? timeout / 2 : timeout;
  // A login to a bucket takes the most round trips.
  return time > 28 * (numberIn(options, 'latency') + numberIn(options, 'jitter') / 2);
}

/** The least time of a durable write, in ms: docs/couchbase.md. */
const leastDurable = 1500;

/** The time from the end of the faults to the check that all is well: ms. */
const recovery = ejectTimeMax + 20_000;

/** Calls that hang are not waited for: ms. */
const patience = 120_000;

/** Who plays, and where keys live. */
export interface Troupe {
  readonly clients: ReadonlyMap<string, Client<string>>;
  /** The node of a key, `host:port`. */
  readonly homeOf: (key: string) => string | undefined;
  /** The keys that a node may have. @default those whose home it is */
  readonly keysOf?: (node: string) => readonly string[];
  /** Whether it is recorded which node executed a call. */
  readonly tracesNodes?: boolean;
  /** False: some calls cannot succeed after the faults. */
  readonly isLively?: boolean;
  /** Checks the keys, instead of the rules of a memcached fleet. */
  readonly check?: (keys: ReadonlyMap<string, readonly Operation[]>) => KeyReport;
  /** What calls need beside the clients. */
  readonly load?: Pick<LoadSite, 'viewOf' | 'readsReplicas' | 'room'>;
  /** Checks what must hold while a node is dead, if every call may be expected to succeed. */
  readonly checkCopies?: (site: LoadSite) => Promise<void>;
  /** Checks what must hold after the faults. */
  readonly settled?: () => Promise<void>;
  /** Closes everything, in order. */
  readonly closers: readonly (() => Promise<void>)[];
}

/** Sets everything up. */
export type Gather = (stage: Stage, plan: Plan) => Promise<Troupe>;

/** Runs it in a world of its own. */
export function runFleet(plan: Plan, settings: RunSettings, gather: Gather): Promise<Outcome> {
  return playPlan(plan, settings, (stage) => new FleetRun(plan, stage).run(gather));
}

class FleetRun {
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #world: World;

  constructor(plan: Plan, stage: Stage) {
    this.#plan = plan;
    this.#world = stage.world;
    this.#stage = stage;
  }

  async run(gather: Gather): Promise<Outcome> {
    const stage = this.#stage;
    const troupe = await gather(stage, this.#plan);
    const { clients, closers, homeOf } = troupe;
    const keys = keysOf(this.#plan);
    stage.keysOf = troupe.keysOf ?? ((node) => keys.filter((key) => this.#hasManyNodes || homeOf(key) === node));
    const homes = new Map(keys.map((key) => [key, homeOf(key)]));
    const trace = this.#hasManyNodes || troupe.tracesNodes === true ? new NodeTrace() : undefined;
    const site = { ...this.#site(trace), ...troupe.load };
    watchLimits(stage, this.#plan, clients);
    await runLoad(stage, this.#plan, clients, site);
    await heal(stage, recovery);
    await this.#within(troupe.settled?.());
    await this.#within(readAll(clients, keys, site));
    trace?.close();
    if (isLively(this.#plan) && troupe.isLively !== false) {
      await this.#within(troupe.checkCopies?.(site));
      await this.#within(checkLiveness(stage, clients, ['alive1', 'alive2', 'alive3', 'alive4']));
    }
    const end = this.#world.now;
    await checkClosing(stage, closers);
    return this.#outcome(end, (of) => troupe.check?.(of) ?? checkFleet(of, this.#facts(homes)));
  }

  /** Waits for calls, some of which may never settle: G1 finds those. */
  async #within(calls: Promise<void> | undefined): Promise<void> {
    await Promise.race([calls, this.#world.sleep(patience)]);
  }

  /** Whether a key may be on several nodes. */
  get #hasManyNodes(): boolean {
    return textIn(this.#plan.options, 'failure') === 'redistribute';
  }

  #site(trace: NodeTrace | undefined): LoadSite {
    const stage = this.#stage;
    return {
      history: stage.history,
      now: () => this.#world.now,
      report: (problem) => stage.report(problem),
      isClassic: isClassic(this.#plan.options),
      count: (what) => stage.count(what),
      trace,
    };
  }

  #outcome(end: number, check: NonNullable<Troupe['check']>): Outcome {
    const stage = this.#stage;
    const { operations } = stage.history;
    const { options } = this.#plan;
    const timeout = numberIn(options, 'timeout');
    // A command that a fleet has not found may be found late by two queues.
    const late = this.#plan.scenario === 'migration' ? 2 * scan : scan;
    const timeOf = ({ isDurable }: Operation): number =>
      isDurable === true ? Math.max(timeout, leastDurable) : timeout;
    for (const problem of checkBounds(operations, timeOf, stage.standstills, end, late)) stage.report(problem);
    return checkHistory(this.#plan, stage, check);
  }

  #facts(homes: ReadonlyMap<string, string | undefined>): FleetFacts {
    const { options } = this.#plan;
    return {
      failure: textIn(options, 'failure') as FleetFacts['failure'],
      nodes: nodesOf(options),
      homeOf: (key) => homes.get(key),
      ejections: this.#stage.ejections,
      timeout: numberIn(options, 'timeout'),
      rules: {
        canEvict: numberIn(options, 'maxBytes') < 16_777_216,
        coalesces: isOn(options, 'coalesce') || isOn(options, 'proxy coalesce'),
        areGetsRetried: mayRetryGets(options),
        keepsOrder:
          isOn(options, 'exclusive') || isOn(options, 'proxy exclusive') ? false : betweenReloads(this.#stage.reloads),
      },
    };
  }
}
