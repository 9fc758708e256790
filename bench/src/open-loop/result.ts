/** The outcomes of all rounds → tables, and whether the targets were met. */
import { median } from '../statistics.ts';
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

const outcomesOf = (runs: readonly Run[], scenario: string, entrant: string): Outcome[] =>
  runs
    .filter((run) => run.scenario === scenario && run.entrant === entrant)
    .flatMap(({ outcome }) => (typeof outcome === 'string' ? [] : [outcome]));

/** How the process ended that has no outcome. */
const endOf = (runs: readonly Run[], scenario: string, entrant: string): string =>
  runs
    .filter((run) => run.scenario === scenario && run.entrant === entrant)
    .flatMap(({ outcome }) => (typeof outcome === 'string' ? [outcome] : []))
    .join(', ');

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** A latency in µs, of the rounds that have one: median, and least and most. */
function latency(outcomes: readonly Outcome[], quantile: keyof Tail): string {
  const values = outcomes.flatMap(({ tail }) => (tail === undefined ? [] : [tail[quantile]]));
  if (values.length === 0) return '–';
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((us) => us.toFixed(0));
  return values.length === 1 ? String(middle) : `${middle} (${least}–${most})`;
}

function row(name: string, runs: readonly Run[], scenario: Scenario): string[] {
  const outcomes = outcomesOf(runs, scenario.name, name);
  if (outcomes.length === 0) return [name, endOf(runs, scenario.name, name), '', '', '', '', '', ''];
  const middle = (pick: (outcome: Outcome) => number): number => median(outcomes.map(pick));
  return [
    name,
    latency(outcomes, 'p50'),
    latency(outcomes, 'p99'),
    latency(outcomes, 'p999'),
    latency(outcomes, 'max'),
    percent(middle(({ leftOut, windows }) => leftOut / windows)),
    percent(middle(({ failed, unanswered, due }) => (failed + unanswered) / due)),
    percent(middle(({ cpu }) => cpu)),
  ];
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
