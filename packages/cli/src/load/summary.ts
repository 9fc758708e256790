/** What a run tells at its end: text for people, or one JSON object. */
import { type Latencies, shownPercentiles } from './latencies.ts';
import type { Tally } from './tally.ts';
import type { RunPlan } from './workload.ts';

/** Percentiles in µs, by name: `p50`, `p99.9`, with `mean` and `max`. */
export type Percentiles = Readonly<Record<string, number>>;

/** The result of a run as JSON has it. Times of latencies in µs. */
export interface LoadResult {
  readonly target: string;
  readonly plan: RunPlan;
  /** Seconds that were measured. */
  readonly seconds: number;
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  readonly latency: Percentiles;
  /** Of all requests: an HDR histogram of µs, V2, compressed, in base64. */
  readonly histogram: string;
  readonly verbs: Readonly<Record<string, VerbResult>>;
  readonly errors: Readonly<Record<string, number>>;
  /** Values that are not what was stored; undefined where nobody looked. */
  readonly wrong: number | undefined;
  readonly examples: readonly string[];
  /** Open loop: requests that were due and not sent. */
  readonly unsent: number;
}

export interface VerbResult {
  readonly requests: number;
  readonly hits: number;
  readonly misses: number;
  readonly latency: Percentiles;
}

function percentilesOf(latencies: Latencies): Percentiles {
  if (latencies.count === 0) return {};
  const shown = shownPercentiles.map((percent) => [`p${percent}`, latencies.percentile(percent)]);
  return { ...Object.fromEntries(shown), mean: Math.round(latencies.mean * 10) / 10, max: latencies.max };
}

export function resultOf(target: string, plan: RunPlan, tally: Tally, elapsed: number): LoadResult {
  const all = tally.latencies();
  const verbs = [...tally.verbs].map(([verb, { requests, hits, misses, latencies }]) => [
    verb,
    { requests, hits, misses, latency: percentilesOf(latencies) },
  ]);
  return {
    target,
    plan,
    seconds: elapsed / 1000,
    requests: tally.requests,
    rate: elapsed > 0 ? (tally.requests / elapsed) * 1000 : 0,
    latency: percentilesOf(all),
    histogram: all.encoded(),
    verbs: Object.fromEntries(verbs) as LoadResult['verbs'],
    errors: Object.fromEntries(tally.errors),
    wrong: plan.verify ? tally.wrong : undefined,
    examples: tally.examples,
    unsent: tally.unsent,
  };
}

/** With the largest unit that leaves at least 1, in three digits. */
export function formatMicroseconds(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value < 1000) return `${Math.round(value)} µs`;
  return value < 1e6 ? `${(value / 1000).toFixed(value < 1e4 ? 2 : 1)} ms` : `${(value / 1e6).toFixed(2)} s`;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Columns, right-aligned but for the first. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Lines for people. */
export function summaryLines(result: LoadResult): string[] {
  const { errors, examples, latency, plan, requests, rate, seconds, unsent, verbs, wrong } = result;
  const names = [...shownPercentiles.map((percent) => `p${percent}`), 'max'];
  const row = (name: string, count: number, of: Percentiles, hits: string): string[] => [
    name,
    whole(count),
    seconds > 0 ? whole(count / seconds) : '–',
    hits,
    ...names.map((percentile) => formatMicroseconds(of[percentile] ?? Number.NaN)),
  ];
  const ofVerbs = Object.entries(verbs).map(([verb, { requests: count, hits, misses, latency: of }]) =>
    row(verb, count, of, hits + misses === 0 ? '–' : `${((100 * hits) / (hits + misses)).toFixed(1)} %`),
  );
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return [
    `${whole(requests)} requests in ${seconds.toFixed(1)} s, ${whole(rate)}/s; ${loopText(plan)}`,
    '',
    ...table([['', 'requests', 'per second', 'hits', ...names], ...ofVerbs, row('all', requests, latency, '')]),
    ...(failed === 0 ? [] : ['', `${whole(failed)} requests failed:`]),
    ...Object.entries(errors).map(([message, count]) => `  ${whole(count)}  ${message}`),
    ...(unsent === 0 ? [] : ['', `${whole(unsent)} requests were due and not sent: the target is slower than --rate`]),
    ...(wrong === undefined ? [] : ['', wrong === 0 ? 'all values are right' : `${whole(wrong)} values are wrong:`]),
    ...examples.map((example) => `  ${example}`),
  ];
}

function loopText({ connections, depth, rate, workload }: RunPlan): string {
  const loop = rate === undefined ? 'closed loop' : `open loop of ${whole(rate)}/s, latency from the due time`;
  return `${loop}, ${connections} connections, up to ${depth} in flight on each, seed ${workload.seed}`;
}
