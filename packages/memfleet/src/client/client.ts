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
import type { Command } from '../core/command.ts';
import { type MemcacheError, UnsupportedError } from '../core/errors.ts';
import {
  checkFunction,
  checkGetOrSet,
  checkGroup,
  checkKeys,
  pairsOf,
  refuseArgument,
  surplusOf,
} from './arguments.ts';
import type { CallOptions, CounterOptions, DeleteOptions, GetOrSetOptions, StoreOptions } from './call-options.ts';
import { Caller } from './caller.ts';
import * as calls from './calls.ts';
import type { CasResult, Item, WithCas } from './calls.ts';
import { checkMade, type ClientCore } from './core.ts';
import { checkEvent, type ClientEvents } from './events.ts';
import type { Loader } from './get-or-set.ts';
import { checkPrefix, checkPrefixText, wireKey } from './key.ts';
import type { MetaReply } from './meta-reply.ts';
import { ping, type Ping, ready } from './ping.ts';
import { exptimeOf } from './ttl.ts';

/** The client: every call returns a promise. Made by `createClient`. `T` is what its transcoder reads and writes. */
export class Client<T = unknown> {
  readonly #caller: Caller;

  /** @internal Use `createClient`. `prefix` is a byte string. */
  constructor(core: ClientCore, prefix: string) {
    checkMade(core);
    this.#caller = new Caller(core, checkPrefix(prefix));
  }

  /** The value, or undefined when there is none. */
  get<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<V | undefined> {
    return this.#caller.run(calls.get, key, undefined, options, surplusOf(none)) as Promise<V | undefined>;
  }

  /**
   * The value as a replica of the key's vBucket has it, which may be behind the active copy; undefined when the first
   * replica that answers has none. Couchbase buckets only.
   */
  getFromReplica<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<V | undefined> {
    if (!this.#caller.core.hasReplicas)
      return Promise.reject(new UnsupportedError('only Couchbase buckets have replicas'));
    return this.#caller.run(calls.getFromReplica, key, undefined, options, surplusOf(none)) as Promise<V | undefined>;
  }

  /** The value with its cas token, or undefined. Also known as `gets`. */
  getWithCas<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<WithCas<V> | undefined> {
    return this.#caller.run(calls.getWithCas, key, undefined, options, surplusOf(none)) as Promise<
      WithCas<V> | undefined
    >;
  }

  /** Same as `getWithCas`, by the protocol's name. */
  gets<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<WithCas<V> | undefined> {
    return this.getWithCas<V>(key, options, ...none);
  }

  /**
   * The value with all that its node knows of the item: flags, cas token, ttl, age and accesses. Undefined when there
   * is none. Nodes that speak the classic text or the binary protocol give value, flags, cas and size; the other fields
   * are undefined there.
   */
  getItem<V = T>(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<Item<V> | undefined> {
    return this.#caller.run(calls.getItem, key, undefined, options, surplusOf(none)) as Promise<Item<V> | undefined>;
  }

  /**
   * The seconds that the key has left to live: Infinity when it has no expiry, undefined when there is no such key. To
   * ask is no access of the item. Rejects with UnsupportedError where the node speaks no meta protocol.
   */
  ttlOf(key: string | Uint8Array, options?: CallOptions, ...none: []): Promise<number | undefined> {
    return this.#caller.run(calls.ttlOf, key, undefined, options, surplusOf(none));
  }

  /**
   * Sends one request of the meta protocol as it is written, `mg key v t`, to the node of the key, and returns its one
   * reply. The prefix of the client stands before the key. `ms` takes its value from `value` (a string as UTF-8,
   * without transcoder), and its length is not written: `meta('ms key T60', value)`. Errors of the node reject. Rejects
   * with UnsupportedError where the node speaks no meta protocol.
   */
  meta(line: string, value?: string | Uint8Array, options?: CallOptions, ...none: []): Promise<MetaReply> {
    return this.#caller.meta(line, value, options, surplusOf(none));
  }

  /** The value, and a new ttl (seconds) for it; undefined when there is none. Also known as `gat`. */
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
   * The values of those keys that exist. Keys whose node failed are not misses: the call rejects with a
   * PartialResultError that holds the results of the others (unless `errors: 'miss'`).
   */
  getMany<V = T>(keys: Iterable<string>, options?: CallOptions, ...none: []): Promise<Map<string, V>> {
    return this.#caller.getMany(keys, options, surplusOf(none)) as Promise<Map<string, V>>;
  }

  /** Stores the value. True; false only where errors are misses and it failed. */
  set(key: string | Uint8Array, value: T, options?: number | StoreOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.set, key, value, options, surplusOf(none));
  }

  /** Stores it if the key is not there; says whether it did. */
  add(key: string | Uint8Array, value: T, options?: number | StoreOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.add, key, value, options, surplusOf(none));
  }

