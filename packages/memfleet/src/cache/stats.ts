/** The statistics of a cache. */
import type { Histogram } from '../base/histogram.ts';
import type { CacheCounters } from './counters.ts';

/** Calls that found a value. */
export interface CacheHits {
  /** The number of values from the memory of the process, without a request. */
  readonly near: number;
  /** The number of values from the memory of the process, after the node had confirmed them. */
  readonly nearValidated: number;
  /** The number of fresh values. */
  readonly fresh: number;
  /** The number of old values that were returned at once. */
  readonly stale: number;
  /** The number of old values that were returned because the loader failed. */
  readonly fallback: number;
  /** The number of calls that found that there is nothing. */
  readonly negative: number;
}

/** Calls that found no value. */
export interface CacheMisses {
  /** The number of keys without an item. */
  readonly absent: number;
  /** The number of calls that found their namespace cleared by another process; some have found a newer value. */
  readonly version: number;
  /** The number of values with a tag that was invalidated. */
  readonly tag: number;
  /** The number of items that cannot be decoded: of another client, or damaged. */
  readonly undecodable: number;
  /** The number of values that did not match their schema. */
  readonly schema: number;
  /** The number of values in chunks of which a chunk is missing or wrong. */
  readonly torn: number;
}

/** Runs of loaders. */
export interface CacheLoads {
  /** The number of loaders that were called. */
  readonly started: number;
  /** The number of loaded values that were stored. */
  readonly stored: number;
  /** The number of loaded values that a write or a delete in the meantime kept from being stored. */
  readonly refused: number;
  /** The number of loaders that threw. */
  readonly failed: number;
  /** The number of loaders that took longer than `hardTimeout`. */
  readonly timedOut: number;
  /** The number of loads whose callers all left. */
  readonly abandoned: number;
  /** The number of loads in the background, while callers had the old value. */
  readonly behind: number;
}

/** Leases: how one loader in the fleet is chosen. */
export interface CacheLeases {
  /** The number of leases that this process received. */
  readonly won: number;
  /** The number of calls that waited for the loader of another process. */
  readonly waited: number;
  /** The time that they waited, in milliseconds. */
  readonly waitMs: number;
  /** The number of calls that waited in vain and loaded themselves. */
  readonly givenUp: number;
  /** The number of renewals. */
  readonly renewed: number;
  /** The number of leases that ended before the load. */
  readonly lost: number;
  /** The number of loads that were not needed, because another process had just stored the value. */
  readonly secondLook: number;
}

/** Deletes that failed and are sent later. */
export interface PendingDeleteStats {
  /** The number of keys that are kept now. */
  readonly kept: number;
  /** The number of deletes that were sent later. */
  readonly sent: number;
  /** The number of keys that were dropped: too many, or too old. */
  readonly dropped: number;
}

/** The near cache: values in the memory of the process. */
export interface NearStats {
  /** The number of values. */
  readonly items: number;
  /** Their size in bytes, as they are encoded. */
  readonly bytes: number;
  /** The number of values that were dropped for lack of room. */
  readonly evicted: number;
}

/** Bytes of values. */
export interface CacheBytes {
  /** The number of bytes that came from nodes. */
  readonly read: number;
  /** The number of bytes that were sent to nodes. */
  readonly written: number;
  /** The number of bytes that did not have to come, because the near cache had them. */
  readonly savedByNear: number;
}

/** What a cache has done since it was made. */
export interface CacheStats {
  /** Calls that found a value. */
  readonly hits: CacheHits;
  /** Calls that found no value. */
  readonly misses: CacheMisses;
  /** Runs of loaders. */
  readonly loads: CacheLoads;
  /** How long loads took. */
  readonly loadTimes: Histogram;
  /** Leases. */
  readonly lease: CacheLeases;
  /** The number of calls that shared a load of another call in this process. */
  readonly sharedInProcess: number;
  /** The number of failures that looked like misses. */
  readonly hiddenErrors: number;
  /** Deletes that failed. */
  readonly pendingDeletes: PendingDeleteStats;
  /** Bytes of values. */
  readonly bytes: CacheBytes;
  /** The near cache. */
  readonly near: NearStats;
}

const noNear: NearStats = Object.freeze({ items: 0, bytes: 0, evicted: 0 });
const noDeletes: PendingDeleteStats = Object.freeze({ kept: 0, sent: 0, dropped: 0 });

/** The parts of a cache that count for themselves. */
export interface CountingParts {
  readonly traffic: { readonly read: number; readonly written: number };
  /** Undefined: the cache has none. */
  readonly near?: NearStats | undefined;
  /** Undefined: the cache has none. */
  readonly pendingDeletes?: PendingDeleteStats | undefined;
}

/** A snapshot. */
export function cacheStats(counters: CacheCounters, { traffic, near, pendingDeletes }: CountingParts): CacheStats {
  const { hits, misses, loads, loadTimes, lease, savedByNear, sharedInProcess, hiddenErrors } = counters;
  return {
    hits: { ...hits },
    misses: { ...misses },
    loads: { ...loads },
    loadTimes: loadTimes.snapshot(),
    lease: { ...lease },
    sharedInProcess,
    hiddenErrors,
    pendingDeletes: pendingDeletes ?? noDeletes,
    bytes: { ...traffic, savedByNear },
    near: near ?? noNear,
  };
}
