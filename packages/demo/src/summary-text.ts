/** The summary for people. */
import { milliseconds, percent, seconds, whole } from './figures.ts';
import type { Reason } from './meter.ts';
import type { Outage } from './outages.ts';
import type { Rebalance } from './scene.ts';
import type { Summary, TrafficSummary } from './summary.ts';
import { type Column, type Paint, plain, rowOf, titlesOf } from './table.ts';

type Line = readonly [
  title: string,
  pooled: (traffic: TrafficSummary) => string,
  perCall?: (traffic: TrafficSummary) => string,
];

const lines: readonly Line[] = [
  ['connections opened', ({ connections }) => whole(connections.opened)],
  ['calls', ({ calls }) => whole(calls)],
  ['calls/s', ({ callsPerSecond }) => whole(callsPerSecond)],
  ['p50', ({ p50 }) => milliseconds(p50)],
  ['p99', ({ p99 }) => milliseconds(p99)],
  ['hits', ({ hitRatio }) => percent(hitRatio)],
  ['open at once', ({ connections }) => `${connections.peak} a node`, ({ connections }) => whole(connections.peak)],
];

/** The lines of the text. */
export function summaryText(summary: Summary, paint: Paint = plain): string[] {
  const { rebalances, outages } = summary;
  return [
    '',
    ...table(trafficColumns(summary), lines, paint),
    '',
    ...failureLines(summary, paint),
    ...(rebalances.length > 0 ? [...table(rebalanceColumns(summary), rebalances, paint), ''] : []),
    ...(outages.length > 0 ? [...outageLines(summary.nodes, outageRows(summary), paint), ''] : []),
    ...checkLines(summary, paint),
  ];
}

/** The last lines: what was checked. */
export function checkLines(
  { checks, examples, ok }: Pick<Summary, 'checks' | 'examples' | 'ok'>,
  paint: Paint,
): string[] {
  return [
    paint('bold', '  Checked'),
    ...checks.map((check) =>
      check.ok ? `  ${paint('green', '✓')} ${check.text}` : `  ${paint('red', '✗')} ${paint('red', check.text)}`,
    ),
    ...examples.map((example) => `      ${example}`),
    '',
    ok ? paint('green', 'All is well.') : paint('red', 'Something is wrong, see ✗ above.'),
  ];
}

/** The outages of a run. */
export function outageLines(nodes: readonly string[], rows: readonly OutageRow[], paint: Paint): string[] {
  return table(outageColumns(nodes), rows, paint);
}

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], paint: Paint): string[] {
  return [paint('bold', titlesOf(columns)), ...rows.map((row) => rowOf(columns, row))];
}

function firstPhase({ through }: Pick<Summary, 'through'>): string {
  return through === 'proxy' ? 'few sockets' : 'pooled';
}

function trafficColumns({ through, pooled, socketPerCall: other }: Summary): Column<Line>[] {
  const title = through === 'proxy' ? '  Through the proxy' : '  The same traffic';
  const columns: Column<Line>[] = [
    { title, width: -24, text: ([name]) => `  ${name}` },
    { title: firstPhase({ through }), width: 16, text: ([, text]) => text(pooled) },
  ];
  if (other !== undefined)
    columns.push({ title: 'a socket per call', width: 22, text: ([, text, own = text]) => own(other) });
  return columns;
}

function sum(of: ReadonlyMap<string, number>, titles: readonly string[]): number {
  return titles.reduce((all, title) => all + (of.get(title) ?? 0), 0);
}

/** Reasons that have a line of their own. */
const mostReasons = 7;

/** A line, and the titles of the reasons that it sums up. */
type FailureRow = readonly [title: string, titles: readonly string[]];

const notes = [
  'Each began with an empty cache and had the same callers and outages.',
  "An ejected node's keys fail at once until a probe finds it again; the option",
  "failure: 'redistribute' gives them to another node instead.",
];

