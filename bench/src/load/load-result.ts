/** The pairs of all rounds → one line for each workload: ratios per pair, then their median, minimum and maximum. */
import { median, type Spread, spread } from '../statistics.ts';
import { formatCount, formatNumber, type Table } from '../table.ts';
import type { LoadPair } from './contest.ts';

/** A load generator that uses more of a core than this measures itself. */
export const busy = 0.8;
/** The load generator and the nodes fill their core from here on; what is under test fills its own. */
const full = 0.95;

export type Medians = LoadPair['ours'];

export interface LoadLine {
  readonly workload: string;
  readonly other: string;
  readonly rounds: number;
  /** Requests a second: ours ÷ theirs, pair by pair. */
  readonly rateRatio: Spread;
  /** CPU time per request of what is under test: theirs ÷ ours. */
  readonly cpuRatio: Spread;
  /** CPU time of the nodes per request: ours ÷ theirs. */
  readonly nodeRatio: Spread;
  readonly p50Ratio: Spread;
  readonly ours: Medians;
  readonly theirs: Medians;
  /** Our, or their, rate is what the load generator could do: they may be faster. */
  readonly isOursLimited: boolean;
  readonly isTheirsLimited: boolean;
  readonly noisyPairs: number;
}

function medians(pairs: readonly LoadPair[], side: 'ours' | 'theirs'): Medians {
  const fields = Object.keys((pairs[0] as LoadPair)[side]) as (keyof Medians)[];
  return Object.fromEntries(fields.map((field) => [field, median(pairs.map((pair) => pair[side][field]))])) as never;
}

const isLimited = (side: Medians): boolean => side.loadShare > busy || (side.coreShare > full && side.share < full);

function lineOf(pairs: readonly LoadPair[]): LoadLine {
  const ours = medians(pairs, 'ours');
  const theirs = medians(pairs, 'theirs');
  return {
    workload: (pairs[0] as LoadPair).workload,
    other: (pairs[0] as LoadPair).other,
    rounds: pairs.length,
    rateRatio: spread(pairs.map((pair) => pair.ours.rate / pair.theirs.rate)),
    cpuRatio: spread(pairs.map((pair) => pair.theirs.cpu / pair.ours.cpu)),
    nodeRatio: spread(pairs.map((pair) => pair.ours.nodeCpu / pair.theirs.nodeCpu)),
    p50Ratio: spread(pairs.map((pair) => pair.ours.p50 / pair.theirs.p50)),
    ours,
    theirs,
    isOursLimited: isLimited(ours),
    isTheirsLimited: isLimited(theirs),
    noisyPairs: pairs.filter((pair) => pair.isNoisy).length,
  };
}

export function compareLoads(pairs: readonly LoadPair[]): LoadLine[] {
  const groups = new Map<string, LoadPair[]>();
  for (const pair of pairs) {
    const id = `${pair.workload} ${pair.other}`;
    groups.set(id, [...(groups.get(id) ?? []), pair]);
  }
  return [...groups.values()].map(lineOf);
}

function ratio(value: Spread): string {
  if (!Number.isFinite(value.median)) return '–';
  return `${formatNumber(value.median)} (${formatNumber(value.min)}–${formatNumber(value.max)})`;
}

/** Which bound a rate ratio is when the load generator was the limit. */
function boundOf(line: LoadLine): string {
  if (line.isOursLimited) return line.isTheirsLimited ? 'both rates are lower bounds' : 'lower bound';
  return line.isTheirsLimited ? 'upper bound' : '';
}

const both = (line: LoadLine, field: keyof Medians, format: (value: number) => string = formatNumber): string =>
  `${format(line.ours[field])} / ${format(line.theirs[field])}`;
const percent = (value: number): string => `${Math.round(value * 100)} %`;
const megabytes = (value: number): string => (value / 2 ** 20).toFixed(0);

interface Column {
  readonly name: string;
  readonly isOfNodes?: boolean;
  readonly cell: (line: LoadLine) => string;
}

const columns: readonly Column[] = [
  { name: 'workload', cell: (line) => line.workload },
  { name: 'requests/s ratio', cell: (line) => ratio(line.rateRatio) },
  { name: 'CPU ratio', cell: (line) => ratio(line.cpuRatio) },
  { name: 'node CPU ratio', isOfNodes: true, cell: (line) => ratio(line.nodeRatio) },
  { name: 'requests/s', cell: (line) => both(line, 'rate', formatCount) },
  { name: 'CPU µs', cell: (line) => both(line, 'cpu') },
  { name: 'node CPU µs', isOfNodes: true, cell: (line) => both(line, 'nodeCpu') },
  { name: 'p50 µs', cell: (line) => both(line, 'p50', formatCount) },
  { name: 'p99 µs', cell: (line) => both(line, 'p99', formatCount) },
  { name: 'core used', cell: (line) => both(line, 'share', percent) },
  { name: 'generator', cell: (line) => both(line, 'loadShare', percent) },
  { name: 'generator + nodes', isOfNodes: true, cell: (line) => both(line, 'coreShare', percent) },
  { name: 'RSS MB', cell: (line) => both(line, 'resident', megabytes) },
  {
    name: 'note',
    cell: (line) => {
      const noise = line.noisyPairs === 0 ? '' : `noisy (${line.noisyPairs} of ${line.rounds})`;
      return [boundOf(line), noise].filter((note) => note !== '').join(', ');
    },
  },
];

const isIdle = (line: LoadLine): boolean => line.ours.rate === 0;

/** One table for each other; without the columns of nodes where there are none. */
export function loadTables(lines: readonly LoadLine[], hasNodes: boolean): Table[] {
  const shown = columns.filter((column) => hasNodes || column.isOfNodes !== true);
  return [...new Set(lines.map((line) => line.other))].map((other) => ({
    title: `memfleet / ${other}`,
    columns: shown.map((column) => column.name),
    rows: lines
      .filter((line) => line.other === other && !isIdle(line))
      .map((line) => shown.map((column) => column.cell(line))),
  }));
}

/** Memory of connections that say nothing; undefined when it was not measured. */
export function idleTable(lines: readonly LoadLine[], connections: number): Table | undefined {
  const cells = (side: Medians): string[] => [
    megabytes(side.resident - side.grown),
    megabytes(side.resident),
    formatNumber(side.grown / 1024 / connections),
  ];
  const rows = lines.filter(isIdle).flatMap((line) => [
    ['memfleet', ...cells(line.ours)],
    [line.other, ...cells(line.theirs)],
  ]);
  if (rows.length === 0) return undefined;
  return {
    title: `${connections} idle connections`,
    columns: ['who', 'RSS before, MB', 'RSS then, MB', 'KB per connection'],
    rows,
  };
}
