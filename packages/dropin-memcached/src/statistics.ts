/** The commands to every server, and how the original shows what they return. */
import type { Client } from 'memfleet';

type Stat = Readonly<Record<string, string>>;

/** A command to every server: the text of the command and the result of one server. */
export interface EveryServerRow {
  readonly type: string;
  readonly send: (client: Client, server: string) => Promise<unknown>;
}

const digits = /^\d+$/;
const typed = (text: string): number | string => (digits.test(text) ? Number(text) : text);

/** The only result of a fleet of one. */
const firstOf = <T>(results: ReadonlyMap<string, T>): T | undefined => results.values().next().value;

function flat(stats: Stat, server: string): object {
  return { server, ...Object.fromEntries(Object.entries(stats).map(([name, text]) => [name, typed(text)])) };
}

/** `items:1:number` → `{ 1: { number } }`; `at` is the place of the `1`. */
function grouped(stats: Stat, server: string, at: number): object {
  const groups: Record<string, unknown> = { server };
  for (const [name, text] of Object.entries(stats)) {
    const parts = name.split(':');
    const group = (groups[parts[at] ?? ''] ??= {}) as Record<string, unknown>;
    group[parts[at + 1] ?? 'undefined'] = typed(text);
  }
  return groups;
}

function statistics(group: string, show: (stats: Stat, server: string) => object): EveryServerRow {
  return {
    type: group === '' ? 'stats' : `stats ${group}`,
    send: async (client, server) => {
      const stats = firstOf(await client.serverStats(group)) ?? {};
      return Object.keys(stats).length === 0 ? {} : show(stats, server);
    },
  };
}

async function version(client: Client, server: string): Promise<object> {
  const [text = '', major = 0, minor = 0, bugfix = 0] =
    /(\d+)\.(\d+)\.(\d+)/.exec(firstOf(await client.version()) ?? '') ?? [];
  return { server, version: text, major, minor, bugfix };
}

const flush: EveryServerRow = { type: 'flush_all', send: (client) => client.flush().then(() => true) };
const settings = statistics('settings', flat);
const slabs = statistics('slabs', (stats, server) => grouped(stats, server, 0));
const items = statistics('items', (stats, server) => grouped(stats, server, 1));

/** Method → command. */
export const everyServer: Readonly<Record<string, EveryServerRow>> = {
  version: { type: 'version', send: version },
  flush,
  flushAll: flush,
  stats: statistics('', flat),
  settings,
  statsSettings: settings,
  slabs,
  statsSlabs: slabs,
  items,
  statsItems: items,
};
