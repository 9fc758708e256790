/**
 * The client: JS values and promises over a fleet.
 *
 *   client.get ─▶ Caller: Command + Call (the promise) ─▶ policies ─▶ cluster ─▶ pool ─▶ connection
 *
 * No method is `async` on the way to the socket: one promise a call, resolved straight from the decoder.
 */
import { toByteString } from '../base/bytes.ts';
import { resolveNodes } from '../cluster/discovery/node-list.ts';
import type { NodeInput } from '../cluster/node-spec.ts';
import type { ClusterStats } from '../cluster/stats.ts';
import type { MemcacheError } from '../core/errors.ts';
import { checkFunction, checkGroup, distinctKeys, pairsOf, surplusOf } from './arguments.ts';
import { Bucket } from './bucket/bucket.ts';
import type {
  CallOptions,
  CounterOptions,
  DeleteOptions,
  GetArrayOptions,
  GetManyOptions,
  GetOrSetOptions,
  NodeCallOptions,
  StoreOptions,
  WriteOptions,
} from './call-options.ts';
import { Caller } from './caller.ts';
import * as calls from './calls.ts';
import type { CasResult, Item, WithCas } from './calls.ts';
import { checkMade, type ClientCore } from './core.ts';
import { checkEvent, type ClientEvents } from './events.ts';
import type { Loader } from './get-or-set.ts';
import { Items } from './items.ts';
import { checkPrefix, checkPrefixText, wireKey } from './key.ts';
import type { MetaReply } from './meta-reply.ts';
import { ping, type Ping, ready } from './ping.ts';
import { collectionOf, viewOf, type ViewOptions } from './view.ts';

type Counter = Promise<number | bigint | undefined>;

/** The client: every call returns a promise. Made by `createClient`. `T` is the type that its transcoder converts. */
export class Client<T = unknown> {
  /** Items with their cas tokens, ttls and leases: what locks and caches are built of. */
  readonly items: Items<T>;
  /** Calls that only Couchbase buckets have. */
  readonly bucket: Bucket<T>;
  readonly #caller: Caller;

