/** The options of a single call. */

/** Options of every call. */
export interface CallOptions {
  /** The time for this call in milliseconds. @default the client's `timeout` */
  readonly timeout?: number | undefined;
  /** Aborts the call: it rejects with AbortedError. A command that was sent may still take effect. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of calls that write an item. A plain number stands for `{ ttl }`. */
export interface StoreOptions extends CallOptions {
  /** The time to live in seconds; 0 and Infinity = no expiry. @default the client's `ttl` */
  readonly ttl?: number | undefined;
}

/** Options of incr and decr. */
export interface CounterOptions extends CallOptions {
  /** The value of a counter that does not exist; the delta is not applied to it. @default no counter is created */
  readonly initial?: number | bigint | undefined;
  /** The time to live of a counter that this call creates, in seconds. @default the client's `ttl` */
  readonly ttl?: number | undefined;
}

/** Options of getOrSet. */
export interface GetOrSetOptions extends StoreOptions {
  /** Load the value even if one is stored. @default false */
  readonly refresh?: boolean | undefined;
}

/** Options of delete. */
export interface DeleteOptions extends CallOptions {
  /** A token of `getWithCas`: deletes the item only if it has not changed since. */
  readonly cas?: bigint | undefined;
}
