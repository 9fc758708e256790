/** What one `stats` of a node says, and what two of them say about the time in between. */

/** The values of `stats` by name. */
export type Stats = ReadonlyMap<string, string>;

/** `stats` of a node, with the time at which it came. */
export interface Sample {
  /** Milliseconds, monotonic. */
  readonly at: number;
  readonly stats: Stats;
}

/** The verbs whose requests are counted. */
export const verbs = ['get', 'set', 'delete', 'touch', 'incr'] as const;

/** One of them; `incr` is decr as well. */
export type CountedVerb = (typeof verbs)[number];

const countersOf: Readonly<Record<CountedVerb, readonly string[]>> = {
  get: ['cmd_get'],
  set: ['cmd_set'],
  delete: ['delete_hits', 'delete_misses'],
  touch: ['cmd_touch'],
  incr: ['incr_hits', 'incr_misses', 'decr_hits', 'decr_misses'],
};

/** Figures of a node; undefined where the node does not tell, or nothing happened that they count. */
export interface Figures {
  readonly version: string | undefined;
  /** Seconds. */
  readonly uptime: number | undefined;
  readonly items: number | undefined;
  /** Bytes of items. */
  readonly bytes: number | undefined;
  readonly maxBytes: number | undefined;
  readonly connections: number | undefined;
  readonly maxConnections: number | undefined;
  /** Since the node started. */
  readonly evicted: number | undefined;
  /** Of all gets since the node started. */
  readonly hitRatioEver: number | undefined;
  /** Requests a second by verb. */
  readonly rates: Readonly<Record<CountedVerb, number | undefined>>;
  /** Requests a second of all verbs. */
  readonly requests: number | undefined;
  /** Of the gets in between. */
  readonly hitRatio: number | undefined;
  /** Evictions a second. */
  readonly evictions: number | undefined;
  /** Bytes a second that the node received. */
  readonly received: number | undefined;
  /** Bytes a second that the node sent. */
  readonly sent: number | undefined;
}

/** A number of the statistics, under the first of the names that the node knows. */
export function statOf(stats: Stats, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const text = stats.get(name);
    const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
  }
  return undefined;
}

/** The figures of a node from its newest sample and the one before. A node that restarted in between has no rates. */
export function figuresOf(now: Sample, before: Sample | undefined): Figures {
  const { stats } = now;
  const earlier = before === undefined || isRestart(before.stats, stats) ? undefined : before;
  const rate = (...names: readonly string[]): number | undefined => rateOf(now, earlier, names);
  const rates = Object.fromEntries(verbs.map((verb) => [verb, rate(...countersOf[verb])])) as Figures['rates'];
  const known = Object.values(rates).filter((value) => value !== undefined);
  const [hits, misses] = [growth(now, earlier, 'get_hits'), growth(now, earlier, 'get_misses')];
  return {
    version: stats.get('version'),
    uptime: statOf(stats, 'uptime'),
    items: statOf(stats, 'curr_items'),
    bytes: statOf(stats, 'bytes', 'mem_used'),
    maxBytes: statOf(stats, 'limit_maxbytes', 'ep_max_size'),
    connections: statOf(stats, 'curr_connections'),
    maxConnections: statOf(stats, 'max_connections'),
    evicted: statOf(stats, 'evictions', 'ep_num_value_ejects'),
    hitRatioEver: share(statOf(stats, 'get_hits'), statOf(stats, 'get_misses')),
    rates,
    requests: known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : rate('cmd_total'),
    hitRatio: share(hits, misses),
    evictions: rate('evictions'),
    received: rate('bytes_read'),
    sent: rate('bytes_written'),
  };
}

function isRestart(before: Stats, now: Stats): boolean {
  const [earlier = 0, later = earlier] = [statOf(before, 'uptime'), statOf(now, 'uptime')];
  return later < earlier || before.get('pid') !== now.get('pid');
}

/** How much a counter grew; undefined where it is not told, or was reset. */
function growth(now: Sample, before: Sample | undefined, name: string): number | undefined {
  const [earlier, later] = [before === undefined ? undefined : statOf(before.stats, name), statOf(now.stats, name)];
  return earlier === undefined || later === undefined || later < earlier ? undefined : later - earlier;
}

function rateOf(now: Sample, before: Sample | undefined, names: readonly string[]): number | undefined {
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
  if (seconds <= 0) return undefined;
  const grown = names.map((name) => growth(now, before, name)).filter((value) => value !== undefined);
  return grown.length === 0 ? undefined : grown.reduce((sum, value) => sum + value, 0) / seconds;
}

function share(hits: number | undefined, misses: number | undefined): number | undefined {
  return hits === undefined || misses === undefined || hits + misses === 0 ? undefined : hits / (hits + misses);
}
