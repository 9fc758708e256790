import type { Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import type { RunSettings, Scenario } from './scenario.ts';

/** How to run a plan. */
export interface AttemptSettings extends RunSettings {
  /** Run it twice and compare. */
  readonly twice: boolean;
}

/** Runs a plan. What is thrown in its world breaks G4; two runs that differ break G6. */
export async function attempt(scenario: Scenario, plan: Plan, { trace, twice }: AttemptSettings): Promise<Outcome> {
  const outcome = await runOf(scenario, plan, trace);
  if (!twice) return outcome;
  const difference = differenceOf(outcome, await runOf(scenario, plan, trace));
  return difference === undefined ? outcome : { ...outcome, problems: [...outcome.problems, difference] };
}

async function runOf(scenario: Scenario, plan: Plan, trace: boolean): Promise<Outcome> {
  try {
    return await scenario.run(plan, { trace });
  } catch (error) {
    return thrown(plan, error);
  }
}

/** The outcome of a run that an error ended: its history is lost. */
function thrown(plan: Plan, error: unknown): Outcome {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    plan,
    problems: [{ rule: 'G4', at: plan.duration, message }],
    checked: 0,
    undecided: 0,
    digest: '',
    events: 0,
    calls: 0,
    virtual: 0,
    happened: {},
    operations: [],
    trace: [],
  };
}

/** G6: the same plan gives the same bytes at the same times. */
function differenceOf(one: Outcome, other: Outcome): Problem | undefined {
  if (one.digest === other.digest && one.events === other.events) return undefined;
  const [first, second] = [one, other].map(({ digest, events }) => `${digest} after ${events} events`);
  return { rule: 'G6', at: one.virtual, message: `two runs differ: ${first}, and ${second}` };
}
