/** What users set of a pool, its defaults, and the one place that reads it. */
import type { BackoffOptions } from '../base/backoff.ts';

/** The pool of connections to one node. */
export interface PoolOptions {
  /** The number of connections that stay open even when they are idle. @default 1 */
  readonly min?: number | undefined;
  /** The largest number of connections, including those being dialled. @default 4 */
  readonly max?: number | undefined;
  /** Open `min` connections at once rather than at the first call. @default false */
  readonly warmUp?: boolean | undefined;
  /**
   * One call at a time on a connection, as in classic pools. `max` then bounds the concurrent calls, and concurrent
   * calls with
   * one key have no order. @default false
   */
  readonly exclusive?: boolean | undefined;
  /**
   * Commands in flight on one connection before the pool grows or callers wait; a get of many keys counts as one.
   * Excludes
   * `exclusive`. @default 16384
   */
  readonly maxInFlight?: number | undefined;
  /**
   * The number of callers that may wait for room; the next one fails at once with QueueFullError. This bounds memory;
   * what
   * bounds the wait is time, see `acquireTimeout`. @default 262144
   */
  readonly maxWaiting?: number | undefined;
  /**
   * How long a caller waits for room, in milliseconds. With 0 a caller waits as long as its own timeout allows, and
   * fails at
   * once with QueueFullError if the first waiting caller has already waited for more than half of that. @default 0
   */
  readonly acquireTimeout?: number | undefined;
  /** Closes a connection beyond `min` that was not used for this many milliseconds; 0 = never. @default 60000 */
  readonly idleTimeout?: number | undefined;
  /**
   * Replaces a connection at this age in milliseconds, ± 10 % so that not all are replaced at once; 0 = never. @default
   * 0
   */
  readonly maxLifetime?: number | undefined;
  /** The waits between failed dials. @default { initial: 50, max: 2000, factor: 2, jitter: 0.2 } */
  readonly backoff?: Partial<BackoffOptions> | undefined;
}

/** `PoolOptions` with nothing left open. */
export interface ResolvedPoolOptions {
  readonly min: number;
  readonly max: number;
  readonly warmUp: boolean;
  readonly exclusive: boolean;
  readonly maxInFlight: number;
  readonly maxWaiting: number;
  readonly acquireTimeout: number;
  readonly idleTimeout: number;
  readonly maxLifetime: number;
  readonly backoff: BackoffOptions;
}

/** The defaults of `PoolOptions`. */
export const poolDefaults: ResolvedPoolOptions = Object.freeze({
  min: 1,
  max: 4,
  warmUp: false,
  exclusive: false,
  maxInFlight: 16_384,
  maxWaiting: 262_144,
  acquireTimeout: 0,
  idleTimeout: 60_000,
  maxLifetime: 0,
  backoff: Object.freeze({ initial: 50, max: 2000, factor: 2, jitter: 0.2 }),
});
