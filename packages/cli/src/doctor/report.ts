/** Reports as text for people, and as data. */
import { safeText } from '../fleet/safe-text.ts';
import type { FleetReport, NodeReport } from './doctor.ts';
import { type Finding, severities, type Severity } from './finding.ts';

const words: Readonly<Record<Severity, readonly [one: string, several: string]>> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  note: ['note', 'notes'],
};

/** How many findings of each severity there are. */
export function countsOf(reports: readonly FleetReport[]): Readonly<Record<Severity, number>> {
  const all = reports.flatMap(({ findings }) => findings);
  const count = (wanted: Severity): number => all.filter(({ severity }) => severity === wanted).length;
  return { error: count('error'), warning: count('warning'), note: count('note') };
}

/** The nodes with their latency, then each finding with what to do. What nodes tell must not act on a terminal. */
export function reportText(reports: readonly FleetReport[]): string {
  const counts = countsOf(reports);
  const parts = severities
    .filter((severity) => counts[severity] > 0)
    .map((severity) => `${counts[severity]} ${words[severity][counts[severity] === 1 ? 0 : 1]}`);
  return [...reports.map(fleetText), `${parts.length === 0 ? 'nothing found' : parts.join(', ')}\n`].join('\n');
}

function fleetText({ title, nodes, findings }: FleetReport): string {
  const width = Math.max(4, ...nodes.map(({ node }) => node.length));
  return [
    ...(title === '' ? [] : [`cluster ${safeText(title)}`]),
    ...nodes.map((node) => nodeLine(node, width)),
    ...(findings.length === 0 ? [] : ['']),
    ...findings.flatMap(findingLines),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function nodeLine(
  { node, version, p50, p99, connections, maxConnections, problem }: NodeReport,
  width: number,
): string {
  const name = safeText(node).padEnd(width);
  if (problem !== undefined && p50 === undefined) return `${name}  no reply`;
  const latency = p50 === undefined || p99 === undefined ? '' : `  p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  const used = connections === undefined ? '' : `  ${connections} of ${maxConnections ?? '?'} connections`;
  return `${name}  ${safeText(version ?? 'unknown version')}${latency}${used}`;
}

function findingLines({ severity, code, node, message, advice }: Finding): readonly string[] {
  const where = node === undefined ? '' : `${node}: `;
  return [`${severity.padEnd(7)} ${safeText(`${where}${message}`)} [${code}]`, `        → ${safeText(advice)}`];
}

/** The whole as data. */
export function reportFields(reports: readonly FleetReport[]): Readonly<Record<string, unknown>> {
  const { error: errors, warning: warnings, note: notes } = countsOf(reports);
  return {
    errors,
    warnings,
    notes,
    fleets: reports.map(({ title, nodes, findings }) => ({
      ...(title === '' ? {} : { cluster: title }),
      nodes: nodes.map((node) => Object.fromEntries(Object.entries(node).map(rounded))),
      findings,
    })),
  };
}

function rounded([name, value]: [string, unknown]): [string, unknown] {
  return [name, typeof value === 'number' ? Math.round(value * 1000) / 1000 : value];
}
