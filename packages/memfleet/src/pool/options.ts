/** The options of a pool, their defaults, and the one place that reads them. */
import type { BackoffOptions } from '../base/backoff.ts';
import { InvalidOptionError } from '../core/errors.ts';
import { defined } from '../core/option-checks.ts';
import { flag, milliseconds, number, table, whole } from '../core/option-kinds.ts';
import { defaultsOf, type OptionTable } from '../core/option-table.ts';

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
   * `acquireTimeout` bounds the wait. @default 262144
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
  /**
   * The waits between failed dials. @default { initial: 50, max: 2000, factor: 2, jitter: 0.2 }; in a Couchbase bucket
   * `max` is 250
   */
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

const backoff = {
  initial: { kind: milliseconds(0), default: 50 },
  max: { kind: milliseconds(0), default: 2000 },
  factor: { kind: number(1), default: 2 },
  jitter: { kind: number(0, 1), default: 0.2 },
} satisfies OptionTable<BackoffOptions>;

const options = {
  min: {
    kind: whole(0),
    default: 1,
    aka: ['minConnections', 'minPoolSize', 'minSize'],
  },
  max: {
    kind: whole(1),
    default: 4,
    aka: [
      'poolSize',
      'maxPoolSize',
      'maxConnections',
      'connectionLimit',
      'maxSize',
      'size',
      'connections',
      'numKvConnections',
      'num_kv_connections',
    ],
  },
  warmUp: {
    kind: flag,
    default: false,
    aka: ['eager', 'preconnect', 'lazy', 'lazyConnect'],
  },
  exclusive: {
    kind: flag,
    default: false,
  },
  maxInFlight: {
    kind: whole(1),
    default: 16_384,
  },
  maxWaiting: {
    kind: whole(0),
    aka: ['maxQueue', 'maxQueueSize', 'queueLimit', 'commandsQueueMaxLength', 'maxWaitingClients'],
    default: 262_144,
  },
  acquireTimeout: {
    kind: milliseconds(0),
    aka: ['acquireTimeoutMillis', 'waitTimeout', 'poolTimeout', 'waitQueueTimeout'],
    default: 0,
  },
  idleTimeout: {
    kind: milliseconds(0),
    aka: ['idle', 'idleTimeoutMillis', 'maxIdleTime'],
    default: 60_000,
  },
  maxLifetime: {
    kind: milliseconds(0),
    aka: ['maxAge', 'connectionMaxAge'],
    default: 0,
  },
  backoff: {
    aka: ['reconnectDelay', 'reconnectStrategy', 'minTimeout', 'maxTimeout'],
    kind: table<Partial<BackoffOptions>>(backoff),
    default: defaultsOf(backoff),
  },
} satisfies OptionTable<PoolOptions>;

/** The options of a pool. */
export const poolOptions: OptionTable<PoolOptions> = options;

/** The defaults of `PoolOptions`. */
export const poolDefaults: ResolvedPoolOptions = defaultsOf(options);

/**
 * Checked options with all defaults filled in; `longestWait` is the default of `backoff.max` in ms. Throws
 * InvalidOptionError for conflicting options.
 */
export function resolvePool(given: PoolOptions = {}, longestWait: number = backoff.max.default): ResolvedPoolOptions {
  const pool = {
    ...poolDefaults,
    ...defined(given),
    backoff: { ...poolDefaults.backoff, max: longestWait, ...defined(given.backoff ?? {}) },
  };
  if (given.exclusive === true && given.maxInFlight !== undefined) {
    throw new InvalidOptionError(
      'options "pool.exclusive" and "pool.maxInFlight" contradict each other: exclusive is one command in flight',
      'pool.exclusive',
    );
  }
  if (pool.min <= pool.max) return pool;
  if (given.min === undefined) return { ...pool, min: pool.max };
  throw new InvalidOptionError(
    `option "pool.min" (${pool.min}) must not be above "pool.max" (${pool.max})`,
    'pool.min',
  );
}
