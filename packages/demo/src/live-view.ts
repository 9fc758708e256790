/**
 * What a run shows while it runs. On a terminal a progress bar stands below the rows and is drawn over; elsewhere there
 * are only the rows.
 *
 *    time  calls/s      p50      p99    hits  failed    node 1    node 2    node 3
 *     1 s   18,204  0.61 ms  4.10 ms  71.2 %       0         1         1         1
 *     5 s   17,950  0.60 ms  4.82 ms  88.1 %     320         1 0 ejected         1
 *   ██████████████████░░░░░░░░░░░░░░░░░░░░  5 of 20 s · pooled connections
 */
import { milliseconds, percent, whole } from './figures.ts';
import type { Measure } from './meter.ts';
import { type Column, type Paint, paintOf, plain, rowOf, type Screen, type Style, titlesOf } from './table.ts';

/** One second. */
export interface Row {
  /** Seconds since the start. */
  readonly time: number;
  readonly measure: Measure;
  readonly nodes: readonly {
    readonly open: number | undefined;
    readonly state: string;
    /** Of a cluster: the active ones that the client's map gives it. */
    readonly vbuckets?: number;
  }[];
  /** Of the client's map, on a cluster. */
  readonly revision?: number;
  /** Queries of the database, where there is one. */
  readonly loads?: number;
}

const time: Column<Row> = { title: 'time', width: 6, text: ({ time: at }) => `${Math.round(at)} s` };
const latencies: readonly Column<Row>[] = [
  { title: 'p50', width: 9, text: ({ measure }) => milliseconds(measure.p50) },
  { title: 'p99', width: 9, text: ({ measure }) => milliseconds(measure.p99) },
];
const hits: Column<Row> = { title: 'hits', width: 8, text: ({ measure }) => percent(measure.hitRatio) };
const failed: Column<Row> = {
  title: 'failed',
  width: 8,
  text: ({ measure }) => whole(measure.failed),
  style: ({ measure }) => (measure.failed > 0 ? 'yellow' : undefined),
};
const map: Column<Row> = {
  title: 'map',
  width: 6,
  text: ({ revision }) => (revision === undefined ? '–' : `r${revision}`),
};

const loads: Column<Row> = { title: 'loads', width: 8, text: (row) => whole(row.loads ?? Number.NaN) };

function rateColumn(title: string): Column<Row> {
  return { title, width: 9, text: ({ measure }) => whole(measure.callsPerSecond) };
}

/** What rows are about. */
interface Layout {
  readonly rate: string;
  /** Behind the latencies. */
  readonly columns: readonly Column<Row>[];
  readonly nodeWidth: number;
}

const layouts: Readonly<Record<'calls' | 'map' | 'loads', Layout>> = {
  calls: { rate: 'calls/s', columns: [hits, failed], nodeWidth: 10 },
  // On a cluster the map needs room.
  map: { rate: 'calls/s', columns: [failed, map], nodeWidth: 8 },
  loads: { rate: 'pages/s', columns: [loads, failed], nodeWidth: 10 },
};

/** Where there is room. */
const wideColumns: readonly Column<Row>[] = [
  { title: 'slowest', width: 9, text: ({ measure }) => milliseconds(measure.max) },
  { title: 'MB/s', width: 7, text: ({ measure }) => measure.megabytesPerSecond.toFixed(1) },
];
const wide = 100;

/** Instead of one for each node, where there are too many. */
const fleetColumns: readonly Column<Row>[] = [
  { title: 'open', width: 7, text: ({ nodes }) => String(nodes.reduce((sum, { open }) => sum + (open ?? 0), 0)) },
  {
    title: 'nodes out',
    width: 11,
    text: ({ nodes }) => String(nodes.filter(({ state }) => state !== 'alive').length),
    style: ({ nodes }) => (nodes.every(({ state }) => state === 'alive') ? undefined : 'red'),
  },
];

const eraseToEnd = '\u001B[K';
const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';

