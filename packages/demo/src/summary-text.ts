/** The summary for people. */
import { milliseconds, percent, seconds, whole } from './figures.ts';
import type { Outage } from './outage-log.ts';
import type { Rebalance } from './rebalances.ts';
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
  ['failed calls', ({ failed }) => whole(failed)],
  ['  on live nodes', ({ failedOnLiveNodes }) => whole(failedOnLiveNodes)],
  ['open at once', ({ connections }) => `${connections.peak} a node`, ({ connections }) => whole(connections.peak)],
];

/** The lines of the text. */
export function summaryText(summary: Summary, paint: Paint = plain): string[] {
  const { checks, examples, ok, rebalances, outages } = summary;
  return [
    '',
    ...table(trafficColumns(summary), lines, paint),
    '',
    ...(rebalances.length > 0 ? [...table(rebalanceColumns(summary), rebalances, paint), ''] : []),
    ...(outages.length > 0 ? [...table(outageColumns(summary), outages, paint), ''] : []),
    paint('bold', '  Checked'),
    ...checks.map((check) =>
      check.ok ? `  ${paint('green', '✓')} ${check.text}` : `  ${paint('red', '✗')} ${paint('red', check.text)}`,
    ),
    ...examples.map((example) => `      ${example}`),
    '',
    ok ? paint('green', 'All is well.') : paint('red', 'Something is wrong, see ✗ above.'),
  ];
}

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], paint: Paint): string[] {
  return [paint('bold', titlesOf(columns)), ...rows.map((row) => rowOf(columns, row))];
}

function trafficColumns({ through, pooled, socketPerCall: other }: Summary): Column<Line>[] {
  const [title, first] =
    through === 'proxy' ? ['  Through the proxy', 'few sockets'] : ['  The same traffic', 'pooled'];
  const columns: Column<Line>[] = [
    { title, width: -24, text: ([name]) => `  ${name}` },
    { title: first, width: 16, text: ([, text]) => text(pooled) },
  ];
  if (other !== undefined)
    columns.push({ title: 'a socket per call', width: 22, text: ([, text, own = text]) => own(other) });
  return columns;
}

const time = (value: number | undefined): string => (value === undefined ? 'never' : seconds(value));

/** Columns of figures behind one for the node. */
function columnsOf<Row>(
  first: Column<Row>,
  others: readonly (readonly [title: string, text: (row: Row) => string])[],
): Column<Row>[] {
  return [first, ...others.map(([title, text]) => ({ title, width: 11, text }))];
}

function outageColumns({ nodes }: Summary): Column<Outage>[] {
  const text = ({ node }: Outage): string => `  node ${nodes.indexOf(node) + 1}`;
  return columnsOf({ title: '  Outages', width: -10, text }, [
    ['killed', ({ stoppedAt }) => time(stoppedAt)],
    ['ejected', ({ ejectedAt }) => time(ejectedAt)],
    ['for', ({ ejectedFor }) => time(ejectedFor)],
    ['back up', ({ restartedAt }) => time(restartedAt)],
    ['readmitted', ({ readmittedAt }) => time(readmittedAt)],
    ['failed', ({ failedCalls }) => whole(failedCalls)],
  ]);
}

function rebalanceColumns({ nodes }: Summary): Column<Rebalance>[] {
  const text = ({ node, change }: Rebalance): string =>
    `  node ${nodes.indexOf(node) + 1} ${change === 'add' ? 'comes' : 'leaves'}`;
  return columnsOf({ title: '  Rebalances', width: -16, text }, [
    ['began', ({ startedAt }) => time(startedAt)],
    ['finished', ({ finishedAt }) => time(finishedAt)],
    ['vBuckets', ({ moves }) => whole(moves)],
    ['for client', ({ movedForClient }) => whole(movedForClient)],
    ['map', ({ rev }) => `r${rev}`],
  ]);
}
