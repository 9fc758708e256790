/**
 * The whole screen as lines:
 *
 *   memfleet top  1 nodes  2 hot keys  3 keys                     14:03:22  every 1s
 *   5 nodes, 1 down  12.3k req/s …
 *   …the screen that is shown…
 *   what the keys do, or a question
 */
import { safeText } from '../fleet/safe-text.ts';
import { columns } from './columns.ts';
import { detailLines, detailPages } from './detail-pane.ts';
import { hotKeyLines, keyLines } from './key-lists.ts';
import { fitLine, lengthOf, type Line, line, page, span } from './line.ts';
import { type Data, rowsOf, type TopState, type View, views } from './model.ts';
import { nodeTable, sumLine } from './node-table.ts';

/** What does not change while it runs. */
export interface Look {
  readonly width: number;
  readonly height: number;
  /** Milliseconds. */
  readonly interval: number;
}

/** Below this there is no room for anything. */
const narrowest = 20;
const lowest = 5;

/** The screen. */
export function screen(state: TopState, data: Data, look: Look): readonly Line[] {
  const { width, height } = look;
  if (width < narrowest || height < lowest) return page([line('too small')], width, height);
  const room = height - 3;
  const body = state.isHelp ? helpLines() : bodies[state.view](state, data, width, room);
  return page(
    [
      headLine(state, data, look),
      sumLine(data.snapshot.nodes, width),
      ...page(body, width, room),
      footLine(state, width),
    ],
    width,
    height,
  );
}

type Body = (state: TopState, data: Data, width: number, height: number) => readonly Line[];

const bodies: Readonly<Record<View, Body>> = {
  nodes: nodesBody,
  'hot keys': (state, { hot }, width, height) => hotKeyLines(hot, state.place, width, height),
  keys: (state, { level }, width, height) => keyLines(level, state.place, width, height),
};

function headLine({ view, isPaused }: TopState, { snapshot }: Data, { width, interval }: Look): Line {
  const left = [
    span('memfleet top  ', 'bold'),
    ...views.flatMap((name, index) => [span(`${index + 1} ${name}`, name === view ? 'selected' : 'dim'), span('  ')]),
  ];
  const clock = new Date(snapshot.time).toTimeString().slice(0, 8);
  const right = span(isPaused ? 'paused' : `${clock}  every ${interval / 1000}s`, isPaused ? 'warn' : 'dim');
  const gap = width - lengthOf(left) - right.text.length;
  return gap < 1 ? fitLine(left, width) : fitLine([...left, span(' '.repeat(gap)), right], width);
}

function nodesBody(state: TopState, data: Data, width: number, height: number): readonly Line[] {
  const { snapshot, details } = data;
  if (snapshot.problem !== undefined) return [line(''), line(safeText(snapshot.problem), 'bad')];
  const rows = rowsOf(state, data);
  const isOpen = state.detail !== undefined;
  const tableHeight = isOpen ? Math.min(rows.length + 1, Math.max(2, Math.floor(height / 2))) : height;
  const table = nodeTable(rows, { ...state, width, height: tableHeight });
  const row = rows.find(({ node }) => node === state.selected);
  if (state.detail === undefined || row === undefined) return table;
  const titles = detailPages.map((name) => span(` ${name} `, name === state.detail ? 'selected' : 'dim'));
  const all = detailLines(row, state.detail, details, width);
  const paneHeight = height - tableHeight - 1;
  const first = Math.max(0, Math.min(state.scroll, all.length - paneHeight));
  const more =
    all.length > paneHeight ? ` ${first + 1}–${Math.min(all.length, first + paneHeight)} of ${all.length}` : '';
  const title: Line = [span(`─ ${safeText(row.node)} ─`, 'bold'), ...titles, span(more, 'dim')];
  return [...page(table, width, tableHeight), title, ...all.slice(first, first + paneHeight)];
}

const hints: Readonly<Record<View, string>> = {
  nodes: 'q quit  ? help  ↑↓ node  s sort  r reverse  ←→ columns  Enter details  Tab page',
  'hot keys': 'q quit  ? help  ↑↓ move  1 nodes  3 keys  p pause',
  keys: 'q quit  ? help  ↑↓ move  Enter open  ← back  d delete  r list again',
};

function footLine({ view, question, notice, isHelp }: TopState, width: number): Line {
  if (question !== undefined) return fitLine([span(safeText(question.text), 'warn')], width);
  if (notice !== undefined) return fitLine([span(safeText(notice), 'bold')], width);
  return fitLine([span(isHelp ? 'any key goes back' : hints[view], 'dim')], width);
}

const keyHelp: readonly (readonly [keys: string, about: string])[] = [
  ['1 n, 2 h, 3 k', 'nodes, hot keys, keys by prefix'],
  ['↑ ↓ Home End', 'select a node, or an entry'],
  ['s S r', 'sort by the next column, by the one before; reverse'],
  ['← →', 'other columns; back to the prefix before'],
  ['Enter Tab Esc', 'details of the node, their next page, close them'],
  ['PgUp PgDn', 'scroll the details, or the list'],
  ['d', 'delete the selected key, after confirmation'],
  ['p', 'pause: the screen stays as it is'],
  ['q Ctrl-C', 'quit'],
];

function helpLines(): readonly Line[] {
  return [
    ...keyHelp.map(([keys, about]): Line => [span(`  ${keys.padEnd(15)}`, 'bold'), span(about)]),
    line(''),
    ...columns.map(({ title, about }): Line => [span(`  ${title.padEnd(15)}`, 'bold'), span(about)]),
  ];
}
