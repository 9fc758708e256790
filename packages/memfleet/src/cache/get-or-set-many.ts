/**
 * getOrSet for many keys, with one call of the loader for all that this process is to load.
 *
 *   read all ─ won, or the lease beside is won ─▶ one load ─▶ store each ─▶ then: wait for those that others load
 *            ├ a node failed ─────────────────────▶ the same load; not stored
 *            └ fresh, stale, nothing ─▶ value
 *
 * The order matters: a process that waited first, with leases in its hands, could wait for one that waits for it.
 */
import { types } from 'node:util';
import { refuseArgument } from '../client/arguments.ts';
import { LoadCycleError, LoaderFailedElsewhereError } from './errors.ts';
import type { GetOrSet } from './get-or-set.ts';
import type { CacheItem } from './item-calls.ts';
import type { LeaseTaker } from './lease/lease-taker.ts';
import type { Lease } from './lease/lease.ts';
import { isWithin, type LoadContext, type Loader } from './load.ts';
import type { Loading, LoadRequest, Outcome, Subject } from './loading.ts';
import { type Loads, newFrame, type Run, versionsOf } from './loads.ts';
import type { Judge, Look } from './look.ts';
import type { OnLook } from './near-reads.ts';
import type { OutageValues } from './outage.ts';
import type { Reports } from './reports.ts';

/** The second argument of a loader of many keys. */
export type LoadManyContext = Omit<LoadContext, 'key' | 'stale'>;

/** Gives the values of keys; a key that it leaves out, or gives undefined for, has none. */
export type ManyLoader = (
  missing: string[],
  context: LoadManyContext,
) => ReadonlyMap<string, unknown> | Promise<ReadonlyMap<string, unknown>>;

/** The result of a read of many keys. A key in neither map has no item. */
export interface ManyItems {
  readonly items: ReadonlyMap<string, CacheItem>;
  /** The errors of keys whose node failed. */
  readonly failures: ReadonlyMap<string, unknown>;
  /** By place of the key: keeps the value in the near cache. Empty without one. */
  readonly onLooks: readonly (OnLook | undefined)[];
}

/** The parts of getOrSetMany. */
export interface GetOrSetManyParts {
  readonly getOrSet: GetOrSet;
  readonly judge: Judge;
  readonly loading: Loading;
  readonly loads: Loads;
  readonly taker: LeaseTaker;
  readonly outage: OutageValues;
  readonly reports: Reports;
}

/** A key that this process loads. No lease: its value is not stored. */
interface OwnLoad {
  readonly isOwn: true;
  readonly request: LoadRequest;
  readonly look: Look | undefined;
  readonly lease: Lease | undefined;
}

/** A key that has its value, or waits for it. */
interface OtherKey {
  readonly isOwn: false;
  readonly request: LoadRequest;
  readonly look: Look;
}

/** Reads many keys, and loads those that have no value. */
export class GetOrSetMany {
  readonly #parts: GetOrSetManyParts;

  constructor(parts: GetOrSetManyParts) {
    this.#parts = parts;
  }

