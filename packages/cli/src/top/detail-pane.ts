/** What is known of one node: its figures, its slab classes, its settings. */
import type { NodeRow } from '../fleet/node-record.ts';
import { type Stats, statOf } from '../fleet/node-sample.ts';
import { fit, safeText } from '../fleet/safe-text.ts';
import { type DifferingSetting, settingsThatDiffer } from '../fleet/settings-differ.ts';
import { none, short, shortAge, shortBytes, shortMillis, shortShare } from './figures.ts';
import { type Line, line, span, type Span } from './line.ts';

/** The pages of the pane, in the order of the tab key. */
export const detailPages = ['figures', 'slabs', 'settings'] as const;

/** A page of the pane. */
export type DetailPage = (typeof detailPages)[number];

/** `stats slabs`, `stats items` and `stats settings`, by node. */
export interface DetailStats {
  readonly slabs: ReadonlyMap<string, Stats>;
  readonly items: ReadonlyMap<string, Stats>;
  readonly settings: ReadonlyMap<string, Stats>;
}

/** Nothing has been asked yet. */
export const noDetails: DetailStats = { slabs: new Map(), items: new Map(), settings: new Map() };

type Page = (row: NodeRow, stats: DetailStats, width: number) => readonly Line[];

const pages: Readonly<Record<DetailPage, Page>> = { figures: figuresPage, slabs: slabsPage, settings: settingsPage };

/** All lines of a page; the caller shows those that there is room for. */
export function detailLines(row: NodeRow, which: DetailPage, stats: DetailStats, width: number): readonly Line[] {
  return row.figures === undefined && which === 'figures'
    ? [line(safeText(row.problem ?? 'waiting for its reply'), 'bad')]
    : pages[which](row, stats, width);
}

/** `3.2M of 64.0M`. */
function of(used: number | undefined, most: number | undefined, write: (value: number | undefined) => string): string {
  return `${write(used)} of ${write(most)}`;
}

function figuresPage({ figures, p50, p99, stats }: NodeRow, _: DetailStats, width: number): readonly Line[] {
  if (figures === undefined) return [];
  const { rates } = figures;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['gets/s', short(rates.get)],
    ['stores/s', short(rates.set)],
    ['deletes/s', short(rates.delete)],
    ['touches/s', short(rates.touch)],
    ['incr+decr/s', short(rates.incr)],
    ['hit ratio', shortShare(figures.hitRatio)],
    ['hit ratio ever', shortShare(figures.hitRatioEver)],
    ['p50, p99', `${shortMillis(p50)}, ${shortMillis(p99)} ms`],
    ['items', short(figures.items)],
    ['memory', of(figures.bytes, figures.maxBytes, shortBytes)],
    ['evictions/s', short(figures.evictions)],
    ['evicted ever', short(figures.evicted)],
    ['connections', of(figures.connections, figures.maxConnections, short)],
    ['refused', short(statOf(stats, 'rejected_connections'))],
    ['in/s', shortBytes(figures.received)],
    ['out/s', shortBytes(figures.sent)],
    ['version', safeText(figures.version ?? none)],
    ['uptime', shortAge(figures.uptime)],
    ['threads', short(statOf(stats, 'threads'))],
    ['expired unread', short(statOf(stats, 'expired_unfetched'))],
    ['evicted unread', short(statOf(stats, 'evicted_unfetched'))],
  ];
  const across = Math.max(1, Math.floor(width / 30));
  const down = Math.ceil(facts.length / across);
  return Array.from({ length: down }, (_, index) =>
    Array.from({ length: across }, (_, place) => facts[place * down + index]).flatMap((fact): Span[] =>
      fact === undefined ? [] : [span(fit(fact[0], 15), 'dim'), span(fit(fact[1], 15))],
    ),
  );
}

