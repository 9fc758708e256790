/** What a cache and its namespaces share: the parts of `memfleet/cache`, put together. */
import {
  ClosedError,
  InvalidArgumentError,
  InvalidKeyError,
  InvalidOptionError,
  UnsupportedError,
  ValueTooLargeError,
} from '../core/errors.ts';
import { Chunks, type LargeValues, wholeValues } from './chunks.ts';
import { Closing } from './closing.ts';
import { type CacheCounters, makeCounters } from './counters.ts';
import { resolveEntry, type ResolvedEntryOptions } from './entry-options.ts';
import type { EntryTranscoder, Traffic } from './entry-transcoder.ts';
import { EntryWriter } from './entry-writer.ts';
import { GetOrSetMany } from './get-or-set-many.ts';
import { GetOrSet } from './get-or-set.ts';
import type { ItemCalls } from './item-calls.ts';
import { checkName, type KeyMaker } from './keys.ts';
import { LeaseTaker } from './lease/lease-taker.ts';
import { LeaseWay } from './lease/lease-way.ts';
import type { LeaseEnvironment } from './lease/token.ts';
import { Loading } from './loading.ts';
import { Loads } from './loads.ts';
import { Judge } from './look.ts';
import { NearReads } from './near-reads.ts';
import { NearCache } from './near.ts';
import { OutageValues } from './outage.ts';
import { PendingCalls } from './pending-calls.ts';
import { PendingDeletes } from './pending-deletes.ts';
import { Refreshes } from './refreshes.ts';
import { Reports } from './reports.ts';
import type { ResolvedCacheOptions } from './resolve-options.ts';
import { type CacheStats, cacheStats } from './stats.ts';
import { Tags } from './tags.ts';
import { versionStamp } from './version-stamp.ts';
import { Versions } from './versions.ts';

/** The parts of a cache. */
export interface CoreParts {
  /** The calls of a client with the transcoder `entries`. */
  readonly calls: ItemCalls;
  readonly entries: EntryTranscoder;
  readonly keys: KeyMaker;
  /** The largest item in bytes: key, value and the header of the node. */
  readonly maxItemSize: number;
  readonly settings: ResolvedCacheOptions;
  /** Closes what the cache opened. */
  readonly close: () => Promise<void>;
}

/** What a cache and its namespaces share. */
export class CacheCore {
  readonly settings: ResolvedCacheOptions;
  readonly keys: KeyMaker;
  /** The options of entries that say nothing else. */
  readonly entry: ResolvedEntryOptions;
  readonly counters: CacheCounters = makeCounters();
  readonly reports: Reports = new Reports(this.counters);
  readonly calls: ItemCalls;
  readonly large: LargeValues;
  readonly loads: Loads = new Loads();
  readonly versions: Versions;
  readonly tags: Tags;
  readonly outage: OutageValues;
  readonly writer: EntryWriter;
  readonly judge: Judge;
  readonly leases: LeaseWay;
  readonly getOrSet: GetOrSet;
  readonly getOrSetMany: GetOrSetMany;
  /** Undefined: nothing is kept in the process. */
  readonly near: NearReads | undefined;
  readonly #pending: PendingDeletes | undefined;
  readonly #pendingCalls: PendingCalls | undefined;
  readonly #closing = new Closing();
  readonly #traffic: Traffic;
  readonly #close: () => Promise<void>;

