/**
 * How fresh an entry is. It follows from the seconds that the node still keeps it, and from the options of the reader:
 *
 *   stored for  ttl + K + margin       K = max(staleTtl, staleOnError)
 *
 *   ├── fresh ──┬─ refreshAhead ─┬── staleTtl ──┬── staleOnError ──┬── margin ──┤
 *        fresh         due            stale          fallback           gone
 *
 * The margin is as long as a load may take: an old value must not end while its refresh runs, or the store of the
 * refresh finds nothing to replace.
 */

/** How an entry can be used. */
export type Freshness = 'fresh' | 'due' | 'stale' | 'fallback' | 'gone';

/** The options on which freshness depends; times in seconds unless said. */
export interface FreshnessOptions {
  /** Null: for ever. */
  readonly ttl: number | null;
  /** The share by which a ttl is shortened at most. */
  readonly jitter: number;
  readonly staleTtl: number;
  readonly staleOnError: number;
  readonly refreshAhead: number;
  /** How early XFetch refreshes; 0 = not. */
  readonly beta: number;
  /** Milliseconds. */
  readonly hardTimeout: number;
}

/** Seconds that an old value is kept behind its ttl. */
export function keptAfter({ staleTtl, staleOnError }: FreshnessOptions): number {
  return Math.max(staleTtl, staleOnError);
}

/** Seconds behind that, so that a refresh finds the item which it replaces. */
export function marginOf(options: FreshnessOptions): number {
  const isRefreshed = keptAfter(options) > 0 || options.refreshAhead > 0 || options.beta > 0;
  return isRefreshed ? Math.ceil(options.hardTimeout / 1000) : 0;
}

/** The ttl of one entry in whole seconds, at least 1 and never more than `ttl`. `random`: 0 … 1. */
export function freshFor(ttl: number | null, { jitter }: FreshnessOptions, random: number): number {
  if (ttl === null || ttl === Infinity) return Infinity;
  // A fraction is rounded up by the client.
  if (ttl <= 1) return ttl;
  return Math.max(1, Math.floor(ttl * (1 - jitter * random)));
}

/** The ttl that is sent to the node. `fresh`: of `freshFor`. */
export function nodeTtl(fresh: number, options: FreshnessOptions): number {
  return fresh + keptAfter(options) + marginOf(options);
}

/**
 * The seconds that an entry is fresh yet, negative when it was stale for so long. `left`: what its node still keeps it.
 */
export function freshLeft(left: number, options: FreshnessOptions): number {
  return left - marginOf(options) - keptAfter(options);
}

/**
 * `left`: of `freshLeft`. `isMarked`: the node has the mark of `expire`. `loadTime`: what the last load took in ms, 0 =
 * not known.  `random` gives 0 … 1.
 */
export function freshnessOf(
  left: number,
  isMarked: boolean,
  options: FreshnessOptions,
  loadTime: number,
  random: () => number,
): Freshness {
  if (isMarked || left <= 0) return stalenessOf(Math.min(left, 0), options);
  if (left <= options.refreshAhead) return 'due';
  const { beta } = options;
  // XFetch (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015).
  const isEarly = beta > 0 && loadTime > 0 && (-beta * loadTime * Math.log(random())) / 1000 >= left;
  return isEarly ? 'due' : 'fresh';
}

function stalenessOf(left: number, options: FreshnessOptions): Freshness {
  if (options.staleTtl + left > 0) return 'stale';
  return keptAfter(options) + left > 0 ? 'fallback' : 'gone';
}
