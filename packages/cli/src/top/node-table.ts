/** The nodes as rows, under their sum. */
import type { NodeRow, NodeState } from '../fleet/node-record.ts';
import { fit, safeText, widthOf } from '../fleet/safe-text.ts';
import { type Column, columns } from './columns.ts';
import { short, shortShare, sparkline } from './figures.ts';
import { fitLine, type Line, restyle, span, type Span, type Style } from './line.ts';

/** How the table is shown. */
export interface TableLook {
  readonly width: number;
  /** Lines, the one with the titles included. */
  readonly height: number;
  readonly sort: string;
  readonly isReversed: boolean;
  /** The first column that is shown behind name and state. */
  readonly offset: number;
  /** Undefined: no row is selected. */
  readonly selected: string | undefined;
}

const stateWidth = 5;
const narrowestName = 12;
const widestName = 24;

const stateStyles: Readonly<Record<NodeState, Style>> = { new: 'dim', up: 'good', slow: 'warn', down: 'bad' };

/** The lines of the table: the titles, and the rows around the selected one. */
export function nodeTable(rows: readonly NodeRow[], look: TableLook): readonly Line[] {
  const nameWidth = nameWidthOf(rows, look.width);
  const shown = columnsThatFit(look.width - nameWidth - 1 - stateWidth, look.offset);
  const room = Math.max(1, look.height - 1);
  const selected = Math.max(
    0,
    rows.findIndex(({ node }) => node === look.selected),
  );
  const first = Math.max(0, Math.min(selected - Math.floor(room / 2), rows.length - room));
  const lines: Line[] = [titles(nameWidth, shown, look)];
  for (const row of rows.slice(first, first + room)) {
    const spans = rowLine(row, nameWidth, shown, look.width);
    lines.push(row.node === look.selected ? restyle(spans, 'selected') : spans);
  }
  return lines;
}

/** How many columns there are to the right of the first that is shown. */
export function lastOffset(): number {
  return columns.length - 1;
}

function nameWidthOf(rows: readonly NodeRow[], width: number): number {
  const longest = Math.max(narrowestName, ...rows.map(({ node }) => widthOf(safeText(node))));
  return Math.min(longest, widestName, Math.max(narrowestName, Math.floor(width / 3)));
}

function columnsThatFit(room: number, offset: number): readonly Column[] {
  const fitting: Column[] = [];
  let left = room;
  for (const column of columns.slice(offset)) {
    left -= column.width + 1;
    if (left < 0) break;
    fitting.push(column);
  }
  return fitting;
}

function titles(nameWidth: number, shown: readonly Column[], look: TableLook): Line {
  const arrow = look.isReversed ? '▲' : '▼';
  const title = (id: string, text: string, width: number, side: 'left' | 'right'): string => {
    const marked = id === look.sort ? `${text}${arrow}` : text;
    return widthOf(marked) > width ? fit(text, width, side) : fit(marked, width, side);
  };
  const cells = shown.map(({ id, title: text, width, side }) => ` ${title(id, text, width, side)}`);
  const before = look.offset > 0 ? '‹' : ' ';
  const after = look.offset + shown.length < columns.length ? ' ›' : '';
  const spans = [
    title('node', 'NODE', nameWidth, 'left'),
    before,
    title('state', 'STATE', stateWidth, 'left'),
    ...cells,
  ];
  return fitLine([span(spans.join('') + after, 'head')], look.width);
}

function rowLine(row: NodeRow, nameWidth: number, shown: readonly Column[], width: number): Line {
  const spans: Span[] = [
    span(`${fit(safeText(row.node), nameWidth)} `),
    span(fit(row.state, stateWidth), stateStyles[row.state]),
  ];
  if (row.figures === undefined)
    spans.push(span(` ${safeText(row.problem ?? 'waiting for its reply')}`, stateStyles[row.state]));
  else
    for (const column of shown)
      spans.push(span(' '), span(fit(column.text(row), column.width, column.side), column.style?.(row) ?? 'plain'));
  return fitLine(spans, width);
}

/** The sum of the nodes in one line. */
export function sumLine(rows: readonly NodeRow[], width: number): Line {
  const sum = (read: (row: NodeRow) => number | undefined): number | undefined => {
    const known = rows.map(read).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((all, value) => all + value, 0);
  };
  const count = (state: NodeState): number => rows.filter((row) => row.state === state).length;
  const away = (['down', 'slow'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  const gets = sum(({ figures }) => figures?.rates.get);
  const hits = sum(({ figures }) =>
    figures?.hitRatio === undefined ? undefined : figures.hitRatio * (figures.rates.get ?? 0),
  );
  const evictions = sum(({ figures }) => figures?.evictions) ?? 0;
  const longest = Math.max(0, ...rows.map(({ trend }) => trend.length));
  const trend = Array.from({ length: longest }, (_, index) =>
    sum((row) => row.trend[row.trend.length - longest + index]),
  );
  return fitLine(
    [
      span(rows.length === 1 ? '1 node' : `${rows.length} nodes`, 'bold'),
      ...(away.length === 0 ? [] : [span(`, ${away.join(', ')}`, 'bad')]),
      span(`  ${short(sum(({ figures }) => figures?.requests))} req/s `, 'bold'),
      span(sparkline(trend, Math.max(0, Math.min(20, width - 70))), 'accent'),
      span(`  hit ${shortShare(gets === undefined || hits === undefined || gets === 0 ? undefined : hits / gets)}`),
      span(`  items ${short(sum(({ figures }) => figures?.items))}`),
      span(`  evictions/s ${short(evictions)}`, evictions > 0 ? 'warn' : 'plain'),
    ],
    width,
  );
}
