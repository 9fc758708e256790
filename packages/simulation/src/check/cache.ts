/**
 * What the cache promises about old values (docs/caching.md):
 *
 * - P2 what a loader gave is in no read that begins after a later set or delete of the key was answered, if that was
 *   called while it was loaded or after;
 * - P3 what was set, or whose load began, before `clear` was called is in no read that begins after `clear` returned
 *   (a caller that joins a load of its own process may get what another process deleted or cleared meanwhile);
 * - P4 the same of `invalidateTags`, for entries with one of the tags;
 * - P8 what was there before a delete of the key that failed is in no later read of this process (in a namespace, where
 *   it failed on another node than that of the version: without it the process does not know what to delete);
 * - P9 no read gives a value longer than its ttl and the longest of `staleTtl` and `staleOnError` after it was stored;
 * - with a near cache, what other processes change is seen up to `near.ttl` later;
 * - P1 where all nodes reply in time, one loader with a lease runs at a time for a key that nobody changes. (A caller
 *   that waited for `leaseWait` loads without one.)
 */
import type { Problem, Rule } from '../problem.ts';

/** A call of a cache, or a run of a loader. Moments are numbers of one counter. */
export interface CacheEvent {
  readonly kind: 'get' | 'getOrSet' | 'set' | 'delete' | 'expire' | 'clear' | 'invalidate' | 'spoil' | 'load';
  readonly caller: string;
  /** The key with its namespace; of `clear` the namespace. */
  readonly key: string;
  readonly space: string;
  /** Those of the entry; of `invalidate` those that it invalidates. */
  readonly tags?: readonly string[];
  readonly begin: number;
  readonly beginAt: number;
  /** Infinity = it never ended. */
  end: number;
  endAt: number;
  /** Whether it was answered. */
  isDone: boolean;
  /** The number of the value that was written, loaded or read. */
  value?: number | undefined;
  /** The node that its error names. */
  node?: string | undefined;
}

/** How long the cache keeps and waits: ms. */
export interface CacheTimes {
  /** After so long a caller loads without a lease. */
  readonly leaseWait: number;
  /** After so long a load is given up. */
  readonly hardTimeout: number;
  /** How long the near cache keeps a value; 0 = there is none. */
  readonly near?: number;
  /** How long after its load or set a value may be returned. @default Infinity */
  readonly longest?: number;
}

/** What is known of a run beside its events. */
export interface CacheFacts extends CacheTimes {
  /** The node of the namespace's version. */
  readonly versionNode?: string | undefined;
}

/** The events of a run, sorted out. */
class CacheHistory {
  readonly problems: Problem[] = [];
  readonly #writers = new Map<number, CacheEvent>();
  readonly #changes: readonly CacheEvent[];
  readonly #failed: readonly CacheEvent[];
  readonly #near: number;
  readonly #longest: number;

  constructor(events: readonly CacheEvent[], { longest = Infinity, near = 0, versionNode }: CacheFacts) {
    this.#near = near;
    this.#longest = longest;
    for (const event of events)
      if ((event.kind === 'set' || event.kind === 'load') && event.value !== undefined)
        this.#writers.set(event.value, event);
    this.#changes = events.filter(({ isDone, kind }) => isDone && kind in rules);
    this.#failed = events.filter(({ end, isDone, kind, node, space }) => {
      const isKept = space !== 's' || (node !== undefined && node !== versionNode);
      return !isDone && kind === 'delete' && isKept && end < Infinity;
    });
  }

  read(read: CacheEvent): void {
    const { key, value } = read;
    if (value === undefined) return;
    const writer = this.#writers.get(value);
    if (writer === undefined || writer.key !== key) {
      this.#report('G3', read, `returned #${value}, which was never written for it`);
      return;
    }
    // A set that failed may take effect at any later time.
    const ended = writer.isDone ? writer.end : Infinity;
    const from = writer.kind === 'load' ? writer.begin : ended;
    for (const change of this.#changes) {
      const isLater = change !== writer && change.begin > from && this.#isSeen(change, read);
      if (!isLater || !concerns(change, read) || hasJoined(read, writer, change)) continue;
      this.#report(rules[change.kind as 'set'], read, `returned #${value}, but a ${change.kind} came after it`);
    }
    for (const { begin, caller, end, key: deleted } of this.#failed)
      if (deleted === key && caller === read.caller && begin > from && end < read.begin)
        this.#report('P8', read, `returned #${value}, but it has failed to delete that`);
    const age = read.beginAt - writer.endAt;
    if (age > this.#longest) this.#report('P9', read, `returned #${value}, which was ${Math.round(age)} ms old`);
  }

  /** Whether a process sees a change that is over: those of others by the time that its near cache asks again. */
  #isSeen(change: CacheEvent, read: CacheEvent): boolean {
    if (change.end >= read.begin) return false;
    return this.#near === 0 || change.caller === read.caller || change.endAt + this.#near < read.beginAt;
  }

  #report(rule: Rule, { caller, endAt, key, kind }: CacheEvent, what: string): void {
    this.problems.push({ rule, key, at: endAt, message: `${kind} ${key} of ${caller} ${what}` });
  }
}

