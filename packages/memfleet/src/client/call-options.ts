/** The options of a single call. */
import type { Durability } from '../core/write-terms.ts';

/** Options of every call, those to all nodes included. */
export interface NodeCallOptions {
  /** The time for this call in milliseconds. @default the client's `timeout` */
  readonly timeout?: number | undefined;
  /** Aborts the call: it rejects with AbortedError. A command that was sent may still take effect. */
  readonly signal?: AbortSignal | undefined;
}

/** The node that a call on a key goes to. */
export interface KeyOptions {
  /**
   * The call goes to the node of this key. Calls of one routing key keep their order, and leave in one write when they
   * are made in one turn. Nodes of a Couchbase bucket are chosen by the key alone. @default the key
   */
  readonly routingKey?: string | Uint8Array | undefined;
  /**
   * False: while the owner of the key is ejected, the call fails with NodeEjectedError rather than go to another node.
   * @default true
   */
  readonly substitute?: boolean | undefined;
}

/** Options of every call on keys. */
export interface CallOptions extends NodeCallOptions, KeyOptions {}

/** Options of getMany. */
export interface GetManyOptions extends CallOptions {
  /** `'map'`: a Map of the values that exist. `'array'`: see GetArrayOptions. @default 'map' */
  readonly as?: 'map' | undefined;
}

/** Options of a getMany whose result is an array. */
export interface GetArrayOptions extends CallOptions {
  /**
   * The result is an array in the order of `keys` and as long, with `undefined` where there is no item. It takes less
   * CPU time than a Map.
   */
  readonly as: 'array';
}

/** Options of calls that change an item. */
export interface WriteOptions extends CallOptions {
  /**
   * The copies that must have the write before it is acknowledged; only Couchbase buckets have more than `none`.
   * Rejects with DurabilityImpossibleError where there are too few, and with AmbiguousWriteError where the outcome is
   * not known.
   * @default the client's
   */
  readonly durability?: Durability | undefined;
}

/** Options of calls that write an item. A plain number stands for `{ ttl }`. */
export interface StoreOptions extends WriteOptions {
  /** The time to live in seconds; 0 and Infinity = no expiry. @default the client's `ttl` */
  readonly ttl?: number | undefined;
  /**
   * True: an existing item keeps its expiry, and `ttl` is that of a new one. Couchbase buckets only; not for `add`, and
   * not with a `ttl` where there must be an item (`replace`, `cas`). @default false
   */
  readonly preserveExpiry?: boolean | undefined;
}

/** Options of incr and decr. */
export interface CounterOptions extends WriteOptions {
  /** The value of a counter that does not exist; the delta is not applied to it. @default no counter is created */
  readonly initial?: number | bigint | undefined;
  /** The time to live of a counter that this call creates, in seconds. @default the client's `ttl` */
  readonly ttl?: number | undefined;
}

/** Options of getOrSet. */
export interface GetOrSetOptions extends CallOptions {
  /** The time to live in seconds; 0 and Infinity = no expiry. @default the client's `ttl` */
  readonly ttl?: number | undefined;
  /** Load the value even if one is stored. @default false */
  readonly refresh?: boolean | undefined;
}

/** Options of delete. */
export interface DeleteOptions extends WriteOptions {
  /** A token of `getWithCas`: deletes the item only if it has not changed since. */
  readonly cas?: bigint | undefined;
}

/** Options of `client.bucket.mutateIn`. */
export interface MutateInOptions extends WriteOptions {
  /** Changes the document only if it still has this cas. Not with mode `set` or `add`. */
  readonly cas?: bigint | undefined;
  /**
   * `replace`: there must be a document; `set`: one is created where there is none; `add`: only a new one is created.
   * `set` and `add` create the paths as well. @default 'replace'
   */
  readonly mode?: 'replace' | 'set' | 'add' | undefined;
  /** True: missing objects on the way to a path are created. @default false */
  readonly createPath?: boolean | undefined;
  /**
   * The time to live of the document in seconds; 0 and Infinity = no expiry. @default the document keeps its expiry; a
   * new one has the client's `ttl`
   */
  readonly ttl?: number | undefined;
}

/** Options of `client.bucket.scan`. Where several bound the range, all of them count. */
export interface ScanOptions {
  /** The keys that begin with this text, or these bytes. @default all keys of the client */
  readonly prefix?: string | Uint8Array | undefined;
  /** The first key; keys are in the order of their bytes. @default no bound */
  readonly from?: string | Uint8Array | undefined;
  /** The keys after this one. @default no bound */
  readonly after?: string | Uint8Array | undefined;
  /** The last key. @default no bound */
  readonly to?: string | Uint8Array | undefined;
  /** The keys before this one. @default no bound */
  readonly before?: string | Uint8Array | undefined;
  /** True: the scan gives keys (strings) in place of items. @default false */
  readonly keysOnly?: boolean | undefined;
  /** The maximum number of items of a batch. @default 100 */
  readonly batchItems?: number | undefined;
  /** The size of a batch in bytes after which it takes no more items. @default 65536 */
  readonly batchBytes?: number | undefined;
  /** The maximum number of vBuckets that are scanned at once; for each, one batch is held. @default 4 */
  readonly concurrency?: number | undefined;
  /** The time for each batch in milliseconds, retries included. @default 10000 */
  readonly timeout?: number | undefined;
  /** Ends the scan: the next step of the iterator rejects with AbortedError. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of reads of `client.items`. */
export interface ItemReadOptions extends CallOptions {
  /**
   * Where there is no item, the read leaves an empty one that lives this long, in whole seconds: 1 to 3600. The node
   * counts in seconds, so a lease ends up to a second earlier. @default none is left
   */
  readonly lease?: number | undefined;
  /**
   * The value is sent only if the item's cas is another. memcached knows this from 1.6.40 on; an older node always
   * sends the value.
   */
  readonly ifChanged?: bigint | undefined;
  /** True: the value is not sent. @default false */
  readonly withoutValue?: boolean | undefined;
  /** A new time to live for the item, in seconds; 0 and Infinity = no expiry. @default the ttl stays */
  readonly touch?: number | undefined;
}

/** Options of `client.items.set`. A plain number stands for `{ ttl }`. */
export interface ItemStoreOptions extends StoreOptions {
  /** Stores only if the item still has this cas. */
  readonly cas?: bigint | undefined;
  /** `add`: only if there is no item; `replace`: only if there is one. @default 'set' */
  readonly mode?: 'set' | 'add' | 'replace' | undefined;
}

/** Options of `client.items.invalidate`. */
export interface InvalidateOptions extends CallOptions {
  /** Marks the item only if it still has this cas. */
  readonly cas?: bigint | undefined;
  /** The new time to live of the stale item, in seconds. @default the ttl stays */
  readonly ttl?: number | undefined;
}
