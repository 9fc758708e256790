/** Runs a plan of the scenario `fleet` and checks its history. */
import { play, type World } from 'memfleet/testing';
import { checkBounds } from '../../check/bounds.ts';
import { checkFleet, type FleetFacts } from '../../check/check-fleet.ts';
import { checkValues } from '../../check/values.ts';
import { linkOf } from '../../link.ts';
import { checkClosing, checkLiveness, heal, runLoad } from '../../load.ts';
import { NodeTrace } from '../../node-trace.ts';
import type { Outcome } from '../../outcome.ts';
import { isOn, numberIn, type Plan, textIn } from '../../plan.ts';
import type { RunSettings } from '../../scenario.ts';
import { Stage } from '../../stage.ts';
import type { LoadSite } from '../../workload.ts';
import { startClients, startNodes } from './cast.ts';
import { ejectTimeMax, nodeAt } from './fleet-options.ts';
import { nodeNames } from './plan.ts';

/** The time from the end of the faults to the check that all is well: ms. */
const recovery = ejectTimeMax + 20_000;

/** Runs it in a world of its own. */
export function runFleet(plan: Plan, { trace }: RunSettings): Promise<Outcome> {
  const { options, seed } = plan;
  return play({ seed, network: linkOf(options), trace: trace ? 1_000_000 : 0 }, (world) =>
    new FleetRun(plan, world).run(),
  );
}

class FleetRun {
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #world: World;

  constructor(plan: Plan, world: World) {
    this.#plan = plan;
    this.#world = world;
    this.#stage = new Stage(world);
  }

  async run(): Promise<Outcome> {
    const { options } = this.#plan;
    const stage = this.#stage;
    const servers = await startNodes(stage, options);
    const clients = await startClients(stage, options, this.#nodes);
    const [client] = clients.values();
    const homeOf = (key: string): string | undefined => client?.nodeOf(key);
    const keys = [...new Set(this.#plan.calls.map(({ key }) => key))];
    stage.keysOf = (node) => keys.filter((key) => this.#hasManyNodes || homeOf(key) === node);
    const homes = new Map(keys.map((key) => [key, homeOf(key)]));
    const trace = this.#hasManyNodes ? new NodeTrace() : undefined;
    await runLoad(stage, this.#plan, clients, this.#site(trace));
    trace?.close();
    await heal(stage, recovery);
    await checkLiveness(stage, clients, ['alive1', 'alive2', 'alive3', 'alive4']);
    const end = this.#world.now;
    await checkClosing(stage, [
      ...[...clients.values()].map((client) => () => client.close()),
      ...[...servers.values()].map((server) => () => server.close()),
    ]);
    return this.#outcome(end, homes);
  }

  get #nodes(): readonly string[] {
    return nodeNames(this.#plan.options).map((_, index) => nodeAt(index));
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
      isClassic: textIn(this.#plan.options, 'protocol') === 'text',
      count: (what) => stage.count(what),
      trace,
    };
  }

  #outcome(end: number, homes: ReadonlyMap<string, string | undefined>): Outcome {
    const stage = this.#stage;
    const { operations } = stage.history;
    const { options } = this.#plan;
    const keys = stage.history.byKey();
    const timeout = numberIn(options, 'timeout');
    for (const problem of checkBounds(operations, () => timeout, stage.standstills, end)) stage.report(problem);
    for (const [key, list] of keys) for (const problem of checkValues(key, list)) stage.report(problem);
    const report = checkFleet(keys, this.#facts(homes));
    for (const problem of report.problems) stage.report(problem);
    return {
      plan: this.#plan,
      problems: stage.problems,
      checked: report.checked,
      undecided: report.undecided,
      digest: this.#world.digest,
      events: this.#world.events,
      calls: operations.length,
      virtual: this.#world.now,
      happened: stage.happened,
      operations,
      trace: this.#world.trace,
    };
  }

  #facts(homes: ReadonlyMap<string, string | undefined>): FleetFacts {
    const { options } = this.#plan;
    return {
      failure: textIn(options, 'failure') as FleetFacts['failure'],
      nodes: this.#nodes,
      homeOf: (key) => homes.get(key),
      ejections: this.#stage.ejections,
      timeout: numberIn(options, 'timeout'),
      rules: {
        canEvict: numberIn(options, 'maxBytes') < 16_777_216,
        coalesces: isOn(options, 'coalesce'),
        keepsOrder: !isOn(options, 'exclusive'),
        keepsCounterOrder: !isOn(options, 'exclusive') && textIn(options, 'protocol') !== 'text',
      },
    };
  }
}
