/** Runs sessions of raw clients against a server or a proxy. */
import type { World } from 'memfleet/testing';
import { checkKeys, type KeyReport } from '../../check/check-keys.ts';
import { betweenReloads } from '../../check/order.ts';
import { isFault, strike } from '../../faults.ts';
import type { Operation } from '../../history.ts';
import { checkClosing, heal } from '../../load.ts';
import type { Outcome } from '../../outcome.ts';
import { isOn, numberIn, type Options, type Plan, type PlannedFault } from '../../plan.ts';
import { checkHistory, playPlan } from '../../play-plan.ts';
import type { RunSettings } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import { wires } from '../../wire/index.ts';
import { closeAll, startNodes } from '../fleet/cast.ts';
import { addressOf } from '../fleet/fleet-options.ts';
import { clientNames } from '../fleet/plan.ts';
import { locator, planReloads, proxyAddress, startProxy } from '../proxy/cast.ts';
import { proxyName } from '../proxy/plan.ts';
import { Caller } from './caller.ts';
import { wireNameOf } from './plan.ts';

/** The time in which everything that is open gets its reply after the faults: ms. */
const recovery = 25_000;

/** The first number of the requests after the faults. */
const lastNumbers = 1_000_000;

/** A fault that ends connections of these two places, or of the first with any. */
interface Break {
  readonly places: readonly [string, string | undefined];
  readonly at: number;
}

/** Runs it in a world of its own. */
export function runSessions(plan: Plan, settings: RunSettings): Promise<Outcome> {
  return playPlan(plan, settings, (stage) => new SessionsRun(plan, stage).run());
}

function mayRetryGets(options: Options): boolean {
  return options['front'] === 'proxy' && (numberIn(options, 'proxy retries') > 0 || isOn(options, 'proxy coalesce'));
}

class SessionsRun {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #stage: Stage;
  readonly #callers = new Map<string, Caller>();
  readonly #breaks: Break[] = [];

  constructor(plan: Plan, stage: Stage) {
    this.#plan = plan;
    this.#world = stage.world;
    this.#stage = stage;
  }

  async run(): Promise<Outcome> {
    const stage = this.#stage;
    const closers = await this.#gather();
    await this.#load();
    await heal(stage, recovery);
    this.#checkLiveness();
    await this.#world.sleep(5000);
    for (const caller of this.#callers.values()) caller.conclude();
    await checkClosing(stage, closers);
    return this.#outcome();
  }

  get #isProxied(): boolean {
    return this.#plan.options['front'] === 'proxy';
  }

  /** The place that the sessions call. */
  get #front(): string {
    return this.#isProxied ? proxyName : 'n1';
  }

  async #gather(): Promise<(() => Promise<void>)[]> {
    const stage = this.#stage;
    const { options } = this.#plan;
    const servers = await startNodes(stage, options);
    const closers = [closeAll(servers)];
    const keys = [...new Set(this.#plan.calls.flatMap((call) => call.keys ?? [call.key]))];
    if (this.#isProxied) {
      const proxies = await startProxy(stage, options);
      planReloads(stage, this.#plan, proxies);
      const locating = locator(stage, options);
      stage.keysOf = (node) => keys.filter((key) => locating.nodeOf(key) === node);
      closers.unshift(closeAll(proxies), () => locating.close());
    } else stage.keysOf = () => keys;
    for (const name of clientNames(options)) await this.#addCaller(name);
    return closers;
  }

  async #addCaller(name: string): Promise<void> {
    const stage = this.#stage;
    const { options } = this.#plan;
    const host = stage.world.host(name);
    const address = this.#isProxied ? proxyAddress : { host: addressOf(0), port: 11_211 };
    const caller = new Caller({
      name,
      host,
      stage,
      address,
      wire: wires[wireNameOf(options, name)],
      hidesFailures: this.#isProxied && options['onNodeFailure'] === 'miss',
      isExplained: (since) => this.#isExplained(name, since),
    });
    this.#callers.set(name, caller);
    await stage.add(name, { host, start: () => Promise.resolve() });
  }

  #isExplained(name: string, since: number): boolean {
    return this.#breaks.some(({ at, places }) => {
      const [one, other] = places;
      if (at < since) return false;
      if (other === undefined) return one === this.#front;
      return places.includes(name) && places.includes(this.#front);
    });
  }

  async #load(): Promise<void> {
    const stage = this.#stage;
    const { calls, duration, faults } = this.#plan;
    for (const fault of faults) stage.world.after(fault.at, () => this.#strike(fault));
    for (const call of calls)
      stage.world.after(call.at, () => {
        if (stage.isRunning(call.caller)) this.#callers.get(call.caller)?.send(call);
      });
    await stage.world.sleep(duration + 1);
  }

  #strike(fault: PlannedFault): void {
    const stage = this.#stage;
    const { kind, ms = 0, other, target } = fault;
    if (kind === 'reset' || kind === 'kill')
      this.#breaks.push({ places: [target, kind === 'reset' ? other : undefined], at: stage.world.now });
    if (isFault(fault)) strike(stage, fault);
    const caller = this.#callers.get(target);
    const way = caller?.ways[kind];
    if (way === undefined || !stage.isRunning(target)) return;
    stage.count(kind);
    stage.world.note(`${target}: ${kind}`);
    way(ms);
  }

  /** G7, and M10 of new sessions: what is sent now has its reply in the time that is left. */
  #checkLiveness(): void {
    for (const [index, [name, caller]] of [...this.#callers].entries()) {
      const base = lastNumbers + index * 3;
      const key = `a${index}`;
      caller.send({ at: 0, caller: name, verb: 'set', key, number: base, length: 30 });
      caller.send({ at: 0, caller: name, verb: 'get', key, number: base + 1 });
      caller.send({ at: 0, caller: name, verb: 'noop', key, number: base + 2 });
    }
  }

  #outcome(): Outcome {
    const stage = this.#stage;
    for (const operation of stage.history.operations) if (operation.fate === 'open') operation.end = Infinity;
    return checkHistory(this.#plan, stage, (keys) => this.#checkKeys(keys));
  }

  #checkKeys(keys: ReadonlyMap<string, readonly Operation[]>): KeyReport {
    const { options } = this.#plan;
    return checkKeys(keys, {
      rule: 'M1',
      canEvict: false,
      coalesces: false,
      areGetsRetried: mayRetryGets(options),
      keepsOrder: betweenReloads(this.#stage.reloads),
    });
  }
}
