/** The summary for people. */
import { milliseconds, percent, seconds, whole } from './figures.ts';
import type { Outage } from './outage-log.ts';
import type { Rebalance } from './rebalances.ts';
import type { Summary, TrafficSummary } from './summary.ts';

/** How texts are marked; `good` and `bad` may add colour. */
export interface Marks {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
}

/** Marks without colour. */
export const plainMarks: Marks = { good: (text) => text, bad: (text) => text, strong: (text) => text };

const lines: readonly (readonly [title: string, text: (traffic: TrafficSummary) => string])[] = [
  ['connections opened', ({ connections }) => whole(connections.opened)],
  ['calls', ({ calls }) => whole(calls)],
  ['calls/s', ({ callsPerSecond }) => whole(callsPerSecond)],
  ['p50', ({ p50 }) => milliseconds(p50)],
  ['p99', ({ p99 }) => milliseconds(p99)],
  ['hits', ({ hitRatio }) => percent(hitRatio)],
  ['failed calls', ({ failed }) => whole(failed)],
  ['  on live nodes', ({ failedOnLiveNodes }) => whole(failedOnLiveNodes)],
];

/** The lines of the text. */
export function summaryText(summary: Summary, marks: Marks = plainMarks): string[] {
  const { pooled, socketPerCall, checks, examples, ok, through } = summary;
  return [
    '',
    marks.strong(
      through === 'proxy'
        ? row('Through the proxy', 'few sockets', 'a socket per call')
        : row('The same traffic', 'pooled', socketPerCall && 'a socket per call'),
    ),
    ...lines.map(([title, text]) => row(title, text(pooled), socketPerCall && text(socketPerCall))),
    row('open at once', `${pooled.connections.peak} a node`, socketPerCall && whole(socketPerCall.connections.peak)),
    '',
    ...rebalancesText(summary, marks),
    ...outagesText(summary, marks),
    marks.strong('  Checked'),
    ...checks.map((check) =>
      check.ok ? `  ${marks.good('✓')} ${check.text}` : `  ${marks.bad('✗')} ${marks.bad(check.text)}`,
    ),
    ...examples.map((example) => `      ${example}`),
    '',
    ok ? marks.good('All is well.') : marks.bad('Something is wrong, see ✗ above.'),
  ];
}

function row(title: string, pooled: string, perCall = ''): string {
  return `${`  ${title}`.padEnd(24)}${pooled.padStart(16)}${perCall.padStart(22)}`.trimEnd();
}

const outageTitles = ['killed', 'ejected', 'for', 'back up', 'readmitted', 'failed'];

/** A table of the outages; nothing when there were none. */
function outagesText({ nodes, outages }: Summary, marks: Marks): string[] {
  if (outages.length === 0) return [];
  return [
    marks.strong(outageRow('Outages', outageTitles)),
    ...outages.map((outage) => outageRow(`node ${nodes.indexOf(outage.node) + 1}`, outageCells(outage))),
    '',
  ];
}

const rebalanceTitles = ['began', 'finished', 'vBuckets', 'for client', 'map'];

/** A table of the rebalances; nothing when there were none. */
function rebalancesText({ nodes, rebalances }: Summary, marks: Marks): string[] {
  if (rebalances.length === 0) return [];
  return [
    marks.strong(rebalanceRow('Rebalances', rebalanceTitles)),
    ...rebalances.map((rebalance) =>
      rebalanceRow(
        `node ${nodes.indexOf(rebalance.node) + 1} ${rebalance.change === 'add' ? 'comes' : 'leaves'}`,
        rebalanceCells(rebalance),
      ),
    ),
    '',
  ];
}

function rebalanceCells({ startedAt, finishedAt, moves, movedForClient, rev }: Rebalance): string[] {
  const times = [startedAt, finishedAt].map((time) => (time === undefined ? 'never' : seconds(time)));
  return [...times, whole(moves), whole(movedForClient), `r${rev}`];
}

function rebalanceRow(title: string, cells: readonly string[]): string {
  return `  ${title.padEnd(14)}${cells.map((cell) => cell.padStart(11)).join('')}`;
}

function outageCells({ stoppedAt, ejectedAt, ejectedFor, restartedAt, readmittedAt, failedCalls }: Outage): string[] {
  const times = [stoppedAt, ejectedAt, ejectedFor, restartedAt, readmittedAt];
  return [...times.map((time) => (time === undefined ? 'never' : seconds(time))), whole(failedCalls)];
}

function outageRow(title: string, cells: readonly string[]): string {
  return `  ${title.padEnd(8)}${cells.map((cell) => cell.padStart(11)).join('')}`;
}
