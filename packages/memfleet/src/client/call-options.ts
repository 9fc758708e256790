/** What a single call can say. */

/** Options of every call. */
export interface CallOptions {
  /** Milliseconds for this call instead of the client's `timeout`. */
  readonly timeout?: number | undefined;
  /** Rejects the call with an AbortError when it fires. What was sent is not taken back. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of calls that write an item. A plain number stands for `{ ttl }`. */
export interface StoreOptions extends CallOptions {
  /** Seconds to live; 0 and Infinity = for ever. @default the client's `ttl` */
  readonly ttl?: number | undefined;
}

/** Options of incr and decr. */
export interface CounterOptions extends CallOptions {
  /** The value of a counter that is made when there is none; the delta is not applied to it. @default none is made */
  readonly initial?: number | bigint | undefined;
  /** Seconds that a counter made by this call lives. @default the client's `ttl` */
  readonly ttl?: number | undefined;
}

/** Options of getOrSet. */
export interface GetOrSetOptions extends StoreOptions {
  /** True: the value is loaded anew whatever is stored. @default false */
  readonly refresh?: boolean | undefined;
}

/** Options of delete. */
export interface DeleteOptions extends CallOptions {
  /** A token of getWithCas: deletes only what has not changed since. */
  readonly cas?: bigint | undefined;
}
