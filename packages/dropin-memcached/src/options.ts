/** The options of npm `memcached` 2.2 and their defaults. */

/**
 * Options of the client, and of all clients in `Memcached.config`. Times are milliseconds unless they say otherwise.
 */
export interface MemcachedOptions {
  /** The longest key in bytes. */
  maxKeySize: number;
  /** The longest relative lifetime in seconds. */
  maxExpiration: number;
  /** The largest value in bytes. */
  maxValue: number;
  /** Calls in flight. */
  activeQueries: number;
  /** The most calls in flight; 0 and less = no bound. */
  maxQueueSize: number;
  /** The hash of the ring. */
  algorithm: string;
  /** The kind of ring. */
  compatibility: string;
  /** The most connections to a server. */
  poolSize: number;
  /** 0 = no retries. */
  retries: number;
  /** No effect. */
  factor: number;
  /** No effect. */
  minTimeout: number;
  /** No effect. */
  maxTimeout: number;
  /** No effect. */
  randomize: boolean;
  /** The time after which a dead server is tried again; at most `retry`. */
  reconnect: number;
  /** The time of a call, connecting included. */
  timeout: number;
  /** The issues after which a server is dead. */
  failures: number;
  /** The time after which `failures` starts again. */
  failuresTimeout: number;
  /** The time after an issue in which the server is not used; at most 1000. */
  retry: number;
  /** The time after which an unused connection is closed. */
  idle: number;
  /** Whether a dead server leaves the ring. */
  remove: boolean;
  /** No effect. */
  redundancy: boolean | number;
  /** Whether keys that are too long are replaced by their MD5. */
  keyCompression: boolean;
  /** Prepended to every key. */
  namespace: string;
  /** No effect. */
  debug: boolean;
  /** Servers that take the place of those that are removed. */
  failOverServers?: string[] | undefined;
  /**
   * Whether text is stored with a backslash before each line end, as the original does. It is needed while processes
   * with the original read text with CR LF.
   */
  escapeLineEnds: boolean;
}

/** The defaults. */
export const defaults: MemcachedOptions = {
  maxKeySize: 250,
  maxExpiration: 2_592_000,
  maxValue: 1_048_576,
  activeQueries: 0,
  maxQueueSize: -1,
  algorithm: 'md5',
  compatibility: 'ketama',
  poolSize: 10,
  retries: 5,
  factor: 3,
  minTimeout: 1000,
  maxTimeout: 60_000,
  randomize: false,
  reconnect: 18_000_000,
  timeout: 5000,
  failures: 5,
  failuresTimeout: 300_000,
  retry: 30_000,
  idle: 5000,
  remove: false,
  redundancy: false,
  keyCompression: true,
  namespace: '',
  debug: false,
  escapeLineEnds: false,
};
