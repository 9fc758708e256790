/**
 * What the cache promises about old values (docs/caching.md):
 *
 * - P2 what a loader gave is in no read that begins after a later set or delete of the key was answered, if that was
 *   called while it was loaded or after;
 * - P3 what was set, or whose load began, before `clear` was called is in no read that begins after `clear` returned
 *   (a caller that joins a load of its own process may get what another process deleted or cleared meanwhile);
 * - P1 where all nodes reply in time, one loader with a lease runs at a time for a key that nobody changes. (A caller
 *   that waited for `leaseWait` loads without one.)
 */
import type { Problem } from '../problem.ts';

/** A call of a cache, or a run of a loader. Moments are numbers of one counter. */
export interface CacheEvent {
  readonly kind: 'get' | 'getOrSet' | 'set' | 'delete' | 'clear' | 'load';
  readonly caller: string;
  /** The key with its namespace; of `clear` the namespace. */
  readonly key: string;
  readonly space: string;
  readonly begin: number;
  readonly beginAt: number;
  /** Infinity = it never ended. */
  end: number;
  endAt: number;
  /** Whether it was answered. */
  isDone: boolean;
  /** The number of the value that was written, loaded or read. */
  value?: number | undefined;
}

/** The events of a run, sorted out. */
class CacheHistory {
  readonly problems: Problem[] = [];
  readonly #writers = new Map<number, CacheEvent>();
  readonly #changes: readonly CacheEvent[];
  readonly #clears: readonly CacheEvent[];

  constructor(events: readonly CacheEvent[]) {
    for (const event of events)
      if ((event.kind === 'set' || event.kind === 'load') && event.value !== undefined)
        this.#writers.set(event.value, event);
    this.#changes = events.filter(({ isDone, kind }) => isDone && (kind === 'set' || kind === 'delete'));
    this.#clears = events.filter(({ isDone, kind }) => isDone && kind === 'clear');
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
    const change = this.#changes.find(
      (one) =>
        one !== writer && one.key === key && one.begin > from && one.end < read.begin && !hasJoined(read, writer, one),
    );
    if (change !== undefined) this.#report('P2', read, `returned #${value}, but a ${change.kind} came after it`);
    const clear = this.#clears.find(
      (one) => one.space === read.space && one.begin > from && one.end < read.begin && !hasJoined(read, writer, one),
    );
    if (clear !== undefined) this.#report('P3', read, `returned #${value}, but its namespace was cleared`);
  }

  #report(rule: 'G3' | 'P2' | 'P3', { caller, endAt, key, kind }: CacheEvent, what: string): void {
    this.problems.push({ rule, key, at: endAt, message: `${kind} ${key} of ${caller} ${what}` });
  }
}

/**
 * Whether a caller may have joined a load of its own process, which lasts until the value is stored: it cannot know
 * that another process changed the key meanwhile.
 */
function hasJoined(read: CacheEvent, load: CacheEvent, change: CacheEvent): boolean {
  const isOwnLoad = load.kind === 'load' && load.caller === read.caller;
  return read.kind === 'getOrSet' && isOwnLoad && change.caller !== read.caller;
}

/** When the call that made a load began: the first that waited for it in its process. */
function callOf(events: readonly CacheEvent[], load: CacheEvent): CacheEvent {
  const isCall = ({ begin, caller, end, key, kind }: CacheEvent): boolean =>
    kind === 'getOrSet' && caller === load.caller && key === load.key && begin < load.begin && end > load.begin;
  return events.find(isCall) ?? load;
}

/**
 * Whether a change, or a clear, ended the lease of a load before another began, or gave the keys of the namespace to
 * one of the two calls only.
 */
function wasChanged(events: readonly CacheEvent[], load: CacheEvent, next: CacheEvent): boolean {
  const since = Math.min(...[load, next].map((one) => callOf(events, one).begin));
  return events.some(({ begin, end, key, kind, space }) => {
    const concerns =
      kind === 'clear' ? space === load.space : (kind === 'set' || kind === 'delete') && key === load.key;
    return concerns && begin < next.begin && end > since;
  });
}

/** How long the cache waits: ms. */
export interface CacheTimes {
  /** After so long a caller loads without a lease. */
  readonly leaseWait: number;
  /** After so long a load is given up. */
  readonly hardTimeout: number;
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
export function checkCache(events: readonly CacheEvent[], isCalm: boolean, times: CacheTimes): Problem[] {
  const history = new CacheHistory(events);
  for (const event of events)
    if (event.isDone && (event.kind === 'get' || event.kind === 'getOrSet')) history.read(event);
  return isCalm ? [...history.problems, ...together(events, times)] : history.problems;
}