  /** The values of keys; undefined where there is none. Rejects with what the loader throws. */
  async run(requests: readonly LoadRequest[], read: ManyItems, loader: ManyLoader): Promise<unknown[]> {
    const sorted = await Promise.all(requests.map(async (request, at) => this.#sort(request, read, at)));
    const own = sorted.filter((key) => key.isOwn);
    const others = sorted.filter((key) => !key.isOwn);
    const loaded = this.#load(own, loader);
    const settle = async ({ request, look }: OtherKey): Promise<readonly [string, unknown]> => {
      return [request.wire, await this.#parts.getOrSet.settle(request, look)];
    };
    // The time of `softTimeout` begins now.
    const limited = others.filter(hasLimit).map(settle);
    const [settled] = await Promise.all([Promise.allSettled(loaded.values()), Promise.allSettled(limited)]);
    const waiting = others.filter((key) => !hasLimit(key)).map(settle);
    const failure = settled.find(({ status }) => status === 'rejected');
    const values = new Map(await Promise.all([...limited, ...waiting]));
    if (failure !== undefined) throw (failure as PromiseRejectedResult).reason;
    return Promise.all(requests.map(({ wire }) => (loaded.has(wire) ? loaded.get(wire) : values.get(wire))));
  }

  /** Decides whether this call loads the value of a key. */
  async #sort(request: LoadRequest, read: ManyItems, at: number): Promise<OwnLoad | OtherKey> {
    const { judge, taker, reports, loads, outage } = this.#parts;
    const { wire, key, settings, tags } = request;
    const kept = read.failures.has(wire) ? outage.find(wire, versionsOf(request)) : undefined;
    if (kept !== undefined)
      return { isOwn: false, request, look: { state: 'fresh', value: kept.value, cas: 0n, mark: undefined, epoch: 0 } };
    try {
      if (read.failures.has(wire)) throw read.failures.get(wire);
      const item = read.items.get(wire);
      const found = await judge.look(key, wire, item, settings, tags);
      const look = read.onLooks[at]?.(item, found) ?? found;
      const lease = look.state === 'won' ? taker.own(request, look) : await this.#ask(request, look);
      return lease === undefined ? { isOwn: false, request, look } : { isOwn: true, request, look, lease };
    } catch (error) {
      reports.hidden(error, key);
      const run = loads.find(wire);
      if (run !== undefined && isWithin(run.frame)) throw new LoadCycleError(key);
      return { isOwn: true, request, look: undefined, lease: undefined };
    }
  }

  /** The lease beside a key whose caller needs a load; undefined: it needs none, or another has the lease. */
  async #ask(request: LoadRequest, look: Look): Promise<Lease | undefined> {
    const { taker, loads } = this.#parts;
    const needsLoad = look.state === 'fallback' || look.state === 'gone' || look.state === 'absent';
    if (!needsLoad || loads.find(request.wire) !== undefined) return undefined;
    try {
      const asked = await taker.ask(request, look);
      return asked.kind === 'won' ? asked.lease : undefined;
    } catch (error) {
      if (error instanceof LoaderFailedElsewhereError) return undefined;
      throw error;
    }
  }

  /** One load for all of them; by wire key the promise of each. */
  #load(own: readonly OwnLoad[], loader: ManyLoader): Map<string, Promise<unknown>> {
    const promises = new Map<string, Promise<unknown>>();
    const [first] = own;
    if (first === undefined) return promises;
    const { getOrSet, loading, loads } = this.#parts;
    for (const { lease } of own) lease?.keep();
    const frame = newFrame();
    const outcome = loading.load(subjectOf(own, loader), frame, undefined);
    for (const { request, look, lease } of own) {
      const work = (run: Run): Promise<unknown> => this.#end(request, lease, outcome, run);
      const { promise } = loads.begin(request.wire, versionsOf(request), work, frame);
      promises.set(request.wire, look?.state === 'fallback' ? getOrSet.orOld(request, look, promise) : promise);
    }
    return promises;
  }

  async #end(request: LoadRequest, lease: Lease | undefined, loading: Promise<Outcome>, run: Run): Promise<unknown> {
    const { outage, loads } = this.#parts;
    const outcome = await loading;
    const { loaded } = outcome;
    const ofKey: Outcome = loaded.isFailed
      ? outcome
      : { ...outcome, loaded: { ...loaded, value: (loaded.value as ReadonlyMap<string, unknown>).get(request.key) } };
    if (lease !== undefined) return this.#parts.loading.end(request, lease, ofKey);
    const value = await this.#parts.loading.bare(request, ofKey);
    const isKept = value !== undefined && loads.isCurrent(request.wire, run);
    if (isKept) outage.keep(request.wire, value, versionsOf(request));
    return value;
  }
}

/** A plain object would be taken for a Map without the keys, and nothing would ever be stored. */
export async function checkedValues(values: ReturnType<ManyLoader>): Promise<ReadonlyMap<string, unknown>> {
  const given: unknown = await values;
  if (types.isMap(given)) return given as ReadonlyMap<string, unknown>;
  return refuseArgument('the result of load', given, 'a Map of values');
}

/** Whether the caller waits for the load of another process no longer than `softTimeout`. */
function hasLimit({ look, request: { settings } }: OtherKey): boolean {
  return look.state === 'fallback' && settings.softTimeout !== undefined;
}

/** The load of all keys. */
function subjectOf(own: readonly OwnLoad[], loader: ManyLoader): Subject {
  const [{ request }] = own as [OwnLoad];
  const keys = own.map((duty) => duty.request.key);
  const load: Loader<unknown> = (context) => checkedValues(loader(keys, context));
  // A loader without parameters adds no tags.
  const bare: Loader<unknown> = (...[context]) => checkedValues(loader(keys, context));
  return { ...request, keys, loader: loader.length > 1 ? load : bare };
}
