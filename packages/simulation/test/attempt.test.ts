import { expect, test } from 'vitest';
import { attempt } from '../src/attempt.ts';
import type { Outcome } from '../src/outcome.ts';
import type { Plan } from '../src/plan.ts';
import type { Scenario } from '../src/scenario.ts';

const plan: Plan = { scenario: 'none', seed: 1, duration: 10, options: {}, calls: [], faults: [] };
const calm: Outcome = {
  plan,
  problems: [],
  checked: 1,
  undecided: 0,
  digest: 'a',
  events: 3,
  calls: 0,
  virtual: 10,
  happened: {},
  operations: [],
  trace: [],
};

/** A scenario whose runs have these outcomes, one after the other; an error is thrown. */
function scenarioOf(...outcomes: readonly (Partial<Outcome> | Error)[]): Scenario {
  const left = [...outcomes];
  const run = (): Promise<Outcome> => {
    const next = left.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve({ ...calm, ...next });
  };
  return { name: 'none', about: '', sometimes: [], calm: {}, plan: () => plan, run };
}

/** The rules that an attempt breaks. */
async function broken(twice: boolean, ...outcomes: readonly (Partial<Outcome> | Error)[]): Promise<string[]> {
  const { problems } = await attempt(scenarioOf(...outcomes), plan, { trace: false, twice });
  return problems.map(({ rule }) => rule);
}

test('a run that an error ends breaks G4, and the message says where it was thrown', async () => {
  expect(await broken(false, new TypeError('wrong'))).toEqual(['G4']);
  const { problems } = await attempt(scenarioOf(new TypeError('wrong')), plan, { trace: false, twice: false });
  expect(problems[0]?.message).toMatch(/^TypeError: wrong\n +at .*attempt\.test\.ts/);
});

test('two runs of a plan that differ in their bytes or in their number of events break G6', async () => {
  expect(await broken(true, {}, {})).toEqual([]);
  expect(await broken(true, {}, { digest: 'b' })).toEqual(['G6']);
  expect(await broken(true, {}, { events: 4 })).toEqual(['G6']);
  expect(await broken(true, {}, new TypeError('wrong'))).toEqual(['G6']);
  expect(await broken(false, {}, { digest: 'b' })).toEqual([]);
});
