/** The columns of the nodes, the most important first: as many are shown as the terminal has room for. */
import type { NodeRow } from '../fleet/node-record.ts';
import { safeText } from '../fleet/safe-text.ts';
import { bar, none, short, shortAge, shortBytes, shortMillis, shortShare, sparkline } from './figures.ts';
import type { Style } from './line.ts';

/** A column. */
export interface Column {
  readonly id: string;
  readonly title: string;
  /** For the help. */
  readonly about: string;
  readonly width: number;
  readonly side: 'left' | 'right';
  /** By what rows are sorted, the largest first; undefined = last. */
  readonly value: (row: NodeRow) => number | string | undefined;
  readonly text: (row: NodeRow) => string;
  readonly style?: (row: NodeRow) => Style;
}

const memoryShare = ({ figures }: NodeRow): number | undefined =>
  figures?.bytes === undefined || figures.maxBytes === undefined || figures.maxBytes === 0
    ? undefined
    : figures.bytes / figures.maxBytes;

/** A column of numbers. */
function numbers(
  id: string,
  title: string,
  about: string,
  value: (row: NodeRow) => number | undefined,
  write: (value: number | undefined) => string = short,
  style?: (row: NodeRow) => Style,
): Column {
  const width = Math.max(6, title.length);
  const text = (row: NodeRow): string => write(value(row));
  return { id, title, about, width, side: 'right', value, text, ...(style === undefined ? {} : { style }) };
}

const warnIf =
  (isBad: (row: NodeRow) => boolean) =>
  (row: NodeRow): Style =>
    isBad(row) ? 'warn' : 'plain';

/** A memory above this share is full: from here on items are evicted. */
const full = 0.95;

/** The columns behind name and state. */
export const columns: readonly Column[] = [
  {
    id: 'requests',
    title: 'REQ/S',
    about: 'requests of all verbs a second, with a sparkline',
    width: 16,
    side: 'right',
    value: ({ figures }) => figures?.requests,
    text: ({ figures, trend }) => `${sparkline(trend, 10)}${short(figures?.requests).padStart(6)}`,
    style: () => 'accent',
  },
  numbers('get', 'GET/S', 'gets a second', ({ figures }) => figures?.rates.get),
  numbers('set', 'SET/S', 'stores a second', ({ figures }) => figures?.rates.set),
  numbers('hit', 'HIT', 'hits of the gets since the last look', ({ figures }) => figures?.hitRatio, shortShare),
  numbers('p99', 'P99ms', '99 % of the probes took no longer', ({ p99 }) => p99, shortMillis),
  {
    id: 'memory',
    title: 'MEMORY',
    about: 'bytes of items, of the memory for items',
    width: 9,
    side: 'left',
    value: memoryShare,
    text: (row) => {
      const share = memoryShare(row);
      return share === undefined ? none : `${bar(share, 4)}${`${Math.round(share * 100)}%`.padStart(5)}`;
    },
    style: warnIf((row) => (memoryShare(row) ?? 0) > full),
  },
  numbers(
    'evictions',
    'EVIC/S',
    'evictions a second',
    ({ figures }) => figures?.evictions,
    short,
    warnIf(({ figures }) => (figures?.evictions ?? 0) > 0),
  ),
  numbers('items', 'ITEMS', 'items that are stored', ({ figures }) => figures?.items),
  numbers('p50', 'P50ms', 'half of the probes took no longer', ({ p50 }) => p50, shortMillis),
  numbers('connections', 'CONNS', 'open connections', ({ figures }) => figures?.connections, short, warnIf(isCrowded)),
  numbers('received', 'IN/S', 'bytes received a second', ({ figures }) => figures?.received, shortBytes),
  numbers('sent', 'OUT/S', 'bytes sent a second', ({ figures }) => figures?.sent, shortBytes),
  numbers('delete', 'DEL/S', 'deletes a second', ({ figures }) => figures?.rates.delete),
  numbers('touch', 'TOUCH/S', 'touches a second', ({ figures }) => figures?.rates.touch),
  numbers('incr', 'INCR/S', 'incr and decr a second', ({ figures }) => figures?.rates.incr),
  {
    id: 'version',
    title: 'VERSION',
    about: 'the version of the server',
    width: 10,
    side: 'left',
    value: ({ figures }) => figures?.version,
    text: ({ figures }) => safeText(figures?.version ?? none),
  },
  numbers('uptime', 'UPTIME', 'the time since the server started', ({ figures }) => figures?.uptime, shortAge),
];

function isCrowded({ figures }: NodeRow): boolean {
  const { connections, maxConnections } = figures ?? {};
  return connections !== undefined && maxConnections !== undefined && connections > maxConnections * 0.9;
}

/** By what rows can be sorted: the name, the state, and every column. */
export const sortKeys: readonly string[] = ['node', 'state', ...columns.map(({ id }) => id)];

const worst: Readonly<Record<NodeRow['state'], number>> = { down: 3, slow: 2, new: 1, up: 0 };

/** The rows in the order of a sort key: names from a, figures from the largest. `isReversed` turns it round. */
export function sortRows(rows: readonly NodeRow[], key: string, isReversed: boolean): readonly NodeRow[] {
  const column = columns.find(({ id }) => id === key);
  const compare = (a: NodeRow, b: NodeRow): number => {
    if (key === 'state') return worst[b.state] - worst[a.state];
    if (column === undefined) return 0;
    const [x, y] = [column.value(a), column.value(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return typeof x === 'number' && typeof y === 'number' ? y - x : byText(String(x), String(y));
  };
  const sorted = [...rows].sort((a, b) => compare(a, b) || byText(a.node, b.node));
  return isReversed ? sorted.reverse() : sorted;
}

function byText(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