  /** Stores it if the key is there; says whether it did. */
  replace(key: string | Uint8Array, value: T, options?: number | StoreOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.replace, key, value, options, surplusOf(none));
  }

  /** Adds the value's bytes behind those stored; flags and ttl stay. False when there is nothing to append to. */
  append(key: string | Uint8Array, value: T, options?: CallOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.append, key, value, options, surplusOf(none));
  }

  /** Puts the value's bytes before those stored; flags and ttl stay. False when there is nothing to prepend to. */
  prepend(key: string | Uint8Array, value: T, options?: CallOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.prepend, key, value, options, surplusOf(none));
  }

  /** Stores it if nobody wrote since `cas` was read by `getWithCas`. */
  cas(
    key: string | Uint8Array,
    value: T,
    cas: bigint,
    options?: number | StoreOptions,
    ...none: []
  ): Promise<CasResult> {
    return this.#caller.run(calls.cas, key, { value, cas }, options, surplusOf(none));
  }

  /** Stores all entries; says of each whether it was stored. Failed keys reject the call with a PartialResultError. */
  setMany(
    entries: Iterable<readonly [string, T]> | Readonly<Record<string, T>>,
    options?: number | StoreOptions,
    ...none: []
  ): Promise<Map<string, boolean>> {
    return this.#caller.each('set', calls.set, () => pairsOf(entries), options, surplusOf(none));
  }

  /** Deletes the key (if `cas` is given: if nobody wrote since). False when it was not there or had changed. */
  delete(key: string | Uint8Array, options?: DeleteOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.delete, key, undefined, options, surplusOf(none));
  }

  /** Deletes all keys; says of each whether it was there. */
  deleteMany(keys: Iterable<string>, options?: CallOptions, ...none: []): Promise<Map<string, boolean>> {
    const given = (): [string, undefined][] => {
      checkKeys(keys);
      return [...new Set(keys)].map((key) => [key, undefined]);
    };
    return this.#caller.each('delete', calls.delete, given, options, surplusOf(none));
  }

  /**
   * Adds `delta` (0 … 2^64−1) to a counter: decimal text, as `set` of a number writes it. Gives the new value, or
   * undefined when there is no counter and no `initial`. Wraps at 2^64. A bigint delta gives a bigint; with a number, a
   * value beyond 2^53−1 is an UnsafeIntegerError (it was counted).
   */
  incr(key: string | Uint8Array, delta: bigint, options?: CounterOptions): Promise<bigint | undefined>;
  incr(key: string | Uint8Array, delta?: number, options?: CounterOptions): Promise<number | undefined>;
  incr(
    key: string | Uint8Array,
    delta: number | bigint = 1,
    options?: CounterOptions,
    ...none: []
  ): Promise<number | bigint | undefined> {
    return this.#caller.run(
      typeof delta === 'bigint' ? calls.incrBigint : calls.incr,
      key,
      delta,
      options,
      surplusOf(none),
    );
  }

  /** As `incr`, downwards; stops at 0. */
  decr(key: string | Uint8Array, delta: bigint, options?: CounterOptions): Promise<bigint | undefined>;
  decr(key: string | Uint8Array, delta?: number, options?: CounterOptions): Promise<number | undefined>;
  decr(
    key: string | Uint8Array,
    delta: number | bigint = 1,
    options?: CounterOptions,
    ...none: []
  ): Promise<number | bigint | undefined> {
    return this.#caller.run(
      typeof delta === 'bigint' ? calls.decrBigint : calls.decr,
      key,
      delta,
      options,
      surplusOf(none),
    );
  }

  /** Gives the key a new ttl (seconds); false when it is not there. */
  touch(key: string | Uint8Array, ttl: number, options?: CallOptions, ...none: []): Promise<boolean> {
    return this.#caller.run(calls.touch, key, ttl, options, surplusOf(none));
  }

  /**
   * The value; where there is none, what `load` gives, which is stored and returned. Calls for the same key at the same
   * time share one load. A cache that fails, or is silent for half of the time, is passed by: the value is loaded.
   * `timeout` bounds the whole call, the load too; a load that takes longer goes on, and the next call begins another
   * one. An undefined value is returned but not stored; what `load` throws goes to all who wait, and nothing is stored.
   */
  getOrSet<V extends T>(key: string, load: Loader<V>, options?: number | GetOrSetOptions, ...none: []): Promise<V> {
    return this.#caller.checked(() => {
      const { core, prefix } = this.#caller;
      const settings = checkGetOrSet(load, options, surplusOf(none));
      const id = wireKey(key, prefix);
      // Checked before anything is loaded.
      if (settings.ttl !== undefined) exptimeOf(settings.ttl, core.fleet.clock);
      return core.loads.getOrSet<T, V>(this, id, key, load, settings);
    });
  }

  /**
   * Deletes everything, on all nodes, now or in `delay` seconds. The keys of others as well: memcached knows no
   * prefixes.
   */
  flush(delay = 0, options?: CallOptions, ...none: []): Promise<void> {
    const prepare = (command: Command): void => {
      // For ever would be now.
      if (delay === Infinity) refuseArgument('delay', delay, 'seconds from 0 on');
      command.exptime = exptimeOf(delay, this.#caller.core.fleet.clock);
    };
    return this.#caller.askAll(calls.flush, options, surplusOf(none), prepare).then(() => undefined);
  }

  /** Each node's version. */
  version(options?: CallOptions, ...none: []): Promise<Map<string, string>> {
    return this.#caller.askAll(calls.version, options, surplusOf(none));
  }

  /** Each node's statistics (`stats`, `stats items`, …), as texts. */
  serverStats(group = '', options?: CallOptions, ...none: []): Promise<Map<string, Record<string, string>>> {
    return this.#caller.askAll(calls.serverStats, options, surplusOf(none), (command) => {
      command.value = checkGroup(group);
    });
  }

  /** Asks every node whether it is there, ejected or not: node → latency in milliseconds, or the error. */
  ping(options?: CallOptions, ...none: []): Promise<Map<string, Ping>> {
    return this.#caller.checked(() => ping(this.#caller.core, options, surplusOf(none)));
  }

  /**
   * Resolves when every node has answered once; nodes that do not are asked again until `timeout` is over. Rejects with
   * a PartialResultError then: `failures` has the nodes that have not answered, each with its last error.
   */
  ready(options?: CallOptions, ...none: []): Promise<void> {
    return this.#caller.checked(() => ready(this.#caller.core, options, surplusOf(none)));
  }

  /** Lets the process end while the client is idle. Calls in flight still keep it running. */
  unref(): this {
    this.#caller.core.fleet.setIdleHold(false);
    return this;
  }

  /** Takes back `unref`: connections keep the process running, as they do at first. */
  ref(): this {
    this.#caller.core.fleet.setIdleHold(true);
    return this;
  }

  /**
   * The layers that a call goes through, in one line:
   * `deadline → retry(1) → cluster(ketama, 3 nodes) → pool(min 1, max 4) → meta`. For people; the wording may change.
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

  /** Changes the node list. Unchanged nodes keep their connections; removed ones finish what they have. */
  setNodes(nodes: string | readonly NodeInput[]): void {
    this.#caller.core.fleet.cluster.setNodes(resolveNodes(nodes));
  }

  /**
   * A view of the same client (same connections) that puts `prefix` before every key, behind the prefix it may have
   * already.
   */
  withPrefix(prefix: string): Client<T> {
    return new Client(this.#caller.core, this.#caller.prefix + toByteString(checkPrefixText(prefix)));
  }

  /** Calls back on an event; returns the function that ends it. */
  on<Name extends keyof ClientEvents>(event: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    checkEvent(event);
    checkFunction('listener', listener);
    return this.#caller.core.listeners.add(event, listener);
  }

  /** Takes no new calls, finishes those in flight, closes the connections. Idempotent. */
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