  /** @internal Use `createClient`. `prefix` is a byte string. */
  constructor(core: ClientCore, prefix: string) {
    checkMade(core);
    this.#caller = new Caller(core, checkPrefix(prefix));
    this.items = new Items(this.#caller);
    this.bucket = new Bucket(this.#caller);
  }

  /** The value, or `undefined` if there is no item. */
  get<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<V | undefined> {
    return this.#caller.run(calls.get, key, undefined, options, surplusOf(none)) as Promise<V | undefined>;
  }

  /**
   * The value of the first replica that replies, perhaps older than the active copy; `undefined` if that replica has no
   * item. Requests go to one replica after the other, each within its share of the timeout. Couchbase buckets only.
   */
  getFromReplica<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<V | undefined> {
    return this.#caller.run(calls.getFromReplica, key, undefined, options, surplusOf(none)) as Promise<V | undefined>;
  }

  /**
   * The first value that the active node or a replica returns; requests go to all of them at once. For reads during an
   * outage: it may be older than the active copy. `undefined` if no copy holds the item; rejects if the active node
   * fails and no replica returns a value. Couchbase buckets only.
   */
  getAnyReplica<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<V | undefined> {
    return this.#caller.run(calls.getAnyReplica, key, undefined, options, surplusOf(none)) as Promise<V | undefined>;
  }

  /** `{ value, cas }`: the value with its compare-and-swap token, or `undefined`. Also known as `gets`. */
  getWithCas<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<WithCas<V> | undefined> {
    const got = this.#caller.run(calls.getWithCas, key, undefined, options, surplusOf(none));
    return got as Promise<WithCas<V> | undefined>;
  }

  /** Same as `getWithCas`, by the protocol's name. */
  gets<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<WithCas<V> | undefined> {
    return this.getWithCas<V>(key, options, ...none);
  }

  /**
   * The value with what the node knows about the item: `{ value, flags, cas, ttl, age, size, lastAccess, fetched }`, or
   * `undefined`. Times are seconds; `ttl` is Infinity for an item without expiry; `age` is known until the first read.
   * A node that speaks the text or binary protocol returns `value`, `flags`, `cas` and `size`; the other fields are
   * `undefined`.
   */
  getItem<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<Item<V> | undefined> {
    return this.#caller.run(calls.getItem, key, undefined, options, surplusOf(none)) as Promise<Item<V> | undefined>;
  }

  /**
   * The seconds that the item has left to live: Infinity if it has no expiry, `undefined` if there is no item. The call
   * is not an access of the item. Rejects with UnsupportedError unless the nodes speak meta, or are a bucket's.
   */
  ttlOf(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<number | undefined> {
    return this.#caller.run(calls.ttlOf(this.#caller.core), key, undefined, options, surplusOf(none));
  }

  /**
   * Sends one request of the meta protocol as you write it (`mg key v t`) to the node of the key, and returns `{
   * status, flags, value }`. The client puts its prefix before the key. `ms` takes its value from `value` (bytes, or a
   * string as UTF-8, without the transcoder), and its length is not written: `meta('ms key T60', value)`. Rejects if
   * the reply is an error, and with UnsupportedError if the node does not speak the meta protocol.
   */
  meta(line: string, value?: string | Uint8Array, options?: CallOptions, ...none: []): Promise<MetaReply> {
    return this.#caller.meta(line, value, options, surplusOf(none));
  }

  /** The value, or `undefined` if there is no item. Gives the item a new ttl (seconds). Also known as `gat`. */
  getAndTouch<V = T>(
    key: string | Uint8Array,
    ttl: number,
    options?: CallOptions,
    ...none: []
  ): Promise<V | undefined> {
    return this.#caller.run(calls.getAndTouch, key, ttl, options, surplusOf(none)) as Promise<V | undefined>;
  }

  /** Same as `getAndTouch`, by the protocol's name. */
  gat<V = T>(key: string | Uint8Array, ttl: number, options?: CallOptions, ...none: []): Promise<V | undefined> {
    return this.getAndTouch<V>(key, ttl, options, ...none);
  }

  /**
   * A Map of the values that exist; with `as: 'array'`, an array in the order of the keys, with `undefined` where there
   * is no item. If a node fails, rejects with a PartialResultError, which has the `results` of the other nodes and the
   * `failures` by key (unless `errors: 'miss'`).
   */
  getMany<V = T>(keys: Iterable<string>, options?: GetManyOptions, ...none: []): Promise<Map<string, V>>;
  getMany<V = T>(keys: Iterable<string>, options: GetArrayOptions, ...none: []): Promise<(V | undefined)[]>;
  getMany(keys: Iterable<string>, options?: GetManyOptions | GetArrayOptions, ...none: []): Promise<unknown> {
    return this.#caller.getMany(keys, options, surplusOf(none));
  }

  /** Stores the value. Returns true; false only if the node fails and `errors` is `'miss'`. */
  set(key: string | Uint8Array, value: T, options?: number | StoreOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.set, key, value, options, surplusOf(none));
  }

  /** Stores the value if the key does not exist. True if it was stored. */
  add(key: string | Uint8Array, value: T, options?: number | StoreOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.add, key, value, options, surplusOf(none));
  }

  /** Stores the value if the key exists. True if it was stored. */
  replace(key: string | Uint8Array, value: T, options?: number | StoreOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.replace, key, value, options, surplusOf(none));
  }

