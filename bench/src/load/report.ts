/** What `bench proxy` and `bench server` print and write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeMachine, formatMachine } from '../machine.ts';
import type { Settings } from '../settings.ts';
import { formatMarkdown, formatTable } from '../table.ts';
import type { LoadFailure, LoadPair } from './contest.ts';
import { compareLoads, idleTable, loadTables } from './load-result.ts';
import { judgeLoads, type LoadTarget, loadVerdictTable } from './load-target.ts';

/** What is particular to one of the two. */
export interface Subject {
  /** Whom the targets are about. */
  readonly against: string;
  readonly targets: readonly LoadTarget[];
  readonly hasNodes: boolean;
  readonly idleConnections: number;
}

/**
 * Files and sockets that a process may have open: Node raises its own limit to the hard one, and what it starts
 * inherits that.
 */
export function descriptorLimit(): number {
  try {
    const text = readFileSync('/proc/self/limits', 'utf8');
    return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const legend =
  'memfleet / other; ratios are median (min–max) of the pairs: requests/s and CPU above 1 = memfleet is better, node CPU below 1 = memfleet is better';

export function report(
  subject: Subject,
  settings: Settings,
  pairs: readonly LoadPair[],
  failures: readonly LoadFailure[],
): void {
  const machine = describeMachine();
  const lines = compareLoads(pairs);
  const verdicts = judgeLoads(subject.targets, lines, subject.against, subject.idleConnections);
  const idle = idleTable(lines, subject.idleConnections);
  const format = settings.markdown ? formatMarkdown : formatTable;
  console.log(`${formatMachine(machine)}\n${settings.rounds} rounds of ${settings.measure} ms; ${legend}\n`);
  for (const table of loadTables(lines, subject.hasNodes)) if (table.rows.length > 0) console.log(format(table));
  if (idle !== undefined) console.log(format(idle));
  if (verdicts.length > 0) console.log(format(loadVerdictTable(verdicts, subject.against)));
  for (const { workload, other, message } of failures) console.log(`failed: ${workload} against ${other}: ${message}`);
  if (settings.json !== undefined) {
    writeFileSync(
      settings.json,
      `${JSON.stringify({ machine, settings, verdicts, lines, pairs, failures }, null, 1)}\n`,
    );
  }
}