  constructor({ calls: given, entries, keys, maxItemSize, settings, close }: CoreParts) {
    const { clock, random, randomBytes, entry } = settings;
    const { counters, loads, reports } = this;
    this.settings = settings;
    this.keys = keys;
    this.entry = entry;
    this.#traffic = entries.traffic;
    this.#close = close;
    if (settings.pendingDeletes !== false) {
      const onRisk = (node: string, risky: number): void => reports.staleRisk(node, risky);
      this.#pending = new PendingDeletes(settings.pendingDeletes, clock, onRisk);
      this.#pendingCalls = new PendingCalls(given, this.#pending);
    }
    const calls = (this.calls = this.#pendingCalls ?? given);
    this.versions = new Versions(calls, clock, randomBytes);
    const tags = (this.tags = new Tags(this.versions, keys));
    const newId = (): string => versionStamp(clock.unixSeconds() * 1000, randomBytes);
    const chunks = new Chunks({ calls, entries, keys, maxItemSize, newId });
    const large = (this.large = settings.large === 'chunk' ? chunks : wholeValues(chunks));
    const outage = (this.outage = new OutageValues(clock, settings.outageTtl));
    const writer = (this.writer = new EntryWriter(clock, random, calls, settings.isShared));
    const judge = (this.judge = new Judge({ clock, random, counters, tags, large, reports }));
    if (settings.near !== false) this.near = new NearReads(new NearCache(settings.near, clock), calls, counters);

    const leaseTtl = Math.ceil(settings.leaseTtl);
    const environment: LeaseEnvironment = { calls, clock, leaseTtl, owner: randomBytes(9).toString('base64url') };
    const leases = (this.leases = new LeaseWay(environment, settings.lease));
    const taker = new LeaseTaker({ counters, leases, environment, reports, lockOf: (wire) => keys.lock(wire) });
    const closing = this.#closing;
    const parts = { clock, calls, counters, tags, large, reports, writer, judge, closing };
    const loading = new Loading({
      ...parts,
      checkTtl: (ttl) => void resolveEntry({ ttl }, entry),
      checkTags: (names) => this.checkTags(names),
    });
    const refreshes = new Refreshes({ clock, counters, loads, loading, taker, reports, leaseTtl });
    const { leaseWait } = settings;
    const shared = { counters, judge, loading, loads, taker, outage, reports };
    const own = { clock, random, leases, refreshes, tags, leaseWait, closing };
    const getOrSet = (this.getOrSet = new GetOrSet({ ...shared, ...own }));
    this.getOrSetMany = new GetOrSetMany({ ...shared, getOrSet });
  }

  /** Throws an error that no caller may miss: it is the caller's own, or errors are not hidden. */
  hideOrThrow(error: unknown, key: string): void {
    if (this.settings.errors === 'throw' || !isOfCache(error)) throw error;
    this.reports.hidden(error, key);
  }

  /** The counters of the cache. */
  stats(): CacheStats {
    const pendingDeletes = this.#pending?.stats();
    return cacheStats(this.counters, { traffic: this.#traffic, near: this.near?.stats(), pendingDeletes });
  }

  /** Drops what is kept in the process, since many keys are old at once. */
  forget(): void {
    this.near?.clear();
    this.outage.clear();
    this.loads.detachUnknown();
  }

  /** Throws when the cache is closed. */
  checkOpen(): void {
    if (this.#closing.reason !== undefined) throw new ClosedError('the cache is closed');
  }

  /** Throws for an invalid tag, and where entries have no tags. */
  checkTags(names: readonly unknown[]): void {
    for (const name of names) checkName('tag', name);
    if (this.settings.isShared) throw new UnsupportedError('entries that other clients read (`interop`) have no tags');
  }

  /** Makes all keys of all clients misses. Rejects when a node may have kept its items. */
  async flush(): Promise<void> {
    await this.calls.flush();
    this.loads.detachAll();
    this.forget();
  }

  async close(): Promise<void> {
    if (this.#closing.reason !== undefined) return;
    this.#closing.close(new ClosedError('the cache is closed'));
    // Leases are given back, so that other processes load at once.
    await this.loads.settled();
    this.#pendingCalls?.close();
    await this.#close();
  }
}

const faultsOfCallers = [InvalidArgumentError, InvalidKeyError, InvalidOptionError, ValueTooLargeError];

/** Whether an error is that of the cache: a wrong call is not. */
export function isOfCache(error: unknown): boolean {
  return !faultsOfCallers.some((kind) => error instanceof kind);
}
