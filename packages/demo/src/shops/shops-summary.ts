/** What a run of the shops comes to: one JSON object, from which the text for people is made. */
import { version } from 'memfleet';
import { milliseconds, whole } from '../figures.ts';
import type { Measure } from '../meter.ts';
import type { Outage } from '../outages.ts';
import type { DemoOptions } from '../run.ts';
import { checkLines, outageLines } from '../summary-text.ts';
import { rounded } from '../summary.ts';
import { type Column, type Paint, plain, rowOf, titlesOf } from '../table.ts';
import { type Check, ejection, point } from '../verdict.ts';
import { shopCount } from './office.ts';
import type { ShopsResult } from './shops-phase.ts';
import type { ShopsRun } from './shops-run.ts';

/** The pages of one way. Latencies in ms, times in seconds since the start. */
export interface ShopsSummary
  extends Pick<Measure, 'seconds' | 'p50' | 'p99'>, Omit<ShopsResult, 'measure' | 'examples' | 'isClosed'> {
  readonly pages: number;
  readonly pagesPerSecond: number;
  readonly slowest: number;
}

/** The result of a run. */
export interface CacheSummary extends Pick<DemoOptions, 'seconds' | 'callers' | 'think' | 'seed'> {
  /** All checks passed. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly examples: readonly string[];
  readonly version: string;
  readonly fleet: string;
  readonly nodes: readonly string[];
  /** Processes that serve pages. */
  readonly processes: number;
  readonly plain: ShopsSummary;
  readonly cache: ShopsSummary;
}

/** The results of both ways. */
export interface Ways {
  readonly plain: ShopsResult;
  readonly cache: ShopsResult;
}

export function summarize(
  { options, fleet, schedule }: ShopsRun,
  both: Ways,
  lostNodes: readonly string[],
): CacheSummary {
  const { seconds, callers, think, seed } = options;
  const checks = judgeShops(both, schedule.outages.length, lostNodes);
  return {
    ok: checks.every(({ ok }) => ok),
    checks,
    examples: both.cache.examples,
    version,
    fleet: fleet.kind,
    nodes: fleet.names,
    seconds,
    callers,
    think,
    seed,
    processes: shopCount,
    plain: pagesOf(both.plain),
    cache: pagesOf(both.cache),
  };
}

/** Whether a run was good, point by point. `planned`: the outages of each way. */
export function judgeShops(both: Ways, planned: number, lost: readonly string[]): Check[] {
  const { plain, cache } = both;
  const pages = plain.measure.calls + cache.measure.calls;
  const wrong = plain.wrong + cache.wrong;
  const hung = plain.hung + cache.hung;
  const outages = [...plain.outages, ...cache.outages];
  return [
    point(
      'values',
      wrong === 0 && plain.measure.calls > 0 && cache.measure.calls > 0,
      `${whole(pages)} pages checked: every part whole and of the right key`,
      `${whole(wrong)} of ${whole(pages)} pages had a wrong part`,
    ),
    point(
      'current',
      cache.stale === 0,
      `cache: no page was older than one of ${whole(cache.edits)} edits`,
      `cache: ${whole(cache.stale)} pages were older than an edit`,
    ),
    point(
      'one load',
      cache.mostOfGeneration <= 1,
      'cache: one load of a key at a time in all shops, as long as its node was there',
      `cache: ${cache.mostOfGeneration} loads of a key at once although its node was there`,
    ),
    point('served', cache.failed === 0, 'cache: every page was served', `cache: ${whole(cache.failed)} pages failed`),
    point('settled', hung === 0, 'every page ended', `${whole(hung)} pages did not end`),
    ...(planned > 0 ? [point('ejected', ...ejection({ outages, plannedOutages: 2 * planned }))] : []),
    point('closed', plain.isClosed && cache.isClosed, 'all shops closed in order', 'a shop did not close'),
    ...(lost.length > 0 ? [point('processes', false, `ended by themselves: ${lost.join('; ')}`)] : []),
  ];
}

function pagesOf(result: ShopsResult): ShopsSummary {
  const { measure, examples: _, isClosed: __, outages, ...counts } = result;
  const { seconds, p50, p99, max: slowest, calls: pages, callsPerSecond } = rounded(measure);
  const rate = Math.round(callsPerSecond);
  return { seconds, pages, pagesPerSecond: rate, p50, p99, slowest, ...counts, outages: outages.map(rounded) };
}

type Line = readonly [title: string, text: (pages: ShopsSummary) => string];

const lines: readonly Line[] = [
  ['pages', ({ pages }) => whole(pages)],
  ['pages/s', ({ pagesPerSecond }) => whole(pagesPerSecond)],
  ['p50', ({ p50 }) => milliseconds(p50)],
  ['p99', ({ p99 }) => milliseconds(p99)],
  ['slowest page', ({ slowest }) => milliseconds(slowest)],
  ['loads', ({ loads }) => whole(loads)],
  ['of the hot part', ({ hotLoads }) => whole(hotLoads)],
  ['of one key at once', ({ mostAtOnce }) => whole(mostAtOnce)],
  ['wrong pages', ({ wrong }) => whole(wrong)],
  ['stale pages', ({ stale }) => whole(stale)],
  ['pages that failed', ({ failed }) => whole(failed)],
];

const notes = [
  'Each began with empty nodes and had the same callers, edits and outage. A load is a query',
  'of the database, which takes 40 ms and has 8 connections; a query that waits for one for',
  '2 s fails. A page is stale if it began after the answer to the delete that followed an edit.',
];

/** The lines of the text. */
export function cacheSummaryText(summary: CacheSummary, paint: Paint = plain): string[] {
  const { nodes } = summary;
  const columns: Column<Line>[] = [
    { title: '  The same pages', width: -24, text: ([title]) => `  ${title}` },
    { title: 'plain get and set', width: 20, text: ([, text]) => text(summary.plain) },
    { title: 'memfleet/cache', width: 18, text: ([, text]) => text(summary.cache) },
  ];
  const outages = (['plain', 'cache'] as const).flatMap((name) =>
    summary[name].outages.map((outage: Outage) => [name, outage, true] as const),
  );
  return [
    '',
    paint('bold', titlesOf(columns)),
    ...lines.map((line) => rowOf(columns, line)),
    ...notes.map((note) => paint('dim', `  ${note}`)),
    '',
    ...(outages.length > 0 ? [...outageLines(nodes, outages, paint), ''] : []),
    ...checkLines(summary, paint),
  ];
}
