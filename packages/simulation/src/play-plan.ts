/** What all scenarios do first and last: a world for the plan, and the sums of its run. */
import { type LinkOptions, play } from 'memfleet/testing';
import type { KeyReport } from './check/check-keys.ts';
import { checkValues } from './check/values.ts';
import type { Operation } from './history.ts';
import type { Outcome } from './outcome.ts';
import { numberIn, type Options, type Plan, textIn } from './plan.ts';
import type { RunSettings } from './scenario.ts';
import { Stage } from './stage.ts';

/** Lines of a trace at most. */
const longestTrace = 1_000_000;

/** The network of a plan. */
function linkOf(options: Options): LinkOptions {
  return {
    latency: numberIn(options, 'latency'),
    jitter: numberIn(options, 'jitter'),
    window: numberIn(options, 'window'),
    cut: textIn(options, 'cut') as NonNullable<LinkOptions['cut']>,
  };
}

/** Runs a plan on a stage in a world of its own. */
export function playPlan(
  { options, seed }: Plan,
  { trace }: RunSettings,
  run: (stage: Stage) => Promise<Outcome>,
): Promise<Outcome> {
  return play({ seed, network: linkOf(options), trace: trace ? longestTrace : 0 }, (world) => run(new Stage(world)));
}

/** What came of a run. */
export function outcomeOf(
  plan: Plan,
  { happened, history, problems, world }: Stage,
  { checked, undecided }: Pick<KeyReport, 'checked' | 'undecided'>,
): Outcome {
  const { operations } = history;
  const { digest, events, now, trace } = world;
  return {
    plan,
    problems,
    checked,
    undecided,
    digest,
    events,
    calls: operations.length,
    virtual: now,
    happened,
    operations,
    trace,
  };
}

/** Checks the values of a history, and what its keys promise; what came of the run. */
export function checkHistory(
  plan: Plan,
  stage: Stage,
  check: (keys: ReadonlyMap<string, readonly Operation[]>) => KeyReport,
): Outcome {
  const keys = stage.history.byKey();
  for (const [key, list] of keys) for (const problem of checkValues(key, list)) stage.report(problem);
  const report = check(keys);
  for (const problem of report.problems) stage.report(problem);
  return outcomeOf(plan, stage, report);
}