/** The rules that a read breaks which does not see a change. */
const rules = { set: 'P2', delete: 'P2', clear: 'P3', invalidate: 'P4' } as const;

/** Whether a change is one of the entry that is read. */
function concerns({ key, kind, space, tags = [] }: CacheEvent, read: CacheEvent): boolean {
  if (kind === 'clear') return space === read.space;
  if (kind === 'invalidate') return tags.some((tag) => read.tags?.includes(tag));
  return key === read.key;
}

/**
 * Whether a caller may have joined a load of its own process, which lasts until the value is stored: it cannot know
 * that another process changed the key meanwhile.
 */
function hasJoined(read: CacheEvent, load: CacheEvent, change: CacheEvent): boolean {
  const isOwnLoad = load.kind === 'load' && load.caller === read.caller;
  return read.kind === 'getOrSet' && isOwnLoad && change.caller !== read.caller;
}

/**
 * When the call that made a load began: the first that waited for it in its process, or the last before it, which
 * received an old value.
 */
function callOf(events: readonly CacheEvent[], load: CacheEvent): CacheEvent {
  const isCall = ({ begin, caller, key, kind }: CacheEvent): boolean =>
    kind === 'getOrSet' && caller === load.caller && key === load.key && begin < load.begin;
  return events.find((event) => isCall(event) && event.end > load.begin) ?? events.findLast(isCall) ?? load;
}

/**
 * Whether a change, or a clear, ended the lease of a load before another began, or gave the keys of the namespace to
 * one of the two calls only.
 */
function wasChanged(events: readonly CacheEvent[], load: CacheEvent, next: CacheEvent): boolean {
  const since = Math.min(...[load, next].map((one) => callOf(events, one).begin));
  return events.some((event) => {
    const isChange = event.kind in rules || event.kind === 'expire' || event.kind === 'spoil';
    return isChange && event.begin < next.begin && event.end > since && concerns(event, load);
  });
}

/** P1: pairs of loads of a key that ran at the same time, each under a lease. */
function together(events: readonly CacheEvent[], { hardTimeout, leaseWait }: CacheTimes): Problem[] {
  const running = new Map<string, CacheEvent>();
  const problems: Problem[] = [];
  for (const event of events) {
    if (event.kind !== 'load' || event.beginAt - callOf(events, event).beginAt >= leaseWait) continue;
    const other = running.get(event.key);
    const isOver = other === undefined || other.end < event.begin || event.beginAt - other.beginAt >= hardTimeout;
    if (!isOver && !wasChanged(events, other, event)) {
      const message = `${event.caller} loads ${event.key} while ${other.caller} does`;
      problems.push({ rule: 'P1', key: event.key, at: event.beginAt, message });
    }
    if (other === undefined || other.end < event.end) running.set(event.key, event);
  }
  return problems;
}

/** Checks a run. `isCalm`: all nodes replied in time. */
export function checkCache(events: readonly CacheEvent[], isCalm: boolean, facts: CacheFacts): Problem[] {
  const history = new CacheHistory(events, facts);
  for (const event of events)
    if (event.isDone && (event.kind === 'get' || event.kind === 'getOrSet')) history.read(event);
  return isCalm ? [...history.problems, ...together(events, facts)] : history.problems;
}
