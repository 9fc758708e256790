import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Plan } from '../src/plan.ts';
import { scenarioOf, scenarios } from '../src/scenarios/index.ts';

/** The first second of a plan: `npm run simulate` runs whole ones. */
function beginOf(plan: Plan): Plan {
  const duration = 1000;
  const calls = plan.calls.filter(({ at }) => at < duration).slice(0, 150);
  return { ...plan, duration, calls, faults: plan.faults.filter(({ at }) => at < duration) };
}

const folder = new URL('../regressions/', import.meta.url);

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
  'the scenario %s finds no problem in its first seeds, and two runs of a plan are identical',
  async (_name, scenario) => {
    for (const seed of [1, 2, 3]) {
      const plan = beginOf(scenario.plan(seed));
      const outcome = await scenario.run(plan, { trace: false });
      expect(outcome.problems).toEqual([]);
      expect(outcome.calls).toBeGreaterThan(0);
      const again = await scenario.run(JSON.parse(JSON.stringify(plan)) as Plan, { trace: true });
      expect([again.digest, again.events]).toEqual([outcome.digest, outcome.events]);
    }
  },
);

test.each(readdirSync(folder))('the plan %s, which failed once, finds no problem', async (file) => {
  const plan = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Plan;
  expect((await scenarioOf(plan.scenario).run(plan, { trace: false })).problems).toEqual([]);
});
