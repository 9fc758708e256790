/** What a cache and its namespaces share: the parts of `memfleet/cache`, put together. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import {
  ClosedError,
  InvalidArgumentError,
  InvalidKeyError,
  InvalidOptionError,
  UnsupportedError,
  ValueTooLargeError,
} from '../core/errors.ts';
import type { LargeValues } from './chunks.ts';
import { type CacheCounters, makeCounters } from './counters.ts';
import { resolveEntry, type ResolvedEntryOptions } from './entry-options.ts';
import type { Traffic } from './entry-transcoder.ts';
import { EntryWriter } from './entry-writer.ts';
import { GetOrSetMany } from './get-or-set-many.ts';
import { GetOrSet } from './get-or-set.ts';
import type { ItemCalls } from './item-calls.ts';
import type { KeyMaker } from './keys.ts';
import { checkName } from './keys.ts';
import { LeaseTaker } from './lease/lease-taker.ts';
import { LeaseWay } from './lease/lease-way.ts';
import type { LeaseEnvironment } from './lease/token.ts';
import { Loading } from './loading.ts';
import { Loads } from './loads.ts';
import { Judge } from './look.ts';
import type { CacheSettings } from './options.ts';
import { OutageValues } from './outage.ts';
import { Refreshes } from './refreshes.ts';
import { Reports } from './reports.ts';
import { Tags } from './tags.ts';
import { Versions } from './versions.ts';

/** What a cache is made of. */
export interface CoreParts {
  readonly calls: ItemCalls;
  readonly settings: CacheSettings;
  /** The options of entries that say nothing else. */
  readonly entry: ResolvedEntryOptions;
  readonly keys: KeyMaker;
  readonly large: LargeValues;
  /** The bytes that the transcoder has read and written. */
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** Gives 0 … 1. */
  readonly random: () => number;
  /** Other clients read the entries. */
  readonly isShared: boolean;
  /** Closes what the cache opened. */
  readonly close: () => Promise<void>;
}

/** What a cache and its namespaces share. */
export class CacheCore {
  readonly parts: CoreParts;
  readonly calls: ItemCalls;
  readonly entry: ResolvedEntryOptions;
  readonly counters: CacheCounters = makeCounters();
  readonly reports: Reports = new Reports(this.counters);
  readonly loads: Loads = new Loads();
  readonly versions: Versions;
  readonly tags: Tags;
  readonly outage: OutageValues;
  readonly judge: Judge;
  readonly writer: EntryWriter;
  readonly loading: Loading;
  readonly leases: LeaseWay;
  readonly getOrSet: GetOrSet;
  readonly getOrSetMany: GetOrSetMany;
  readonly #closing = new AbortController();

  constructor(parts: CoreParts) {
    const { calls, clock, random, settings, large } = parts;
    const { counters, loads, reports } = this;
    this.parts = parts;
    this.calls = calls;
    this.entry = parts.entry;
    this.versions = new Versions(calls, clock);
    const tags = new Tags(this.versions, parts.keys);
    this.tags = tags;
    this.outage = new OutageValues(clock, settings.outageTtl);
    this.writer = new EntryWriter(clock, random, calls, parts.isShared);
    this.judge = new Judge({ clock, random, counters, tags, large, reports });
    this.loading = new Loading({
      clock,
      calls,
      counters,
      tags,
      large,
      reports,
      writer: this.writer,
      judge: this.judge,
      closing: this.#closing.signal,
      checkTtl: (ttl) => void resolveEntry({ ttl }, parts.entry),
      checkTags: (names) => this.checkTags(names),
    });
    const owner = randomBytes(9).toString('base64url');
    const environment: LeaseEnvironment = { calls, clock, leaseTtl: Math.ceil(settings.leaseTtl), owner };
    this.leases = new LeaseWay(environment, settings.lease);
    const { leases, loading, judge, outage } = this;
    const lockOf = (wire: string): string => parts.keys.lock(wire);
    const taker = new LeaseTaker({ counters, leases, environment, reports, lockOf });
    const { leaseTtl } = environment;
    const { leaseWait } = settings;
    const refreshes = new Refreshes({ clock, counters, loads, loading, taker, reports, leaseTtl });
    this.getOrSet = new GetOrSet({
      clock,
      random,
      counters,
      judge,
      loading,
      loads,
      leases,
      taker,
      refreshes,
      outage,
      reports,
      tags,
      leaseWait,
    });
    const { getOrSet } = this;
    this.getOrSetMany = new GetOrSetMany({ getOrSet, judge, loading, loads, taker, outage, reports });
  }

  /** Throws an error that no caller may miss: it is the caller's own, or errors are not hidden. */
  hideOrThrow(error: unknown, key: string): void {
    if (this.parts.settings.errors === 'throw' || !isOfCache(error)) throw error;
    this.reports.hidden(error, key);
  }

  /** Throws when the cache is closed. */
  checkOpen(): void {
    if (this.#closing.signal.aborted) throw new ClosedError('the cache is closed');
  }

  /** Throws for what is no tag, and where entries have none. */
  checkTags(names: readonly unknown[]): void {
    for (const name of names) checkName('tag', name);
    if (this.parts.isShared) throw new UnsupportedError('entries that other clients read (`interop`) have no tags');
  }

  /** Makes all keys of all clients misses. Rejects when a node may have kept its items. */
  async flush(): Promise<void> {
    await this.calls.flush();
    this.loads.detachAll();
    this.outage.clear();
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new ClosedError('the cache is closed'));
    await this.parts.close();
  }
}

const faultsOfCallers = [InvalidArgumentError, InvalidKeyError, InvalidOptionError, ValueTooLargeError];

/** Whether an error is that of the cache: a wrong call is not. */
export function isOfCache(error: unknown): boolean {
  return !faultsOfCallers.some((kind) => error instanceof kind);
}
