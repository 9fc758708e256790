/**
 * getOrSet: a value from the cache, or from one loader in the whole fleet.
 *
 *   read ─ fresh ─▶ value
 *        ├ due, stale ─▶ value; behind the caller: the lease beside the key ─ won ─▶ load, store
 *        ├ nothing ─▶ undefined
 *        ├ failed ─▶ LoaderFailedElsewhereError
 *        ├ won ─▶ load, store
 *        ├ fallback, gone ─▶ the lease beside the key ─ won ─▶ load, store ─ fails ─▶ the old value
 *        ├ held ─▶ wait, read again ─ leaseWait is over ─▶ load alone
 *        └ the node fails ─▶ load alone; the value is kept for outageTtl in this process
 *
 * All callers of a process that need a load of one key share it, but each reads first: so it sees a delete that was
 * made elsewhere.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { PartialResultError } from '../core/errors.ts';
import type { Closing } from './closing.ts';
import type { CacheCounters } from './counters.ts';
import { LoadCycleError, LoaderFailedElsewhereError } from './errors.ts';
import type { CacheItem } from './item-calls.ts';
import type { LeaseTaker } from './lease/lease-taker.ts';
import type { LeaseWay } from './lease/lease-way.ts';
import { isWithin } from './load.ts';
import type { Loading, LoadRequest } from './loading.ts';
import { type Loads, type Run, versionsOf } from './loads.ts';
import type { Judge, Look } from './look.ts';
import type { OutageValues } from './outage.ts';
import type { Refreshes } from './refreshes.ts';
import type { Reports } from './reports.ts';
import { noTags, type TagReader, type TagVersions } from './seams.ts';
import { waitDelay } from './wait-delays.ts';

/** The parts of getOrSet. */
export interface GetOrSetParts {
  readonly clock: Clock;
  /** 0 … 1. */
  readonly random: () => number;
  readonly counters: CacheCounters;
  readonly judge: Judge;
  readonly loading: Loading;
  readonly loads: Loads;
  readonly leases: LeaseWay;
  readonly taker: LeaseTaker;
  readonly refreshes: Refreshes;
  readonly outage: OutageValues;
  readonly reports: Reports;
  readonly tags: TagReader;
  /** Milliseconds. */
  readonly leaseWait: number;
  readonly closing: Closing;
}

/** Reads, and loads where there is nothing. */
export class GetOrSet {
  readonly #parts: GetOrSetParts;

  constructor(parts: GetOrSetParts) {
    this.#parts = parts;
  }

  /** Reads a key, and takes its lease where it can. */
  async read(wire: string): Promise<CacheItem | undefined> {
    const { leases } = this.#parts;
    try {
      return await leases.read(wire);
    } catch (error) {
      if (!leases.adapt(error)) throw error;
      return leases.read(wire);
    }
  }

  /** The same for many keys. */
  async readMany(wires: readonly string[]): Promise<ReadonlyMap<string, CacheItem>> {
    const { leases } = this.#parts;
    try {
      return await leases.readMany(wires);
    } catch (error) {
      const [failure = error] = error instanceof PartialResultError ? error.failures.values() : [];
      if (!leases.adapt(failure)) throw error;
      return leases.readMany(wires);
    }
  }

