import type { Outcome } from './outcome.ts';
import type { Options, Plan } from './plan.ts';

/** How to run a plan. */
export interface RunSettings {
  /** Keep a trace; it does not change the run. */
  readonly trace: boolean;
}

/** A kind of world: what is in it, what is drawn, what must hold. */
export interface Scenario {
  readonly name: string;
  /** What it is about, in a line. */
  readonly about: string;
  /** What must happen in the course of 200 seeds at least once: otherwise the faults prevent everything, or nothing. */
  readonly sometimes: readonly string[];
  /** The same in the course of 1000 seeds. @default nothing */
  readonly rarely?: readonly string[];
  /** The options of a calm run, which shrinking goes back to. */
  readonly calm: Options;
  /** The plan of a seed. */
  plan(seed: number): Plan;
  run(plan: Plan, settings: RunSettings): Promise<Outcome>;
}