const slabColumns: readonly (readonly [title: string, width: number, read: (of: SlabClass) => string])[] = [
  ['CLASS', 5, ({ id }) => String(id)],
  ['CHUNK', 7, ({ slab }) => shortBytes(slab('chunk_size'))],
  ['PAGES', 6, ({ slab }) => short(slab('total_pages'))],
  ['ITEMS', 7, ({ item }) => short(item('number'))],
  ['USED', 7, ({ slab }) => shortShare((slab('used_chunks') ?? 0) / (slab('total_chunks') ?? 0))],
  ['MEMORY', 7, ({ item }) => shortBytes(item('mem_requested'))],
  ['AGE', 7, ({ item }) => shortAge(item('age'))],
  ['EVICTED', 8, ({ item }) => short(item('evicted'))],
  ['NO ROOM', 8, ({ item }) => short(item('outofmemory'))],
  ['HITS', 7, ({ slab }) => short(slab('get_hits'))],
];

interface SlabClass {
  readonly id: number;
  readonly slab: (name: string) => number | undefined;
  readonly item: (name: string) => number | undefined;
}

function slabsPage({ node }: NodeRow, { slabs, items }: DetailStats): readonly Line[] {
  const [slabStats, itemStats] = [slabs.get(node), items.get(node)];
  if (slabStats === undefined) return [line('waiting for its slab classes', 'dim')];
  const ids = new Set<number>();
  for (const name of slabStats.keys()) {
    const id = /^(\d+):/.exec(name)?.[1];
    if (id !== undefined) ids.add(Number(id));
  }
  if (ids.size === 0) return [line('it has no slab classes: no item was stored yet, or it does not tell them', 'dim')];
  const classes = [...ids]
    .sort((a, b) => a - b)
    .map((id): SlabClass => ({
      id,
      slab: (name) => statOf(slabStats, `${id}:${name}`),
      item: (name) => statOf(itemStats ?? new Map(), `items:${id}:${name}`),
    }));
  return [
    line(slabColumns.map(([title, width]) => fit(title, width, 'right')).join(' '), 'head'),
    ...classes.map((each) => {
      const text = slabColumns.map(([, width, read]) => fit(read(each), width, 'right')).join(' ');
      return line(text, (each.item('evicted') ?? 0) > 0 ? 'warn' : 'plain');
    }),
  ];
}

function settingsPage({ node }: NodeRow, { settings }: DetailStats, width: number): readonly Line[] {
  const own = settings.get(node);
  if (own === undefined) return [line('waiting for its settings', 'dim')];
  const telling = [...settings.values()].filter(({ size }) => size > 0).length;
  const differing = settingsThatDiffer(settings);
  const names = new Set(differing.map(({ name }) => name));
  const others = [...own].filter(([name]) => !names.has(name));
  return [
    telling < 2
      ? line('there is no other node to compare with', 'dim')
      : line(
          `${differing.length === 0 ? 'no setting differs' : `${differing.length} differ`} between ${telling} nodes`,
          'bold',
        ),
    ...differing.map((setting) => differingLine(setting, node)),
    ...twoColumns(others, width),
  ];
}

/** `! maxbytes  64M  b:11211 32M, c:11211 32M`. */
function differingLine({ name, values, usual }: DifferingSetting, node: string): Line {
  const own = values.get(node);
  const rest = [...values].filter(([other, value]) => other !== node && value !== own);
  return [
    span(`! ${fit(safeText(name), 22)} `, 'warn'),
    span(`${safeText(own ?? none)}  `, own === usual ? 'bold' : 'bad'),
    span(rest.map(([other, value]) => `${safeText(other)} ${safeText(value)}`).join(', '), 'dim'),
  ];
}

function twoColumns(values: readonly (readonly [string, string])[], width: number): readonly Line[] {
  const across = Math.max(1, Math.floor(width / 40));
  const down = Math.ceil(values.length / across);
  return Array.from({ length: down }, (_, index) =>
    Array.from({ length: across }, (_, place) => values[place * down + index]).flatMap((value): Span[] =>
      value === undefined
        ? []
        : [span(`  ${fit(safeText(value[0]), 22)} `, 'dim'), span(`${fit(safeText(value[1]), 14)} `)],
    ),
  );
}
