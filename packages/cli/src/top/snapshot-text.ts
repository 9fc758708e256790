/** A snapshot without a terminal: as a table with every column, or as JSON. */
import type { NodeRow } from '../fleet/node-record.ts';
import { safeText, widthOf } from '../fleet/safe-text.ts';
import type { Snapshot } from '../fleet/sampler.ts';
import { columns } from './columns.ts';
import { short } from './figures.ts';
import { plainText } from './line.ts';
import { sumLine } from './node-table.ts';

const sumWidth = 100;

/** The table, without colours. */
export function snapshotTable({ nodes, problem }: Snapshot): string {
  if (problem !== undefined) return safeText(problem);
  const titles = ['NODE', 'STATE', ...columns.map(({ title }) => title)];
  const rows = nodes.map((row) => [safeText(row.node), row.state, ...cellsOf(row)]);
  const widths = titles.map((title, index) =>
    Math.max(
      title.length,
      ...rows.filter(({ length }) => length === titles.length).map((row) => widthOf(row[index] ?? '')),
    ),
  );
  // Of a node without figures only the name counts.
  widths[0] = Math.max(4, ...rows.map(([name = '']) => widthOf(name)));
  widths[1] = 5;
  const lines = [titles, ...rows].map((cells) =>
    cells
      .map((cell, index) => {
        const blanks = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)));
        const isRight = index > 1 && columns[index - 2]?.side === 'right' && cells.length === titles.length;
        return isRight ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
  return [plainText(sumLine(nodes, sumWidth)), ...lines].join('\n');
}

function cellsOf(row: NodeRow): readonly string[] {
  if (row.figures === undefined) return [safeText(row.problem ?? 'no reply yet')];
  return columns.map(({ id, text }) => (id === 'requests' ? short(row.figures?.requests) : text(row)));
}

/** The snapshot as data; what is not known is null. */
export function snapshotFields({ time, nodes, problem }: Snapshot): Readonly<Record<string, unknown>> {
  return {
    time: new Date(time).toISOString(),
    ...(problem === undefined ? {} : { problem }),
    nodes: nodes.map(({ node, state, problem: trouble, figures, p50, p99 }) => ({
      node,
      state,
      ...(trouble === undefined ? {} : { problem: trouble }),
      ...(figures === undefined
        ? {}
        : { ...rounded({ p50, p99 }), ...rounded(figures), rates: rounded(figures.rates) }),
    })),
  };
}

function rounded(fields: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'number' ? Math.round(value * 1000) / 1000 : (value ?? null),
    ]),
  );
}
