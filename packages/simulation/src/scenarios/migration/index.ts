import { createClient, createMigration, type Migration } from 'memfleet';
import { checkKeys, type KeyReport } from '../../check/check-keys.ts';
import { checkMisses } from '../../check/misses.ts';
import type { Operation } from '../../history.ts';
import { keysOf, type Options, type Plan } from '../../plan.ts';
import type { Scenario } from '../../scenario.ts';
import type { Stage } from '../../stage.ts';
import { closeAll, startNodes, watchClient } from '../fleet/cast.ts';
import { fill } from '../fleet/fill.ts';
import { fleetOf } from '../fleet/fleet-options.ts';
import { clientNames, halfOf, nodesOf } from '../fleet/plan.ts';
import { type Gather, mayRetryGets, runFleet } from '../fleet/run.ts';
import { calm, isHeld, phases, planMigration } from './plan.ts';

async function startMigrations(stage: Stage, options: Options): Promise<Map<string, Migration<string>>> {
  const migrations = new Map<string, Migration<string>>();
  for (const name of clientNames(options)) {
    const host = stage.world.host(name);
    const start = (): Promise<void> => {
      const shared = fleetOf(options, host);
      const from = { ...shared, nodes: halfOf(nodesOf(options), 0) };
      const to = { ...shared, nodes: halfOf(nodesOf(options), 1) };
      const migration = createMigration<string>({ from, to });
      watchClient(stage, name, migration.client);
      migrations.set(name, migration);
      return Promise.resolve();
    };
    await stage.add(name, { host, start });
  }
  return migrations;
}

/** Plans the changes of the phases. */
function planPhases(stage: Stage, { faults }: Plan, migrations: ReadonlyMap<string, Migration<string>>): void {
  for (const { amount = 0, at, kind, target } of faults) {
    if (kind !== 'phase') continue;
    stage.world.after(at, () => {
      const migration = migrations.get(target);
      const phase = phases[amount];
      if (migration === undefined || phase === undefined) return;
      stage.count(`phase ${phase}`);
      stage.world.note(`${target}: ${phase}`);
      migration.phase = phase;
    });
  }
}

/** From when on a caller reads the new fleet alone: virtual ms. */
function untilOf({ faults }: Plan, begin: number): (caller: string) => number {
  return (caller) =>
    begin +
    (faults.find(({ amount, kind, target }) => kind === 'phase' && target === caller && amount === 3)?.at ?? Infinity);
}

type Keys = ReadonlyMap<string, readonly Operation[]>;

function check(keys: Keys, plan: Plan, until: (caller: string) => number): KeyReport {
  const { options } = plan;
  const problems = [...keys].flatMap(([key, list]) => (isHeld(key) ? checkMisses(key, list, until) : []));
  // Several processes may write in another order to each fleet, and what fails is not repeated.
  if (options['strikes'] !== 'none' || options['clients'] !== 1) return { problems, checked: keys.size, undecided: 0 };
  const known = new Map([...keys].map(([key, list]) => [key, list.filter((each) => !isLateMiss(each, until))]));
  const areGetsRetried = mayRetryGets(options);
  const report = checkKeys(known, { rule: 'M11', canEvict: false, areGetsRetried, keepsOrder: false });
  return { ...report, problems: [...problems, ...report.problems] };
}

/** A miss on the new fleet says nothing about what only the old one had. */
function isLateMiss({ beginAt, caller, result, verb }: Operation, until: (caller: string) => number): boolean {
  if (verb !== 'get' || beginAt < until(caller) || result === undefined) return false;
  return 'value' in result && result.value === undefined;
}

const gather: Gather = async (stage, plan) => {
  const { options } = plan;
  const keys = keysOf(plan);
  const servers = await startNodes(stage, options);
  const direct = createClient<string>({ nodes: halfOf(nodesOf(options), 0), ...stage.world.host('direct').options });
  await fill(stage, direct, 'old', keys);
  const migrations = await startMigrations(stage, options);
  planPhases(stage, plan, migrations);
  const clients = new Map([...migrations].map(([name, { client }]) => [name, client]));
  const until = untilOf(plan, stage.world.now);
  const settled = (): Promise<void> => {
    for (const migration of migrations.values()) {
      const { mirrorFailures, oldHits, newHits } = migration.stats();
      for (const [what, count] of Object.entries({ mirrorFailures, oldHits, newHits })) stage.countMany(what, count);
    }
    return Promise.resolve();
  };
  return {
    clients,
    homeOf: () => undefined,
    keysOf: () => [],
    settled,
    check: (of) => check(of, plan, until),
    closers: [closeAll(clients), () => direct.close(), closeAll(servers)],
  };
};

/** Clients that move from one fleet to another. */
export const migration: Scenario = {
  name: 'migration',
  about: 'clients that move from an old fleet to a new one, phase by phase',
  sometimes: ['phase write-both', 'phase read-new', 'phase new', 'mirrorFailures', 'oldHits', 'newHits', 'ERR_TIMEOUT'],
  calm,
  plan: planMigration,
  run: (plan, settings) => runFleet(plan, settings, gather),
};
