/**
 * `client.items`: what locks and caches are built of. The calls of one key, or of one routing key, that are made in one
 * turn leave in one write and are executed in the order in which they were made.
 */
import { surplusOf } from './arguments.ts';
import type { InvalidateOptions, ItemReadOptions, ItemStoreOptions, KeyOptions } from './call-options.ts';
import type { Caller } from './caller.ts';
import { invalidate, type InvalidateResult, type ItemState, read, store, type StoreResult } from './item-calls.ts';

/** The node that serves a key, as the client knows it. */
export interface NodeOfKey {
  /** `host:port`, or the path of a Unix socket. */
  readonly node: string;
  /** Undefined: no connection has been ready yet. */
  readonly protocol: 'meta' | 'text' | 'binary' | undefined;
  /** Changes when the last connection to the node is lost. A cas token of another epoch is worth nothing. */
  readonly epoch: number;
}

/** Items with their cas tokens, ttls and leases. Made by `client.items`. */
export class Items<T> {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** @internal What makes the calls of a client by their rows, for the rooms above. */
  static callerOf({ items }: { readonly items: Items<never> }): Caller {
    return items.#caller;
  }

  /**
   * The item, or undefined when there is none. With `lease` (seconds), a missing item is created as an empty one, and
   * the result tells whether the caller is the one to fill it (`won`) or another is (`held`). Rejects with
   * UnsupportedError where the node speaks no meta protocol and the options need it: `lease`, `ifChanged`.
   */
  get<V = T>(key: string | Uint8Array, options?: ItemReadOptions, ...none: []): Promise<ItemState<V> | undefined> {
    const reading = this.#caller.run(read, key, undefined, options, surplusOf(none));
    return reading as Promise<ItemState<V> | undefined>;
  }

  /**
   * The items of those keys that exist, as `get` gives each. Keys whose node failed reject the call with a
   * PartialResultError that holds the others.
   */
  getMany<V = T>(keys: Iterable<string>, options?: ItemReadOptions, ...none: []): Promise<Map<string, ItemState<V>>> {
    const reading = this.#caller.readEach('get', read, keys, options, surplusOf(none));
    return reading as Promise<Map<string, ItemState<V>>>;
  }

  /**
   * Stores the value; says how that ended, and gives the new cas token. With `cas`: only if the item has not changed
   * since that token was read.
   */
  set(key: string | Uint8Array, value: T, options?: number | ItemStoreOptions, ...none: []): Promise<StoreResult> {
    return this.#caller.run(store, key, value, options, surplusOf(none));
  }

  /**
   * Marks the item stale: it can still be read, and the first reader receives the lease. With `ttl` it lives that much
   * longer, in seconds. Rejects with UnsupportedError where the node speaks no meta protocol.
   */
  invalidate(key: string | Uint8Array, options?: InvalidateOptions, ...none: []): Promise<InvalidateResult> {
    return this.#caller.run(invalidate, key, undefined, options, surplusOf(none));
  }

  /** The longest key, behind the client's prefix, and the largest item, in bytes. */
  get limits(): { readonly maxKeyLength: number; readonly maxItemSize: number } {
    const { core, longestKey } = this.#caller;
    return { maxKeyLength: longestKey, maxItemSize: core.maxItemSize };
  }

  /**
   * The node that would serve the key now: its owner, or the substitute of an owner that is ejected. Undefined: no node
   * would, or there are no nodes yet.
   */
  nodeOf(key: string | Uint8Array, options?: KeyOptions): NodeOfKey | undefined {
    const stats = this.#caller.serving(key, options);
    return stats === undefined ? undefined : { node: stats.node, protocol: stats.protocol, epoch: stats.epoch };
  }
}
