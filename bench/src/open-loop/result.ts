/** The outcomes of all rounds → tables, and whether the targets were met. */
import { median, type Spread, spread } from '../statistics.ts';
import { formatNumber, type Table } from '../table.ts';
import { besides, type Outcome, type Scenario, type Tail } from './scenario.ts';

/** One process. */
export interface Run {
  readonly round: number;
  readonly entrant: string;
  readonly scenario: string;
  /** How its process ended, where there is no outcome. */
  readonly outcome: Outcome | string;
}

const resultsOf = (runs: readonly Run[], scenario: string, entrant: string): (Outcome | string)[] =>
  runs.filter((run) => run.scenario === scenario && run.entrant === entrant).map(({ outcome }) => outcome);

const outcomesOf = (runs: readonly Run[], scenario: string, entrant: string): Outcome[] =>
  resultsOf(runs, scenario, entrant).filter((result) => typeof result !== 'string');

/** How the processes ended that gave no outcome. */
const endOf = (runs: readonly Run[], scenario: string, entrant: string): string =>
  resultsOf(runs, scenario, entrant)
    .filter((result) => typeof result === 'string')
    .join(', ');

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** One line of a table, and of the JSON. Latencies in µs; undefined where the machine was taken away in all windows. */
export interface TailLine {
  readonly workload: string;
  readonly other: string;
  readonly p50?: Spread;
  readonly p99?: Spread;
  readonly p999?: Spread;
  readonly max?: Spread;
  /** Shares: of the windows, of the gets, of a core. */
  readonly leftOut: number;
  readonly failed: number;
  readonly cpu: number;
}

/** The rounds of each client and scenario. Processes that gave no outcome are not in it. */
export function tailLines(runs: readonly Run[]): TailLine[] {
  const names = new Map(runs.map((run) => [`${run.scenario} ${run.entrant}`, run]));
  return Array.from(names.values()).flatMap(({ scenario, entrant }) => {
    const outcomes = outcomesOf(runs, scenario, entrant);
    if (outcomes.length === 0) return [];
    const tails = outcomes.flatMap(({ tail }) => tail ?? []);
    const of = (quantile: keyof Tail): Spread => spread(tails.map((tail) => tail[quantile]));
    const middle = (pick: (outcome: Outcome) => number): number => median(outcomes.map(pick));
    return [
      {
        workload: scenario,
        other: entrant,
        ...(tails.length === 0 ? {} : { p50: of('p50'), p99: of('p99'), p999: of('p999'), max: of('max') }),
        leftOut: middle((one) => one.leftOut / one.windows),
        failed: middle((one) => (one.failed + one.unanswered) / one.due),
        cpu: middle(({ cpu }) => cpu),
      },
    ];
  });
}

/** Median, and least and most where there were several rounds. */
function shown(latency: Spread | undefined): string {
  if (latency === undefined) return '–';
  const [middle, least, most] = [latency.median, latency.min, latency.max].map((us) => us.toFixed(0));
  return least === most ? String(middle) : `${middle} (${least}–${most})`;
}

function row(name: string, runs: readonly Run[], scenario: Scenario): string[] {
  const line = tailLines(runs).find(({ workload, other }) => workload === scenario.name && other === name);
  if (line === undefined) return [name, endOf(runs, scenario.name, name), '', '', '', '', '', ''];
  const latencies = [line.p50, line.p99, line.p999, line.max].map(shown);
  return [name, ...latencies, percent(line.leftOut), percent(line.failed), percent(line.cpu)];
}

/** One table a scenario. */
export function openLoopTable(scenario: Scenario, runs: readonly Run[]): Table {
  const names = [...new Set(runs.filter((run) => run.scenario === scenario.name).map(({ entrant }) => entrant))];
  return {
    title: `${scenario.rate} gets/s ${besides[scenario.beside]}: µs from when a get was due`,
    columns: ['client', 'p50', 'p99', 'p99.9', 'max', 'windows left out', 'failed', 'CPU of the core'],
    rows: names.map((name) => row(name, runs, scenario)),
  };
}

/** A p99, as ms or as a quotient within a round. */
interface TailTarget {
  readonly title: string;
  readonly scenario: string;
  readonly than?: { readonly entrant?: string; readonly scenario?: string };
  readonly bound: number;
}

const ours = 'memfleet';
const targets: readonly TailTarget[] = [
  { title: 'p99 at 100 000/s against ioredis', scenario: '100k', than: { entrant: 'ioredis' }, bound: 0.5 },
  { title: 'p99 at 100 000/s against 10 000/s', scenario: '100k', than: { scenario: '10k' }, bound: 1.3 },
  { title: 'p99 beside a getMany of 10 000, ms', scenario: '10k-getmany', bound: 2 },
  { title: 'p99 beside a get of 1 MB, ms', scenario: '10k-large', bound: 1.5 },
];

/** A target, and the median of its rounds: ms, or a quotient. */
export interface TailVerdict {
  readonly target: string;
  readonly wanted: number;
  readonly measured: number;
  readonly isReached: boolean;
}

function p99Of(runs: readonly Run[], round: number, entrant: string, scenario: string): number {
  const inRound = runs.filter((run) => run.round === round);
  return outcomesOf(inRound, scenario, entrant)[0]?.tail?.p99 ?? Number.NaN;
}

/** The targets for which there are figures. */
export function judgeTails(runs: readonly Run[]): TailVerdict[] {
  const rounds = [...new Set(runs.map(({ round }) => round))];
  return targets.flatMap(({ title, scenario, than, bound }) => {
    const values = rounds.map((round) => {
      const p99 = p99Of(runs, round, ours, scenario);
      if (than === undefined) return p99 / 1000;
      return p99 / p99Of(runs, round, than.entrant ?? ours, than.scenario ?? scenario);
    });
    const known = values.filter((value) => !Number.isNaN(value));
    if (known.length === 0) return [];
    const measured = median(known);
    return [{ target: title, wanted: bound, measured, isReached: measured <= bound }];
  });
}

export function tailVerdictTable(verdicts: readonly TailVerdict[]): Table {
  return {
    title: 'targets (medians of the rounds)',
    columns: ['target', 'wanted', 'measured', 'reached'],
    rows: verdicts.map(({ target, wanted, measured, isReached }) => [
      target,
      `≤${wanted}`,
      formatNumber(measured),
      isReached ? 'yes' : 'NO',
    ]),
  };
}
