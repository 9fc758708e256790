/** The screens of the hot keys and of the keys by prefix. */
import { unescapeKey } from '../fleet/key-text.ts';
import { fit, safeKey, safeText } from '../fleet/safe-text.ts';
import { bar, none, short, shortAge, shortBytes, shortShare } from './figures.ts';
import type { HotKey } from './keys/heavy-hitters.ts';
import type { HotKeysView, KeySource } from './keys/hot-keys.ts';
import type { KeyEntry, KeyLevel } from './keys/key-browser.ts';
import { type Line, line, restyle, span } from './line.ts';

/** Further columns are left out where names would have less. */
const narrowestName = 24;

interface Cell<T> {
  readonly title: string;
  readonly width: number;
  readonly read: (entry: T) => string;
}

/** A table whose first column takes the room that is left; the entry at `place` is selected and shown. */
function table<T>(
  entries: readonly T[],
  name: { readonly title: string; readonly read: (entry: T) => string },
  cells: readonly Cell<T>[],
  place: number,
  width: number,
  height: number,
): readonly Line[] {
  const shown = cells.filter((_, index) => width - widthOfAll(cells.slice(0, index + 1)) >= narrowestName);
  const nameWidth = width - widthOfAll(shown);
  const room = Math.max(1, height - 1);
  const first = Math.max(0, Math.min(place - Math.floor(room / 2), entries.length - room));
  return [
    line(
      fit(name.title, nameWidth) + shown.map(({ title, width }) => ` ${fit(title, width, 'right')}`).join(''),
      'head',
    ),
    ...entries.slice(first, first + room).map((entry, index) => {
      const rest = shown.map(({ read, width }) => ` ${fit(read(entry), width, 'right')}`).join('');
      const spans = line(fit(name.read(entry), nameWidth) + rest);
      return first + index === place ? restyle(spans, 'selected') : spans;
    }),
  ];
}

function widthOfAll(cells: readonly Cell<never>[]): number {
  return cells.reduce((sum, { width }) => sum + width + 1, 0);
}

const sourceWords: Readonly<Record<KeySource, string>> = {
  connecting: 'connecting to',
  watched: 'watched',
  sampled: 'sampled',
  none: 'nothing from',
};

/** The hot keys, under a line that says where they are from. */
export function hotKeyLines(
  { keys, total, rate: all, skipped, sources }: HotKeysView,
  place: number,
  width: number,
  height: number,
): readonly Line[] {
  const parts = (Object.keys(sourceWords) as KeySource[]).flatMap((name) => {
    const count = [...sources.values()].filter(({ source }) => source === name).length;
    return count === 0 ? [] : [`${sourceWords[name]} ${count === 1 ? '1 node' : `${count} nodes`}`];
  });
  const problems = [...sources].filter(([, { source }]) => source === 'none');
  const [failed] = problems;
  const head: Line[] = [
    [
      span(parts.join(', ') || 'no nodes yet'),
      span(`  ${short(total)} fetches seen${skipped > 0 ? `, ${short(skipped)} dropped by the nodes` : ''}`, 'dim'),
    ],
    ...(failed === undefined ? [] : [line(safeText(`${failed[0]}: ${failed[1].problem ?? ''}`), 'warn')]),
  ];
  const cells: readonly Cell<HotKey>[] = [
    { title: 'PER S', width: 7, read: ({ rate }) => short(rate) },
    { title: 'SHARE', width: 6, read: ({ rate }) => shortShare(all === 0 ? undefined : Math.min(1, rate / all)) },
    { title: 'HIT', width: 6, read: ({ hits, count }) => shortShare(Math.min(1, hits / count)) },
    { title: 'NODE', width: 21, read: ({ node }) => safeText(node) },
    { title: 'SIZE', width: 6, read: ({ size }) => shortBytes(size) },
    { title: 'SEEN', width: 7, read: ({ count }) => short(count) },
  ];
  const name = { title: 'KEY', read: ({ key }: HotKey) => safeKey(unescapeKey(key)) };
  return [...head, ...table(keys, name, cells, place, width, height - head.length)];
}

const ttlText = (ttl: number): string => (ttl < 0 ? 'none' : shortAge(ttl));

/** The keys below a prefix. */
export function keyLines(level: KeyLevel, place: number, width: number, height: number): readonly Line[] {
  const { prefix, entries, keys, omitted, isDone, problems } = level;
  const where = prefix === '' ? '' : ` below ${safeKey(Buffer.from(prefix, 'latin1'))}`;
  const [problem] = problems;
  const head: Line[] = [
    [
      span(`${keys === 1 ? '1 key' : `${short(keys)} keys`}${where}`, 'bold'),
      span(isDone ? '' : '  listing, Esc stops', 'accent'),
      span(omitted > 0 ? `  ${short(omitted)} are left out` : '', 'warn'),
    ],
    ...(problem === undefined ? [] : [line(safeText(problem), 'bad')]),
  ];
  const cells: readonly Cell<KeyEntry>[] = [
    { title: 'KEYS', width: 7, read: ({ isKey, keys: own }) => (isKey ? '' : short(own)) },
    { title: 'SIZE', width: 7, read: ({ bytes }) => shortBytes(bytes) },
    { title: 'TTL', width: 7, read: ({ ttl }) => ttlText(ttl) },
    { title: 'IDLE', width: 7, read: ({ idle }) => (Number.isFinite(idle) ? shortAge(idle) : none) },
    { title: 'NODE', width: 21, read: ({ isKey, node }) => (isKey ? safeText(node) : '') },
    { title: 'SHARE', width: 8, read: ({ keys: own }) => bar(keys === 0 ? 0 : own / keys, 8) },
  ];
  const name = {
    title: 'PREFIX OR KEY',
    read: ({ name: bytes, isKey }: KeyEntry) => `${safeKey(Buffer.from(bytes, 'latin1'))}${isKey ? '' : '…'}`,
  };
  return [...head, ...table(entries, name, cells, place, width, height - head.length)];
}
