/**
 * What the cache needs of a client: items with all that a node knows of them, and writes that depend on a cas. The
 * client of the cache has the entry transcoder, so a marked entry is an object of `entry.ts` and a plain entry is the
 * value itself.
 *
 * Calls of one key or one routing key that are made in one turn leave in one write and are executed in order. The
 * second look behind a lease, and the delete before a read, stand on this.
 */

/** What a node gives of an item. */
export interface CacheItem {
  /** Undefined: a stub that nobody has filled, or the call asked for no value. */
  readonly value: unknown;
  /** Client flags, 32 bits. */
  readonly flags: number;
  /** Changes with every write of the item, also by a renewal. */
  readonly cas: bigint;
  /** Seconds left to live; Infinity = no expiry. Undefined: the node speaks no meta protocol. */
  readonly ttl: number | undefined;
  /** The size of the stored value in bytes. */
  readonly size: number;
  /** The caller has received the token: of a stub that this call made, or of an item that is marked stale. */
  readonly won: boolean;
  /** Another caller has received the token. */
  readonly held: boolean;
  /** The item is marked stale. */
  readonly stale: boolean;
  /** The cas is the one that the caller has, so the value was not sent. */
  readonly notModified: boolean;
  /** The epoch of the connection by which the reply came. */
  readonly epoch: number;
}

/** Options of every call. */
export interface ItemCallOptions {
  /** The call goes to the node of this key. */
  readonly routingKey?: string | undefined;
  /** False: the call fails rather than go to another node than the owner. @default true */
  readonly substitute?: boolean | undefined;
}

/** Options of a read. */
export interface ItemReadOptions extends ItemCallOptions {
  /** Seconds that a stub lives which the read makes where there is no item. */
  readonly lease?: number | undefined;
  /** The value is not sent where the item has this cas. */
  readonly ifChanged?: bigint | undefined;
  /** @default false */
  readonly withoutValue?: boolean | undefined;
  /** A new ttl for the item, in seconds. */
  readonly touch?: number | undefined;
}

/** Options of a store. */
export interface ItemStoreOptions extends ItemCallOptions {
  /** Seconds; Infinity = no expiry. */
  readonly ttl?: number | undefined;
  /** Stored only if the item has this cas. */
  readonly cas?: bigint | undefined;
  /** @default 'set' */
  readonly mode?: 'set' | 'add' | 'replace' | undefined;
}

/** How a store ended. */
export interface ItemStored {
  readonly result: 'stored' | 'exists' | 'notFound' | 'notStored';
  /** The new cas; undefined: not stored, or the node speaks the classic text protocol. */
  readonly cas: bigint | undefined;
}

/** A node as the client knows it. */
export interface NodeInfo {
  readonly name: string;
  /** Undefined: no connection was ready yet. */
  readonly protocol: 'meta' | 'text' | 'binary' | undefined;
  /**
   * Changes when the node has no connection left, and is never that of another node. A node that restarts begins its
   * cas numbers again, so a cas of another epoch is worth nothing.
   */
  readonly epoch: number;
}

/** The part of a client on which the cache stands. */
export interface ItemCalls {
  getItem(key: string, options?: ItemReadOptions): Promise<CacheItem | undefined>;
  getItems(keys: Iterable<string>, options?: ItemReadOptions): Promise<Map<string, CacheItem>>;
  setItem(key: string, value: unknown, options?: ItemStoreOptions): Promise<ItemStored>;
  invalidate(
    key: string,
    options?: ItemCallOptions & { readonly cas?: bigint | undefined; readonly ttl?: number | undefined },
  ): Promise<'stale' | 'exists' | 'notFound'>;
  delete(key: string, options?: ItemCallOptions & { readonly cas?: bigint | undefined }): Promise<boolean>;
  touch(key: string, ttl: number, options?: ItemCallOptions): Promise<boolean>;
  incr(key: string, delta?: number, options?: ItemCallOptions): Promise<number | undefined>;
  decr(key: string, delta?: number, options?: ItemCallOptions): Promise<number | undefined>;
  flush(): Promise<void>;
  /** The node that would serve a key now, a substitute included. Undefined while there is none. */
  nodeInfo(key: string, options?: ItemCallOptions): NodeInfo | undefined;
  /** The node that owns a key, in use or not. */
  ownerOf(key: string): string | undefined;
  on(event: 'readmit' | 'connect', listener: (event: { readonly node: string }) => void): () => void;
}