  /** The result of a caller whose read has this look. */
  settle(request: LoadRequest, look: Look): unknown {
    const { hits } = this.#parts.counters;
    switch (look.state) {
      case 'fresh':
        hits.fresh++;
        return look.value;
      case 'due':
      case 'stale':
        hits[look.state === 'due' ? 'fresh' : 'stale']++;
        this.#parts.refreshes.begin(request, look);
        return look.value;
      case 'nothing':
        hits.negative++;
        return undefined;
      case 'failed':
        throw failedElsewhere(request, look);
      case 'fallback':
        return this.orOld(request, look, this.#join(request, look));
      default:
        return this.#join(request, look);
    }
  }

  /** The result of a caller whose read failed. */
  withoutNode(request: LoadRequest): Promise<unknown> {
    const { loads, outage } = this.#parts;
    const versions = versionsOf(request);
    const kept = outage.find(request.wire, versions);
    if (kept !== undefined) return Promise.resolve(kept.value);
    const found = loads.find(request.wire);
    if (found?.tagVersions === versions) return this.#shared(request, found);
    return loads.begin(request.wire, versions, (run) => this.#loadAlone(request, run, undefined, true)).promise;
  }

  /** The run of the key; a new one where there is none, or where this caller has won the lease. */
  #join(request: LoadRequest, look: Look): Promise<unknown> {
    const { loads, counters } = this.#parts;
    if (look.state !== 'held') counters.misses.absent += look.state === 'fallback' || look.state === 'gone' ? 0 : 1;
    const versions = versionsOf(request);
    const found = loads.find(request.wire);
    if (found !== undefined && look.state !== 'won' && found.tagVersions === versions)
      return this.#shared(request, found);
    return loads.begin(request.wire, versions, (run) => this.#drive(request, look, run)).promise;
  }

  #shared(request: LoadRequest, run: Run): Promise<unknown> {
    if (isWithin(run.frame)) throw new LoadCycleError(request.key);
    this.#parts.counters.sharedInProcess++;
    return run.promise.then((value) =>
      run.frame.addedTags.size === 0 ? value : this.#unlessInvalidated(request, run.frame.addedTags, value),
    );
  }

  /** The caller came when the load had begun, and could not know its tags: one may have been invalidated in between. */
  async #unlessInvalidated(request: LoadRequest, before: TagVersions, value: unknown): Promise<unknown> {
    try {
      const now = await guarded(this.#parts.tags.read([...before.keys()]));
      if ([...before].every(([name, stamp]) => now.get(name) === stamp)) return value;
      const [newer, look] = await this.#look(request);
      return await this.settle(newer, look);
    } catch (error) {
      if (!(error instanceof CacheFailure)) throw error;
      this.#parts.reports.hidden(error.cause, request.key);
      return value;
    }
  }

  /** The value of a load; the old one after softTimeout, or where the load fails. */
  async orOld(request: LoadRequest, look: Look, loading: Promise<unknown>): Promise<unknown> {
    const { softTimeout } = request.settings;
    const outcome = loading.catch(() => old);
    const value = await (softTimeout === undefined ? outcome : this.#within(softTimeout, outcome));
    if (value !== old) return value;
    this.#parts.counters.hits.fallback++;
    return look.value;
  }

  /** The outcome, or `old` after `ms` milliseconds. */
  async #within(ms: number, outcome: Promise<unknown>): Promise<unknown> {
    let timer: Timer | undefined;
    const late = new Promise((resolve) => {
      timer = this.#parts.clock.setTimer(ms, () => resolve(old), false);
    });
    const value = await Promise.race([outcome, late]);
    timer?.clear();
    return value;
  }

  /** Goes from state to state until there is a value. */
  async #drive(started: LoadRequest, first: Look, run: Run): Promise<unknown> {
    const { clock, random, counters, leaseWait, closing } = this.#parts;
    const began = clock.now();
    let request = started;
    let look = first;
    try {
      for (;;) {
        if (closing.reason !== undefined) throw closing.reason;
        const step = await this.#step(request, look, run);
        if (step.isOver) return await step.result;
        const elapsed = clock.now() - began;
        if (elapsed >= leaseWait) break;
        if (!step.isChanged) {
          await pause(clock, waitDelay(elapsed, random()));
          counters.lease.waitMs += clock.now() - began - elapsed;
        }
        [request, look] = await this.#look(request);
        run.tagVersions = versionsOf(request);
      }
    } catch (error) {
      if (!(error instanceof CacheFailure)) throw error;
      this.#parts.reports.hidden(error.cause, request.key);
      return this.#loadAlone(request, run, first.value, true);
    }
    counters.lease.givenUp++;
    return this.#loadAlone(request, run, first.value, false);
  }

  /** One state: an end, or another read. */
  async #step(request: LoadRequest, look: Look, run: Run): Promise<Step> {
    const { counters, loading, taker } = this.#parts;
    switch (look.state) {
      case 'fresh':
      case 'due':
      case 'stale':
        return over(look.value);
      case 'nothing':
        return over(undefined);
      case 'failed':
        throw failedElsewhere(request, look);
      case 'won':
        return over(loading.withLease(request, run.frame, taker.own(request, look), undefined));
      case 'held':
        counters.lease.waited++;
        return again;
      default:
        return this.#ask(request, look, run);
    }
  }

  /** Asks for the lease, and loads with it. */
  async #ask(request: LoadRequest, look: Look, run: Run): Promise<Step> {
    const asked = await guarded(this.#parts.taker.ask(request, look));
    if (asked.kind !== 'won') return asked.kind === 'held' ? again : changed;
    return over(this.#parts.loading.withLease(request, run.frame, asked.lease, look.value));
  }

  async #loadAlone(request: LoadRequest, run: Run, stale: unknown, isOut: boolean): Promise<unknown> {
    const { loads, loading, outage } = this.#parts;
    const newer = loads.find(request.wire);
    if (newer !== undefined && newer !== run) return newer.promise;
    const value = await loading.alone(request, run.frame, stale);
    const isKept = isOut && value !== undefined && loads.isCurrent(request.wire, run);
    if (isKept) outage.keep(request.wire, value, versionsOf(request));
    return value;
  }

  /** Reads again. The versions of tags are the current ones: a value stored meanwhile has no older versions. */
  async #look(request: LoadRequest): Promise<readonly [LoadRequest, Look]> {
    const { key, wire, settings } = request;
    const reading = settings.tags.length === 0 ? undefined : this.#parts.tags.read(settings.tags);
    // It is awaited below, if the other read does not fail first.
    reading?.catch(() => {});
    const item = await guarded(this.read(wire));
    const tags = reading === undefined ? noTags : await guarded(reading);
    const look = await guarded(Promise.resolve(this.#parts.judge.look(key, wire, item, settings, tags)));
    return [reading === undefined ? request : { ...request, tags }, look];
  }
}

const old: unique symbol = Symbol('the old value');

/** The way from one state to the next. */
type Step =
  | { readonly isOver: true; readonly result: unknown }
  | { readonly isOver: false; readonly isChanged: boolean };

const over = (result: unknown): Step => ({ isOver: true, result });
/** Another holds the lease: wait, then read. */
const again: Step = { isOver: false, isChanged: false };
/** Something else is there now: read at once. */
const changed: Step = { isOver: false, isChanged: true };

function failedElsewhere({ key }: LoadRequest, { mark }: Look): LoaderFailedElsewhereError {
  return new LoaderFailedElsewhereError(key, mark ?? { at: 0, name: 'Error', code: undefined });
}

/** A call of the cache failed, as against its loader. */
class CacheFailure extends Error {}

async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof LoaderFailedElsewhereError) throw error;
    throw new CacheFailure('the cache failed', { cause: error });
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });
}
