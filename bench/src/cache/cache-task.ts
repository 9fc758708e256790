/** What processes of the cache comparison measure. */
import type { CachePorts } from './cache-entrants.ts';

/** Which process it is. */
export interface CacheAssignment {
  /** The name of a cache, or `own`: the calls of memfleet beside each other. */
  readonly entrant: string;
  readonly ports: CachePorts;
}

/** Calls of memfleet that are compared in one process. */
export type OwnCall = 'get' | 'getOrSet' | 'near' | 'get100k' | 'validated100k';

/** A measurement. `ms`: how long it takes. */
export type CacheTask =
  | { readonly kind: 'hit' | 'miss'; readonly ms: number }
  | { readonly kind: 'own'; readonly call: OwnCall; readonly ms: number }
  /** All callers ask for one key at a moment (Unix ms); the loader takes 200 ms. */
  | { readonly kind: 'stampede'; readonly key: string; readonly at: number; readonly callers: number };

/** What was measured. */
export interface CacheMeasurement {
  readonly calls: number;
  readonly seconds: number;
  /** Microseconds of CPU in all. */
  readonly cpu: number;
  readonly loads: number;
  /** The slowest call of a stampede, in ms. */
  readonly slowest: number;
}
