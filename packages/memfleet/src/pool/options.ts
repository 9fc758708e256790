/** What users set of a pool, its defaults, and the one place that reads it. */
import type { BackoffOptions } from '../base/backoff.ts';

/** The pool of one node. All times in milliseconds. */
export interface PoolOptions {
  /** Connections that are kept once made, however idle. @default 1 */
  readonly min?: number | undefined;
  /** Connections at most; `connect` attempts count. @default 4 */
  readonly max?: number | undefined;
  /** Make `min` connections at once rather than at the first call. @default false */
  readonly warmUp?: boolean | undefined;
  /** One call at a time on a connection, as in classic pools; then `max` bounds the calls that run at once, and calls with one key that run at once have no order. @default false */
  readonly exclusive?: boolean | undefined;
  /** Commands on the wire of one connection, a get line of many keys as one, before the pool grows, or makes callers wait. Not with `exclusive`. @default 16384 */
  readonly maxInFlight?: number | undefined;
  /**
   * Callers that may wait for room; one more fails at once with QueueFullError. A bound for memory: what bounds the waiting is time, see `acquireTimeout`.
   * @default 262144
   */
  readonly maxWaiting?: number | undefined;
  /**
   * How long a caller waits for room. 0 = as long as its own timeout allows; then a caller fails at once with QueueFullError where the first of those who wait has waited
   * for more than half of the time that it has itself. @default 0
   */
  readonly acquireTimeout?: number | undefined;
  /** A connection beyond `min` that was not used for so long is closed; 0 = never. @default 60000 */
  readonly idleTimeout?: number | undefined;
  /** A connection is replaced at this age, ± 10 % so that they do not all go at once; 0 = never. @default 0 */
  readonly maxLifetime?: number | undefined;
  /** Waits between dials that failed. @default { initial: 50, max: 2000, factor: 2, jitter: 0.2 } */
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
