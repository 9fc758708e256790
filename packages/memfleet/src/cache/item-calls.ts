/**
 * What the cache needs of a client: items with all that a node knows of them, and writes that depend on a cas. The
 * client of the cache has the entry transcoder, so a marked entry is an object of `entry.ts` and a plain entry is the
 * value itself.
 *
 * Calls of one key or one routing key that are made in one turn leave in one write and are executed in order. The
 * second look behind a lease, and the delete before a read, stand on this.
 */
import type * as client from '../client/call-options.ts';
import type { InvalidateResult, ItemState, StoreResult } from '../client/item-calls.ts';
import type { NodeOfKey } from '../client/items.ts';

/** What a node gives of an item. */
export type CacheItem = ItemState<unknown>;

/** Options of every call. */
export interface ItemCallOptions {
  /** The call goes to the node of this key. */
  readonly routingKey?: string | undefined;
  /** False: the call fails rather than go to another node than the owner. @default true */
  readonly substitute?: boolean | undefined;
}

/** The options of `Options` beside those of every call. */
type Own<Options> = Omit<Options, keyof client.CallOptions>;

/** Options of a read. */
export type ItemReadOptions = ItemCallOptions & Own<client.ItemReadOptions>;

/** Options of a store. */
export type ItemStoreOptions = ItemCallOptions & Own<client.ItemStoreOptions>;

/** How a store ended. */
export type ItemStored = StoreResult;

/** A node as the client knows it. */
export type NodeInfo = NodeOfKey;

/** The part of a client on which the cache stands. */
export interface ItemCalls {
  getItem(key: string, options?: ItemReadOptions): Promise<CacheItem | undefined>;
  getItems(keys: Iterable<string>, options?: ItemReadOptions): Promise<Map<string, CacheItem>>;
  setItem(key: string, value: unknown, options?: ItemStoreOptions): Promise<ItemStored>;
  invalidate(key: string, options?: ItemCallOptions & Own<client.InvalidateOptions>): Promise<InvalidateResult>;
  delete(key: string, options?: ItemCallOptions & Own<client.DeleteOptions>): Promise<boolean>;
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