/** What failed and why, in both phases: shares of the calls of each, as one makes many more calls than the other. */
function failureLines(summary: Summary, paint: Paint): string[] {
  const { pooled, socketPerCall: other } = summary;
  const first = byTitle(pooled.reasons, summary);
  const second = byTitle(other?.reasons ?? [], summary);
  const calls = (title: string): number => (first.get(title) ?? 0) + (second.get(title) ?? 0);
  const titles = [...new Set([...first.keys(), ...second.keys()])].sort((a, b) => calls(b) - calls(a));
  if (titles.length === 0) return [];
  const shown = titles.slice(0, titles.length > mostReasons + 1 ? mostReasons : titles.length);
  const rest = titles.slice(shown.length);
  const rows: FailureRow[] = [
    ...shown.map((title): FailureRow => [title, [title]]),
    ...(rest.length > 0 ? [['other reasons', rest] as const] : []),
    ['all failed calls', titles],
  ];
  const columns: Column<FailureRow>[] = [
    { title: '  Failed, and why', width: -36, text: ([title]) => `  ${title}` },
    { title: firstPhase(summary), width: 18, text: ([, list]) => share(sum(first, list), pooled.calls) },
  ];
  if (other !== undefined)
    columns.push({ title: 'a socket per call', width: 22, text: ([, list]) => share(sum(second, list), other.calls) });
  return [
    ...table(columns, rows, paint),
    ...(other === undefined ? [] : notes.map((note) => paint('dim', `  ${note}`))),
    '',
  ];
}

/** `1,204  12.0 %`. */
function share(failed: number, calls: number): string {
  return failed === 0 ? '–' : `${whole(failed)}  ${percent(failed / calls).padStart(6)}`;
}

/** Failed calls by the title of their reason. */
function byTitle(reasons: readonly Reason[], { nodes, through }: Summary): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { node, during, why, calls } of reasons) {
    const other = through === 'proxy' && node !== '' ? 'the proxy' : node || 'no node';
    const name = nodes.includes(node) ? `node ${nodes.indexOf(node) + 1}` : other;
    const state = during === undefined ? '' : during === 'down' ? ' is down' : ' is back';
    const title = `${name}${state}: ${during === 'back' && why === 'ejected' ? 'still ejected' : why}`;
    sums.set(title, (sums.get(title) ?? 0) + calls);
  }
  return sums;
}

const time = (value: number | undefined): string => (value === undefined ? 'never' : seconds(value));

/** Columns of figures behind one for the node. */
function columnsOf<Row>(
  first: Column<Row>,
  others: readonly (readonly [title: string, text: (row: Row) => string])[],
): Column<Row>[] {
  return [first, ...others.map(([title, text]) => ({ title, width: 11, text }))];
}

/** An outage, and the phase that it was in. */
type OutageRow = readonly [phase: string, outage: Outage, ejects: boolean];

function outageRows({ outages, outagesPerCall, through }: Summary): OutageRow[] {
  return [
    ...outages.map((outage): OutageRow => [firstPhase({ through }), outage, true]),
    ...outagesPerCall.map((outage): OutageRow => ['per call', outage, through === 'proxy']),
  ];
}

function outageColumns(nodes: readonly string[]): Column<OutageRow>[] {
  const text = ([phase, { node }]: OutageRow): string => `  node ${nodes.indexOf(node) + 1}, ${phase}`;
  return columnsOf({ title: '  Outages', width: -22, text }, [
    ['killed', ([, { stoppedAt }]) => time(stoppedAt)],
    // Nobody ejects a node for a socket a call.
    ['ejected', ([, { ejectedAt }, ejects]) => (ejects ? time(ejectedAt) : '–')],
    ['back up', ([, { restartedAt }]) => time(restartedAt)],
    ['readmitted', ([, { readmittedAt }, ejects]) => (ejects ? time(readmittedAt) : '–')],
    // From the return to the first reply.
    ['recovery', ([, { recovery = Number.NaN }]) => milliseconds(recovery * 1000)],
  ]);
}

function rebalanceColumns({ nodes }: Summary): Column<Rebalance>[] {
  const text = ({ node, change }: Rebalance): string =>
    `  node ${nodes.indexOf(node) + 1} ${change === 'add' ? 'joins' : 'leaves'}`;
  return columnsOf({ title: '  Rebalances', width: -16, text }, [
    ['began', ({ startedAt }) => time(startedAt)],
    ['finished', ({ finishedAt }) => time(finishedAt)],
    ['vBuckets', ({ moves }) => whole(moves)],
    ['for client', ({ movedForClient }) => whole(movedForClient)],
    ['map', ({ rev }) => `r${rev}`],
  ]);
}
