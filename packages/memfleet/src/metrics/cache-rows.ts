/** Metrics of caches, read from their `stats()`. */
import type { CacheStats } from '../cache/stats.ts';
import { histogramSamples, type MetricRow, type MetricSample } from './family.ts';

/** What counts hits and loads: a `Cache`. */
export interface CacheSource {
  /** What the cache has counted. */
  stats(): CacheStats;
}

/** By the name of the cache. */
export type Caches = ReadonlyMap<string, CacheSource>;

type CacheRow = MetricRow<Caches>;

/** `waitMs` → `wait_ms`. */
function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function perCache(pick: (stats: CacheStats) => number): CacheRow['read'] {
  return (caches) =>
    [...caches].map(([cache, source]): MetricSample => ({ labels: { cache }, value: pick(source.stats()) }));
}

/** One sample for each count of a group, which `label` names. */
function perCount(label: string, pick: (stats: CacheStats) => object): CacheRow['read'] {
  return (caches) =>
    [...caches].flatMap(([cache, source]) =>
      Object.entries(pick(source.stats())).map(([name, value]): MetricSample => {
        return { labels: { cache, [label]: snake(name) }, value: Number(value) };
      }),
    );
}

const loadName = 'memfleet_cache_load_duration_seconds';

/** The metrics of caches. */
export const cacheRows: readonly CacheRow[] = [
  {
    name: 'memfleet_cache_hits_total',
    type: 'counter',
    help: 'Calls that found a value, by kind.',
    read: perCount('kind', ({ hits }) => hits),
  },
  {
    name: 'memfleet_cache_misses_total',
    type: 'counter',
    help: 'Calls that found no value, by reason.',
    read: perCount('reason', ({ misses }) => misses),
  },
  {
    name: 'memfleet_cache_loads_total',
    type: 'counter',
    help: 'Runs of loaders, by what became of them; started counts all.',
    read: perCount('event', ({ loads }) => loads),
  },
  {
    name: loadName,
    type: 'histogram',
    help: 'Runs of loaders.',
    read: (caches) =>
      [...caches].flatMap(([cache, source]) => histogramSamples(loadName, { cache }, source.stats().loadTimes)),
  },
  {
    name: 'memfleet_cache_leases_total',
    type: 'counter',
    help: 'What became of leases, by event.',
    read: perCount('event', ({ lease: { won, waited, givenUp, renewed, lost, secondLook } }) => {
      return { won, waited, givenUp, renewed, lost, secondLook };
    }),
  },
  {
    name: 'memfleet_cache_lease_wait_seconds_total',
    type: 'counter',
    help: 'The time that calls waited for the loader of another process.',
    read: perCache(({ lease }) => lease.waitMs / 1000),
  },
  {
    name: 'memfleet_cache_shared_loads_total',
    type: 'counter',
    help: 'Calls that shared a load of another call in the process.',
    read: perCache(({ sharedInProcess }) => sharedInProcess),
  },
  {
    name: 'memfleet_cache_hidden_errors_total',
    type: 'counter',
    help: 'Failures that looked like misses.',
    read: perCache(({ hiddenErrors }) => hiddenErrors),
  },
  {
    name: 'memfleet_cache_bytes_total',
    type: 'counter',
    help: 'Bytes of values, by where they went.',
    read: perCount('direction', ({ bytes }) => bytes),
  },
  {
    name: 'memfleet_cache_near_items',
    type: 'gauge',
    help: 'Values in the memory of the process.',
    read: perCache(({ near }) => near.items),
  },
  {
    name: 'memfleet_cache_near_bytes',
    type: 'gauge',
    help: 'Their size.',
    read: perCache(({ near }) => near.bytes),
  },
  {
    name: 'memfleet_cache_near_evictions_total',
    type: 'counter',
    help: 'Values dropped from the memory of the process for lack of room.',
    read: perCache(({ near }) => near.evicted),
  },
  {
    name: 'memfleet_cache_pending_deletes',
    type: 'gauge',
    help: 'Deletes that failed and are to be sent again.',
    read: perCache(({ pendingDeletes }) => pendingDeletes.kept),
  },
];
