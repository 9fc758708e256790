/** Runs seeds of scenarios one after the other, and reports the results. */
import { attempt } from './attempt.ts';
import type { Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import { reportCalls, reportPlan, reportProblems } from './report.ts';
import type { Scenario } from './scenario.ts';
import { scenarioOf } from './scenarios/index.ts';
import type { Settings } from './settings.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

/** Milliseconds between two lines of progress. */
const progressEvery = 10_000;

/** Runs of one command. */
export class Runs {
  readonly #settings: Settings;
  readonly #print: (text: string) => void;
  readonly #now: () => number;
  readonly #begun: number;
  #shown: number;
  #hasFailed = false;

  /** `now`: real ms. */
  constructor(settings: Settings, print: (text: string) => void, now: () => number) {
    this.#settings = settings;
    this.#print = print;
    this.#now = now;
    this.#begun = now();
    this.#shown = this.#begun;
  }

  /** Runs its share of the seeds. */
  async run(): Promise<readonly Tally[]> {
    const { first, scenarios, seeds, share } = this.#settings;
    const tallies = scenarios.map((name) => new Tally(scenarioOf(name)));
    for (let index = share.at; index < seeds && !this.#isOver(); index += share.of) {
      for (const tally of tallies) {
        await this.#runSeed(tally, first + index);
        this.#showProgress(tally, first + index);
      }
    }
    return tallies;
  }

  /** Says what came of all runs. False: something failed. */
  conclude(tallies: readonly Tally[]): boolean {
    for (const tally of tallies) {
      if (tally.failures > 0) this.#hasFailed = true;
      this.#conclude(tally);
    }
    return !this.#hasFailed;
  }

  /** Runs a plan that was kept. */
  async runPlan(plan: Plan): Promise<boolean> {
    const scenario = scenarioOf(plan.scenario);
    const outcome = await attempt(scenario, plan, this.#settings);
    await this.#tell(scenario, outcome);
    this.#print(`digest ${outcome.digest}`);
    return !this.#hasFailed;
  }

  #isOver(): boolean {
    if (this.#settings.stopsEarly && this.#hasFailed) return true;
    return this.#now() - this.#begun > this.#settings.time;
  }

  async #runSeed(tally: Tally, seed: number): Promise<void> {
    const { scenario } = tally;
    const begun = this.#now();
    const outcome = await attempt(scenario, scenario.plan(seed), this.#settings);
    tally.add(outcome, this.#now() - begun);
    await this.#tell(scenario, outcome);
  }

  async #tell(scenario: Scenario, outcome: Outcome): Promise<void> {
    const { key, trace } = this.#settings;
    if (trace) {
      this.#print(outcome.trace.join('\n'));
      this.#print(reportCalls(outcome, key));
    }
    const [problem] = outcome.problems;
    if (problem === undefined) return;
    this.#hasFailed = true;
    this.#print(reportProblems(outcome));
    if (!this.#settings.shrink) return;
    const { twice } = this.#settings;
    const problemsOf = async (plan: Plan): Promise<Outcome['problems']> =>
      (await attempt(scenario, plan, { trace: false, twice })).problems;
    const small = await shrink(outcome.plan, problem, problemsOf, scenario.calm);
    this.#print(`shrunk in ${small.runs} runs: ${small.problem.rule}: ${small.problem.message}`);
    this.#print(reportPlan(small.plan, scenario.calm));
    this.#print(JSON.stringify(small.plan));
  }

  #showProgress({ failures, runs, scenario, virtual }: Tally, seed: number): void {
    if (this.#now() - this.#shown < progressEvery) return;
    this.#shown = this.#now();
    this.#print(
      `… ${scenario.name} up to seed ${seed}: ${runs} runs, ${failures} failed, ${Math.round(virtual / 1000)} virtual s`,
    );
  }

  #conclude(tally: Tally): void {
    for (const line of tally.lines) this.#print(line);
    const never = tally.neverHappened;
    if (never.length > 0) {
      this.#hasFailed = true;
      this.#print(`FAILED ${tally.scenario.name}: in ${tally.runs} seeds there was never ${never.join(', ')}`);
    }
    if (tally.isUndecided) {
      this.#hasFailed = true;
      // Not FAILED: nothing wrong was found (mutants/run.ts).
      this.#print(`UNDECIDED ${tally.scenario.name}: more than 1 % of the histories were given up`);
    }
  }
}
