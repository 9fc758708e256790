/**
 * Calls that remember the writes which a node has not received, and delete those keys before they are read from it
 * again.
 *
 *   set, delete, invalidate ─ fails, or a substitute takes it ─▶ PendingDeletes
 *   read of such a key ─▶ delete, read: in one write, in this order ─ the delete is done ─▶ what was read
 *                                                                   └ it fails ──▶ its error: the value may be old
 *   the node connects again ─▶ the deletes of all its keys
 */
import { isNodeFailure, type MemcacheError, PartialResultError } from '../core/errors.ts';
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
  /** The deletes in flight, by their keys, of which none has failed to be deleted since. */
  readonly #inFlight = new Map<string, Promise<unknown>>();
  readonly #stop: readonly (() => void)[];

  constructor(calls: ItemCalls, pending: PendingDeletes) {
    this.#calls = calls;
    this.#pending = pending;
    const onReturn = ({ node }: { readonly node: string }): void => this.#sendAll(node);
    this.#stop = [calls.on('connect', onReturn), calls.on('readmit', onReturn)];
  }

  getItem(key: string, options?: ItemReadOptions): Promise<CacheItem | undefined> {
    const deleting = this.#deleteBefore(key, options);
    const reading = this.#calls.getItem(key, options);
    return deleting === undefined ? reading : behind(deleting, reading);
  }

  getItems(keys: Iterable<string>, options?: ItemReadOptions): Promise<Map<string, CacheItem>> {
    if (this.#pending.isEmpty) return this.#calls.getItems(keys, options);
    const all = [...keys];
    const deleting = new Map<string, Promise<unknown>>();
    for (const key of all) {
      const promise = this.#deleteBefore(key, options);
      if (promise !== undefined) deleting.set(key, promise);
    }
    const reading = this.#calls.getItems(all, options);
    return deleting.size === 0 ? reading : manyBehind(deleting, reading);
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
    const deleting = this.#deleteBefore(key, options);
    if (deleting === undefined) return this.#calls.incr(key, delta, options);
    return deleting.then(() => this.#calls.incr(key, delta, options));
  }

  decr(key: string, delta?: number, options?: ItemCallOptions): Promise<number | undefined> {
    const deleting = this.#deleteBefore(key, options);
    if (deleting === undefined) return this.#calls.decr(key, delta, options);
    return deleting.then(() => this.#calls.decr(key, delta, options));
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
      else this.#add(owner, key);
      return result;
    } catch (error) {
      const owner = this.#calls.ownerOf(key);
      if (owner !== undefined && isNodeFailure(error)) this.#add(owner, key);
      throw error;
    }
  }

  #add(owner: string, key: string): void {
    this.#pending.add(owner, key);
    // A delete in flight may have been executed already, before what is to be deleted was stored.
    this.#inFlight.delete(key);
  }

  /** The pending delete of a key that is read from its owner; undefined = there is none. */
  #deleteBefore(key: string, { routingKey, substitute }: ItemCallOptions = {}): Promise<unknown> | undefined {
    if (this.#pending.isEmpty) return undefined;
    const owner = this.#calls.ownerOf(key);
    if (owner === undefined || !this.#pending.has(owner, key)) return undefined;
    const reader = this.#calls.nodeInfo(key, { routingKey, substitute })?.node;
    return reader === undefined || reader === owner ? this.#send(owner, key) : undefined;
  }

  #sendAll(node: string): void {
    if (this.#pending.isEmpty) return;
    this.#pending.dropOld();
    for (const key of this.#pending.keysOf(node)) void this.#send(node, key);
  }

  #send(owner: string, key: string): Promise<unknown> {
    const found = this.#inFlight.get(key);
    if (found !== undefined) return found;
    const deleting = this.#calls.delete(key, atOwner);
    this.#inFlight.set(key, deleting);
    void this.#settle(owner, key, deleting);
    return deleting;
  }

  async #settle(owner: string, key: string, deleting: Promise<unknown>): Promise<void> {
    let isDone = true;
    try {
      await deleting;
    } catch {
      // It is sent again before the next read.
      isDone = false;
    }
    if (this.#inFlight.get(key) !== deleting) return;
    this.#inFlight.delete(key);
    if (isDone) this.#pending.sent(owner, key);
  }
}

/** What was read, if the delete before it is done. */
async function behind<T>(deleting: Promise<unknown>, reading: Promise<T>): Promise<T> {
  // Its error matters if the delete has none.
  reading.catch(() => {});
  await deleting;
  return reading;
}

/** The same of many keys; those whose delete fails are failures. */
async function manyBehind(
  deleting: ReadonlyMap<string, Promise<unknown>>,
  reading: Promise<Map<string, CacheItem>>,
): Promise<Map<string, CacheItem>> {
  reading.catch(() => {});
  const failures = new Map<string, MemcacheError>();
  for (const [key, promise] of deleting) {
    try {
      await promise;
    } catch (error) {
      failures.set(key, error as MemcacheError);
    }
  }
  if (failures.size === 0) return reading;
  let read: ReadonlyMap<string, CacheItem>;
  try {
    read = await reading;
  } catch (error) {
    if (!(error instanceof PartialResultError)) throw error;
    read = error.results as ReadonlyMap<string, CacheItem>;
    for (const [key, failure] of error.failures) failures.set(key, failure);
  }
  const results = new Map([...read].filter(([key]) => !failures.has(key)));
  throw new PartialResultError(`${failures.size} of ${failures.size + results.size} keys failed`, results, failures);
}
