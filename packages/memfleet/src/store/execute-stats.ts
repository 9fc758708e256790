/**
 * `stats`: selects the group and its source (memcached 1.6.18 `process_stat`, `process_bin_stat`).
 *
 *   text     the first word is the group; further words count for cachedump and detail only. sizes_enable and
 *            sizes_disable are one line without an end
 *   binary   the key is the group. reset, settings and detail are known by how the key begins; cachedump, conns and
 *            extstore are not known at all
 */
import { byteStringOf } from '../base/bytes.ts';
import { clientError, notFound, sendAdminReply, type AdminReply, type Stat } from './admin-reply.ts';
import { cacheDump } from './dump.ts';
import type { Engine, Execute } from './engine.ts';
import type { StartSettings } from './start-settings.ts';
import { inOrder, storeStats } from './stats/general.ts';
import { itemStats } from './stats/items.ts';
import { settingStats } from './stats/settings.ts';
import { sizeStats } from './stats/sizes.ts';
import { slabStats } from './stats/slabs.ts';

type Group = (engine: Engine, words: readonly string[]) => AdminReply;

/** A group whose lines come from a function. */
const lines =
  (statsOf: (engine: Engine) => Iterable<Stat>): Group =>
  (engine) => ({ stats: statsOf(engine) });

const general = lines((engine) => {
  const settings: StartSettings = { ...engine.settings, lru_crawler: engine.crawler.isEnabled ? 'yes' : 'no' };
  return inOrder([...(engine.moreStats('') ?? []), ...storeStats(engine)], settings);
});
const settings = lines((engine) => settingStats(engine, engine.moreStats('settings') ?? []));

const reset: Group = (engine) => {
  engine.store.resetCounters();
  engine.prefixes.reset();
  engine.moreStats('reset');
  return { line: 'RESET' };
};

const sizesEnable: Group = ({ store }) => {
  store.countSizes();
  return { line: 'STAT sizes_status enabled' };
};

const sizesDisable: Group = ({ store }) => {
  store.stopCountingSizes();
  return { line: 'STAT sizes_status disabled' };
};

const detail: Group = ({ tuning, prefixes }, [what]) => {
  if (what === 'dump') return { lines: ended(prefixes.lines()) };
  if (what !== 'on' && what !== 'off') return clientError('usage: stats detail on|off|dump');
  tuning.detail = what === 'on';
  return { line: 'OK' };
};

/** The groups with the same name in both protocols. */
const shared: Readonly<Record<string, Group>> = {
  items: lines(itemStats),
  slabs: lines(slabStats),
  sizes: lines(sizeStats),
  sizes_enable: sizesEnable,
  sizes_disable: sizesDisable,
};

const textGroups: ReadonlyMap<string, Group> = new Map(
  Object.entries({
    ...shared,
    '': general,
    settings,
    reset,
    detail,
    cachedump: ({ store, settings }, words) =>
      settings.dump_enabled === 'no' ? clientError('stats cachedump not allowed') : cacheDump(store, words),
    conns: lines((engine) => engine.moreStats('conns') ?? []),
    extstore: lines(() => []),
  }),
);

const binaryGroups: ReadonlyMap<string, Group> = new Map(Object.entries({ ...shared, '': general }));

/** Groups that are selected by the beginning of the key, in the order in which memcached compares. */
const binaryPrefixes: readonly (readonly [string, Group])[] = [
  ['reset', reset],
  ['settings', settings],
  [
    'detail',
    (engine, [key = '']) => {
      const what = ['dump', 'on', 'off'].find((word) => key.startsWith(`detail ${word}`));
      if (what === undefined) return notFound;
      if (what !== 'dump') return detail(engine, [what]);
      return { stats: [['detailed', `${[...ended(engine.prefixes.lines())].join('')}END\r\n`]] };
    },
  ],
];

function binaryGroup(key: string): Group | undefined {
  return binaryGroups.get(key) ?? binaryPrefixes.find(([prefix]) => key.startsWith(prefix))?.[1];
}

function* ended(all: Iterable<string>): Iterable<string> {
  for (const line of all) yield `${line}\r\n`;
}

/**
 * Executes `stats`. `stats reset` and `stats detail on` have one whole reply; every other group sends its lines and an
 * end.
 */
export const executeStats: Execute = (engine, command, handler) => {
  const text = byteStringOf(command.value);
  const isBinary = command.dialect === 'binary';
  const [first = '', ...words] = text.split(' ');
  const group = isBinary ? binaryGroup(text) : textGroups.get(first);
  sendAdminReply(engine.reply, handler, group === undefined ? notFound : group(engine, isBinary ? [text] : words));
};