  /** Adds the bytes of `value` after those of the item; flags and ttl stay. False if there is no item. */
  append(key: string | Uint8Array, value: T, options?: WriteOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.append, key, value, options, surplusOf(none));
  }

  /** Adds the bytes of `value` before those of the item; flags and ttl stay. False if there is no item. */
  prepend(key: string | Uint8Array, value: T, options?: WriteOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.prepend, key, value, options, surplusOf(none));
  }

  /**
   * Stores the value if the item has not changed since `getWithCas` returned `cas`. Returns `'stored'`, `'exists'`
   * (another client changed the item) or `'notFound'`.
   */
  cas(
    key: string | Uint8Array,
    value: T,
    cas: bigint,
    options?: number | StoreOptions,
    ...none: []
  ): Promise<CasResult> {
    return this.#caller.run(calls.cas, key, { value, cas }, options, surplusOf(none));
  }

  /** Stores all entries. A Map from key to true (stored) or false. Rejects with a PartialResultError if keys failed. */
  setMany(
    entries: Iterable<readonly [string, T]> | Readonly<Record<string, T>>,
    options?: number | StoreOptions,
    ...none: []
  ): Promise<Map<string, boolean>> {
    return this.#caller.each('set', calls.set, () => pairsOf(entries), options, surplusOf(none));
  }

  /** Deletes the item. True if it existed; with the option `cas`, if it also had not changed. */
  delete(key: string | Uint8Array, options?: DeleteOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.delete, key, undefined, options, surplusOf(none));
  }

  /** Deletes all keys. A Map from key to true (it existed) or false. Rejects with a PartialResultError if some fail. */
  deleteMany(keys: Iterable<string>, options?: WriteOptions, ...none: []): Promise<Map<string, boolean>> {
    return this.#caller.each('delete', calls.delete, () => distinctKeys(keys), options, surplusOf(none));
  }

  /**
   * Adds `delta` (0 … 2^64−1, 1 by default) to a counter: decimal text, as `set` writes a number. Returns the new
   * value, or `undefined` if there is no counter and no `initial`. Wraps at 2^64. A bigint delta returns a bigint; with
   * a number, a value beyond 2^53−1 rejects with UnsafeIntegerError (the counter has changed).
   */
  incr(key: string | Uint8Array, delta: bigint, options?: CounterOptions): Promise<bigint | undefined>;
  incr(key: string | Uint8Array, delta?: number, options?: CounterOptions): Promise<number | undefined>;
  incr(key: string | Uint8Array, delta: number | bigint = 1, options?: CounterOptions, ...none: []): Counter {
    const row = typeof delta === 'bigint' ? calls.incrBigint : calls.incr;
    return this.#caller.run(row, key, delta, options, surplusOf(none));
  }

  /** Subtracts `delta` from a counter, as `incr`; stops at 0. */
  decr(key: string | Uint8Array, delta: bigint, options?: CounterOptions): Promise<bigint | undefined>;
  decr(key: string | Uint8Array, delta?: number, options?: CounterOptions): Promise<number | undefined>;
  decr(key: string | Uint8Array, delta: number | bigint = 1, options?: CounterOptions, ...none: []): Counter {
    const row = typeof delta === 'bigint' ? calls.decrBigint : calls.decr;
    return this.#caller.run(row, key, delta, options, surplusOf(none));
  }

  /** Gives the item a new ttl (seconds). True if it existed. */
  touch(key: string | Uint8Array, ttl: number, options?: CallOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.touch, key, ttl, options, surplusOf(none));
  }

  /**
   * The value; if there is none, the result of `load`, which is stored. Concurrent calls for a key in this process
   * share one load. If the cache fails, or does not reply within half of the time, the value is loaded. `timeout`
   * bounds the whole call, including the load: raise it if the load takes longer. A load that takes longer continues,
   * and the next call begins another one. An `undefined` result is not stored. An error of `load` rejects all callers
   * that wait for it. A call that joins an earlier one may miss a write that was made between the two.
   */
  getOrSet<V extends T>(key: string, load: Loader<V>, options?: number | GetOrSetOptions, ...none: []): Promise<V> {
    return this.#caller.getOrSet<T, V>(this, key, load, options, surplusOf(none));
  }

  /** Deletes all items on all nodes, now or in `delay` seconds, with and without the client's prefix. */
  flush(delay = 0, options?: NodeCallOptions, ...none: []): Promise<void> {
    return this.#caller.flush(delay, options, surplusOf(none));
  }

  /** A Map from node to its version. */
  version(options?: NodeCallOptions, ...none: []): Promise<Map<string, string>> {
    return this.#caller.askAll(calls.version, options, surplusOf(none));
  }

  /** A Map from node to its statistics, as text: those of `stats`, or of a group (`'items'`, …). */
  serverStats(group = '', options?: NodeCallOptions, ...none: []): Promise<Map<string, Record<string, string>>> {
    return this.#caller.askAll(calls.serverStats, options, surplusOf(none), (command) => {
      command.value = checkGroup(group);
    });
  }

  /**
   * A Map from node to `{ latency, error }`: milliseconds, or the error if the node does not reply. Asks ejected nodes
   * too.
   */
  ping(options?: NodeCallOptions, ...none: []): Promise<Map<string, Ping>> {
    return this.#caller.checked(() => ping(this.#caller.core, options, surplusOf(none)));
  }

  /**
   * Resolves when every node has replied once; nodes that do not reply are asked again. When `timeout` is over, rejects
   * with a PartialResultError whose `failures` are the nodes that have not replied, each with its last error.
   */
  ready(options?: NodeCallOptions, ...none: []): Promise<void> {
    return this.#caller.checked(() => ready(this.#caller.core, options, surplusOf(none)));
  }

  /** Lets the process end while the client is idle. Calls in flight still keep it running. */
  unref(): this {
    this.#caller.core.fleet.setIdleHold(false);
    return this;
  }

  /** Undoes `unref`: connections keep the process running, which is the default. */
  ref(): this {
    this.#caller.core.fleet.setIdleHold(true);
    return this;
  }

  /**
   * The layers that a call passes, in one line: `deadline → retry(1) → cluster(ketama, 3 nodes) → pool(min 1, max 4) →
   * meta`. For people; the wording may change.
   */
  describe(): string {
    return this.#caller.core.fleet.describe();
  }

  /** `memfleet client: ` and what `describe` returns. */
  toString(): string {
    return `memfleet client: ${this.describe()}`;
  }

  /** A snapshot of nodes and pools. */
  stats(): ClusterStats {
    return this.#caller.core.fleet.cluster.stats();
  }

  /** The address of the node that owns the key, ejected or not; undefined while there are no nodes. */
  nodeOf(key: string | Uint8Array): string | undefined {
    return this.#caller.core.fleet.cluster.locate(wireKey(key, this.#caller.prefix))?.name;
  }

  /** Changes the node list. Nodes that stay keep their connections; removed nodes finish their commands in flight. */
  setNodes(nodes: string | readonly NodeInput[]): void {
    this.#caller.core.fleet.cluster.setNodes(resolveNodes(nodes));
  }

  /** A view of the same client (same connections) that puts `prefix` before every key, behind the client's prefix. */
  withPrefix(prefix: string): Client<T> {
    return new Client(this.#caller.core, this.#caller.prefix + toByteString(checkPrefixText(prefix)));
  }

  /**
   * A view of the same client (same connections) for a collection of the Couchbase bucket. Its calls reject with
   * UnknownCollectionError if there is none. Throws UnsupportedError if the fleet is no bucket.
   */
  collection<V = T>(scope: string, name: string): Client<V> {
    return new Client(collectionOf(this.#caller.core, scope, name), this.#caller.prefix);
  }

  /** A view of the same client (same connections) with another transcoder, ttl, durability or treatment of errors. */
  with<V = T>(options: ViewOptions<V>): Client<V> {
    return new Client(viewOf(this.#caller.core, options), this.#caller.prefix);
  }

  /** Calls `listener` on every event of this name. Returns the function that removes the listener. */
  on<Name extends keyof ClientEvents>(event: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    checkEvent(event);
    checkFunction('listener', listener);
    return this.#caller.core.listeners.add(event, listener);
  }

  /** Accepts no new calls, finishes those in flight, then closes the connections. Idempotent. */
  close(): Promise<void> {
    return this.#caller.core.fleet.dispatcher.close();
  }

  /** Closes the connections now; calls in flight fail with ClosedError. Idempotent. */
  destroy(error?: MemcacheError): void {
    this.#caller.core.fleet.dispatcher.destroy(error);
  }

  /** `await using`: same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
