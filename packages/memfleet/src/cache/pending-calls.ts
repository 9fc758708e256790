/**
 * Calls that remember the writes which a node has not received, and delete those keys before they are read from it
 * again.
 *
 *   set, delete, invalidate ─ fails, or a substitute takes it ─▶ PendingDeletes
 *   read of such a key ─▶ delete, read: in one write, in this order
 *   the node connects again ─▶ the deletes of all its keys
 */
import { isNodeFailure } from '../core/errors.ts';
import type {
  CacheItem,
  ItemCallOptions,
  ItemCalls,
  ItemReadOptions,
  ItemStored,
  ItemStoreOptions,
} from './item-calls.ts';
import type { PendingDeletes } from './pending-deletes.ts';

/** A delete that comes too late is made at the owner, or not at all. */
const atOwner: ItemCallOptions = { substitute: false };

/** The calls of a client, with deletes that failed made up for. */
export class PendingCalls implements ItemCalls {
  readonly #calls: ItemCalls;
  readonly #pending: PendingDeletes;
  /** Keys whose delete has been sent. */
  readonly #inFlight = new Set<string>();
  readonly #stop: readonly (() => void)[];

  constructor(calls: ItemCalls, pending: PendingDeletes) {
    this.#calls = calls;
    this.#pending = pending;
    const onReturn = ({ node }: { readonly node: string }): void => this.#sendAll(node);
    this.#stop = [calls.on('connect', onReturn), calls.on('readmit', onReturn)];
  }

  getItem(key: string, options?: ItemReadOptions): Promise<CacheItem | undefined> {
    if (!this.#pending.isEmpty) this.#sendBeforeRead(key);
    return this.#calls.getItem(key, options);
  }

  getItems(keys: Iterable<string>, options?: ItemReadOptions): Promise<Map<string, CacheItem>> {
    if (this.#pending.isEmpty) return this.#calls.getItems(keys, options);
    const all = [...keys];
    for (const key of all) this.#sendBeforeRead(key);
    return this.#calls.getItems(all, options);
  }

  setItem(key: string, value: unknown, options: ItemStoreOptions = {}): Promise<ItemStored> {
    const { mode = 'set', cas, routingKey } = options;
    const isOverwrite = mode === 'set' && cas === undefined && routingKey === undefined;
    const storing = this.#calls.setItem(key, value, options);
    return isOverwrite ? this.#watched(key, storing) : storing;
  }

  invalidate(key: string, options?: Parameters<ItemCalls['invalidate']>[1]): ReturnType<ItemCalls['invalidate']> {
    return this.#watched(key, this.#calls.invalidate(key, options), (result) => result !== 'exists');
  }

  delete(key: string, options: Parameters<ItemCalls['delete']>[1] = {}): Promise<boolean> {
    const deleting = this.#calls.delete(key, options);
    const isPlain = options.cas === undefined && options.routingKey === undefined;
    return isPlain ? this.#watched(key, deleting) : deleting;
  }

  touch(key: string, ttl: number, options?: ItemCallOptions): Promise<boolean> {
    return this.#calls.touch(key, ttl, options);
  }

  incr(key: string, delta?: number, options?: ItemCallOptions): Promise<number | undefined> {
    if (!this.#pending.isEmpty) this.#sendBeforeRead(key);
    return this.#calls.incr(key, delta, options);
  }

  decr(key: string, delta?: number, options?: ItemCallOptions): Promise<number | undefined> {
    if (!this.#pending.isEmpty) this.#sendBeforeRead(key);
    return this.#calls.decr(key, delta, options);
  }

  async flush(): Promise<void> {
    await this.#calls.flush();
    this.#pending.clear();
  }

  nodeInfo(key: string, options?: ItemCallOptions): ReturnType<ItemCalls['nodeInfo']> {
    return this.#calls.nodeInfo(key, options);
  }

  ownerOf(key: string): string | undefined {
    return this.#calls.ownerOf(key);
  }

  on(event: Parameters<ItemCalls['on']>[0], listener: Parameters<ItemCalls['on']>[1]): () => void {
    return this.#calls.on(event, listener);
  }

  /** Ends the listening to the client's events. */
  close(): void {
    for (const stop of this.#stop) stop();
  }

  /** Notes whether the owner of the key has received a write. */
  async #watched<T>(key: string, writing: Promise<T>, isDone: (result: T) => boolean = () => true): Promise<T> {
    const served = this.#calls.nodeInfo(key)?.node;
    try {
      const result = await writing;
      const owner = this.#calls.ownerOf(key);
      if (owner === undefined || !isDone(result)) return result;
      if (served === owner) this.#pending.remove(owner, key);
      else this.#pending.add(owner, key);
      return result;
    } catch (error) {
      const owner = this.#calls.ownerOf(key);
      if (owner !== undefined && isNodeFailure(error)) this.#pending.add(owner, key);
      throw error;
    }
  }

  #sendBeforeRead(key: string): void {
    const owner = this.#calls.ownerOf(key);
    if (owner !== undefined && this.#pending.has(owner, key)) this.#send(owner, key);
  }

  #sendAll(node: string): void {
    if (this.#pending.isEmpty) return;
    this.#pending.dropOld();
    for (const key of this.#pending.keysOf(node)) this.#send(node, key);
  }

  /** Reads sent while the delete is in flight are executed after it. A delete that fails again stays pending. */
  #send(owner: string, key: string): void {
    if (this.#inFlight.has(key)) return;
    this.#inFlight.add(key);
    void this.#deleteLate(owner, key);
  }

  async #deleteLate(owner: string, key: string): Promise<void> {
    try {
      await this.#calls.delete(key, atOwner);
      this.#pending.sent(owner, key);
    } catch {
      // It is sent again before the next read.
    }
    this.#inFlight.delete(key);
  }
}
