/** The sums of many runs. */
import type { Outcome } from './outcome.ts';
import type { Scenario } from './scenario.ts';

/** What a process tells of its runs of a scenario. */
export type Sums = Pick<
  Tally,
  'runs' | 'failures' | 'checked' | 'undecided' | 'events' | 'calls' | 'virtual' | 'real' | 'happened'
>;

/** What so many runs of a scenario came to. */
export class Tally {
  readonly scenario: Scenario;
  runs = 0;
  failures = 0;
  /** Of searched histories of keys. */
  checked = 0;
  undecided = 0;
  events = 0;
  calls = 0;
  /** Virtual ms, and real ones. */
  virtual = 0;
  real = 0;
  readonly happened: Record<string, number> = {};

  constructor(scenario: Scenario) {
    this.scenario = scenario;
  }

  add(outcome: Outcome, real: number): void {
    this.merge({ ...outcome, runs: 1, failures: outcome.problems.length > 0 ? 1 : 0, real });
  }

  /** Adds the runs of another process. */
  merge(sums: Sums): void {
    this.runs += sums.runs;
    this.failures += sums.failures;
    this.checked += sums.checked;
    this.undecided += sums.undecided;
    this.events += sums.events;
    this.calls += sums.calls;
    this.virtual += sums.virtual;
    this.real += sums.real;
    for (const [what, count] of Object.entries(sums.happened)) this.happened[what] = (this.happened[what] ?? 0) + count;
  }

  /** What should have happened in so many runs, and did not. */
  get neverHappened(): readonly string[] {
    const { rarely = [], sometimes } = this.scenario;
    const expected = [...(this.runs < 200 ? [] : sometimes), ...(this.runs < 1000 ? [] : rarely)];
    return expected.filter((what) => (this.happened[what] ?? 0) === 0);
  }

  /** Whether more than 1 % of 2000 histories or more were given up. */
  get isUndecided(): boolean {
    return this.checked >= 2000 && this.undecided > this.checked / 100;
  }

  /** Two lines: rates, and what happened. */
  get lines(): readonly string[] {
    const seconds = this.real / 1000;
    const perSecond = (count: number): string => Math.round(count / seconds).toLocaleString('en');
    const { calls, checked, failures, runs, scenario, undecided, virtual } = this;
    const happened = Object.entries(this.happened)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([what, count]) => `${what} ${count}`);
    return [
      `${scenario.name}: ${runs} seeds, ${failures} failed; ${Math.round(virtual / 1000)} virtual s (${perSecond(virtual / 1000)} a second), ${calls} calls (${perSecond(calls)} a second); ${checked} histories, ${undecided} undecided`,
      `  ${happened.join(', ')}`,
    ];
  }
}