/** Shows a run while it runs. */
export class LiveView {
  readonly #screen: Screen;
  readonly #isTerminal: boolean;
  readonly #paint: Paint;
  readonly #nodeCount: number;
  readonly #layout: Layout;
  #bar = '';

  constructor(screen: Screen, nodeCount: number, layout: keyof typeof layouts = 'calls') {
    this.#screen = screen;
    this.#nodeCount = nodeCount;
    this.#layout = layouts[layout];
    this.#isTerminal = screen.isTTY === true && process.env['TERM'] !== 'dumb';
    this.#paint = this.#isTerminal ? paintOf(screen) : plain;
    if (this.#isTerminal) screen.write(hideCursor);
  }

  /** The titles of the rows to come. */
  titles(): void {
    this.line(this.#paint('dim', titlesOf(this.#columns())));
  }

  row(row: Row): void {
    this.line(rowOf(this.#columns(), row, this.#paint));
  }

  /** Something happened. */
  event(time: number, text: string, style: Style = 'bold'): void {
    this.line(this.#paint(style, `${`${time.toFixed(1)} s`.padStart(6)}  ${text}`));
  }

  /** Any line, above the bar. */
  line(text = ''): void {
    const bar = this.#bar;
    this.#erase();
    this.#screen.write(`${text}\n`);
    this.#draw(bar);
  }

  /** Draws the bar anew. `share` from 0 to 1. Nothing happens elsewhere than on a terminal. */
  progress(share: number, label: string): void {
    if (!this.#isTerminal) return;
    const width = Math.min(60, Math.max(10, this.#width - label.length - 5));
    const full = Math.round(Math.min(1, Math.max(0, share)) * width);
    // The Linux console has no font for blocks.
    const [done, left] = process.env['TERM'] === 'linux' ? ['#', '-'] : ['█', '░'];
    const bar = `  ${this.#paint('green', done.repeat(full))}${this.#paint('dim', left.repeat(width - full))}  ${label}`;
    if (bar === this.#bar) return;
    this.#screen.write('\r');
    this.#draw(bar);
  }

  /** Takes the bar away. Idempotent. */
  close(): void {
    this.#erase();
    if (this.#isTerminal) this.#screen.write(showCursor);
  }

  get #width(): number {
    return this.#screen.columns ?? 80;
  }

  #columns(): readonly Column<Row>[] {
    const { rate, columns, nodeWidth } = this.#layout;
    const narrow = [time, rateColumn(rate), ...latencies, ...columns];
    const first = this.#width >= wide ? [...narrow, ...wideColumns] : narrow;
    const used = first.reduce((sum, { width }) => sum + width, 0);
    const fits = used + this.#nodeCount * nodeWidth <= Math.max(this.#width, 80);
    const nodes = Array.from({ length: this.#nodeCount }, (_, index) => nodeColumn(index, nodeWidth));
    return [...first, ...(fits ? nodes : fleetColumns)];
  }

  #draw(bar: string): void {
    this.#bar = bar;
    if (bar !== '') this.#screen.write(`${bar}${eraseToEnd}`);
  }

  #erase(): void {
    if (this.#bar !== '') this.#screen.write(`\r${eraseToEnd}`);
    this.#bar = '';
  }
}

/**
 * The open connections of a node, on a cluster with its vBuckets. A state other than `alive` follows, or replaces both.
 */
function nodeColumn(index: number, width: number): Column<Row> {
  return {
    title: `node ${index + 1}`,
    width,
    text: ({ nodes }) => {
      const { open, vbuckets, state = 'alive' } = nodes[index] ?? {};
      if (vbuckets !== undefined) return state === 'alive' ? `${open ?? '–'}/${vbuckets}` : state;
      return state === 'alive' ? String(open ?? '–') : `${open ?? '–'} ${state}`;
    },
    style: ({ nodes }) => ((nodes[index]?.state ?? 'alive') === 'alive' ? undefined : 'red'),
  };
}
