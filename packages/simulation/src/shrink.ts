/**
 * Makes a failing plan smaller: faults and calls by halves, then one by one; then options back to those of a calm run.
 * A plan is smaller only if it breaks the same rule, and with the same key where there is one.
 */
import type { Options, Plan, PlannedCall } from './plan.ts';
import type { Problem } from './problem.ts';

/** Runs a plan and returns its problems. */
export type Try = (plan: Plan) => Promise<readonly Problem[]>;

/** How far it went. */
export interface Shrunk {
  readonly plan: Plan;
  readonly problem: Problem;
  /** Runs that it took. */
  readonly runs: number;
}

class Shrinking {
  #plan: Plan;
  #problem: Problem;
  #runs = 0;
  readonly #try: Try;
  readonly #most: number;

  constructor(plan: Plan, problem: Problem, attempt: Try, most: number) {
    this.#plan = plan;
    this.#problem = problem;
    this.#try = attempt;
    this.#most = most;
  }

  get result(): Shrunk {
    return { plan: this.#plan, problem: this.#problem, runs: this.#runs };
  }

  get plan(): Plan {
    return this.#plan;
  }

  get at(): number {
    return this.#problem.at;
  }

  get key(): string | undefined {
    return this.#problem.key;
  }

  /** Takes a smaller plan if it fails in the same way. */
  async take(plan: Plan): Promise<boolean> {
    if (this.#runs >= this.#most) return false;
    this.#runs++;
    const { key, rule } = this.#problem;
    const problem = (await this.#try(plan)).find((found) => found.rule === rule && found.key === key);
    if (problem === undefined) return false;
    this.#plan = plan;
    this.#problem = problem;
    return true;
  }

  /** Leaves out parts of a list, the larger ones first. */
  async thin<T>(
    listOf: (plan: Plan) => readonly T[],
    withList: (plan: Plan, list: readonly T[]) => Plan,
  ): Promise<void> {
    for (let size = Math.ceil(listOf(this.#plan).length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < listOf(this.#plan).length;) {
        const list = listOf(this.#plan);
        const isTaken = await this.take(withList(this.#plan, [...list.slice(0, at), ...list.slice(at + size)]));
        if (!isTaken) at += size;
      }
    }
  }
}

/** The options one at a time as in a calm run. */
async function calm(shrinking: Shrinking, options: Options): Promise<void> {
  for (const [name, value] of Object.entries(options)) {
    const { plan } = shrinking;
    if (plan.options[name] === value) continue;
    await shrinking.take({ ...plan, options: { ...plan.options, [name]: value } });
  }
}

const withCalls = (plan: Plan, calls: readonly PlannedCall[]): Plan => ({ ...plan, calls });

/** A smaller plan that breaks the same rule; `most`: the number of runs at most. */
export async function shrink(
  plan: Plan,
  problem: Problem,
  attempt: Try,
  options: Options,
  most = 400,
): Promise<Shrunk> {
  const shrinking = new Shrinking(plan, problem, attempt, most);
  // Nothing after it matters.
  const end = problem.at + 1000;
  await shrinking.take({
    ...plan,
    duration: Math.min(plan.duration, end),
    calls: plan.calls.filter(({ at }) => at <= end),
    faults: plan.faults.filter(({ at }) => at <= end),
  });
  const { key } = shrinking;
  if (key !== undefined)
    await shrinking.take(
      withCalls(
        shrinking.plan,
        shrinking.plan.calls.filter((call) => call.key === key),
      ),
    );
  await shrinking.thin(
    (of) => of.faults,
    (of, faults) => ({ ...of, faults }),
  );
  await calm(shrinking, options);
  await shrinking.thin((of) => of.calls, withCalls);
  await shrinking.thin(
    (of) => of.faults,
    (of, faults) => ({ ...of, faults }),
  );
  return shrinking.result;
}
