import type { Operation } from './history.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';

/** What came of a run. */
export interface Outcome {
  readonly plan: Plan;
  readonly problems: readonly Problem[];
  /** Keys whose history was searched, and those where the search was given up. */
  readonly checked: number;
  readonly undecided: number;
  /** The same for the same plan. */
  readonly digest: string;
  /** Events of the world, calls, and virtual ms. */
  readonly events: number;
  readonly calls: number;
  readonly virtual: number;
  /** How often what happened: `eject`, `timeout`, `ERR_CONNECT` … */
  readonly happened: Readonly<Record<string, number>>;
  readonly operations: readonly Operation[];
  /** What happened when, if it was asked for. */
  readonly trace: readonly string[];
}
