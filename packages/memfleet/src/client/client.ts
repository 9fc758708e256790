/**
 * The client: JS values and promises over a fleet.
 *
 *   client.get ─▶ Command + Call (the promise) ─▶ policies ─▶ cluster ─▶ pool ─▶ connection
 *
 * No method is `async` on the way to the socket: one promise a call, resolved straight from the decoder.
 */
import { toByteString } from '../base/bytes.ts';
import { resolveNodes } from '../cluster/discovery/node-list.ts';
import type { NodeInput } from '../cluster/node-spec.ts';
import type { ClusterStats } from '../cluster/stats.ts';
import type { Command, StoreMode, Verb } from '../core/command.ts';
import { type MemcacheError, UnsupportedError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { openSignal } from './abort.ts';
import { checkCas, checkFunction, checkGetOrSet, checkGroup, checkOptions, refuseArgument } from './arguments.ts';
import type { CallOptions, CounterOptions, DeleteOptions, GetOrSetOptions, StoreOptions } from './call-options.ts';
import { Call, type Read } from './call.ts';
import { CommandFactory } from './command-factory.ts';
import type { ClientCore } from './core.ts';
import { counterReader } from './counter.ts';
import type { ClientEvents } from './events.ts';
import type { Loader } from './get-or-set.ts';
import { checkPrefix, checkPrefixText, wireKey } from './key.ts';
import { checkKeys, collectStat, dispatchEach, fromEveryNode, getMany, type KeyedCommand, pairsOf } from './many.ts';

/** A value with its compare-and-swap token. */
export interface WithCas<T> {
  /** The value. */
  readonly value: T;
  /** Opaque; hand it to `cas` or `delete`. */
  readonly cas: bigint;
}

/** How a compare-and-swap ended: `exists` = somebody else wrote in between. */
export type CasResult = 'stored' | 'exists' | 'notFound';

const isOk: Read<boolean> = (reply) => reply.status === 'ok';
const casResult: Read<CasResult> = (reply) =>
  reply.status === 'ok' ? 'stored' : reply.status === 'exists' ? 'exists' : 'notFound';

/**
 * A client of a fleet of nodes, made by `createClient`. `T` is the type of the values that its transcoder reads and
 * writes.
 */
export class Client<T = unknown> {
  readonly #core: ClientCore<T>;
  readonly #commands: CommandFactory<T>;
  readonly #readValue: Read<T | undefined>;

  /** @internal Use `createClient`. `prefix` is a byte string. */
  constructor(core: ClientCore<T>, prefix: string) {
    this.#core = core;
    this.#commands = new CommandFactory(core, checkPrefix(prefix));
    const { transcoder } = core;
    this.#readValue = (reply) => (reply.status === 'ok' && reply.hasValue ? transcoder.decode(reply) : undefined);
  }

  /** The value, or undefined when there is none. */
  get<V = T>(key: string | Uint8Array, options?: CallOptions): Promise<V | undefined> {
    return this.#get(key, undefined, this.#readValue as Read<V | undefined>, options);
  }

  /**
   * The value as a replica of the key's vBucket has it, which may be behind the active copy; undefined when the first replica that answers has none. Couchbase
   * buckets only.
   */
  getFromReplica<V = T>(key: string | Uint8Array, options?: CallOptions): Promise<V | undefined> {
    if (!this.#core.hasReplicas) return Promise.reject(new UnsupportedError('only Couchbase buckets have replicas'));
    return this.#get(key, askReplica, this.#readValue as Read<V | undefined>, options);
  }

  /** The value with its cas token, or undefined. Also known as `gets`. */
  getWithCas<V = T>(key: string | Uint8Array, options?: CallOptions): Promise<WithCas<V> | undefined> {
    const read = (reply: Reply): WithCas<V> | undefined => {
      const value = this.#readValue(reply);
      return value === undefined ? undefined : { value: value as unknown as V, cas: reply.cas };
    };
    return this.#get(key, askForCas, read, options);
  }

  /** Same as `getWithCas`, by the protocol's name. */
  gets<V = T>(key: string | Uint8Array, options?: CallOptions): Promise<WithCas<V> | undefined> {
    return this.getWithCas<V>(key, options);
  }

  /** The value, and a new ttl (seconds) for it; undefined when there is none. Also known as `gat`. */
  getAndTouch<V = T>(key: string | Uint8Array, ttl: number, options?: CallOptions): Promise<V | undefined> {
    const prepare = (command: Command): void => {
      command.touch = true;
      command.exptime = this.#commands.exptime(ttl);
    };
    return this.#get(key, prepare, this.#readValue as Read<V | undefined>, options);
  }

  /** Same as `getAndTouch`, by the protocol's name. */
  gat<V = T>(key: string | Uint8Array, ttl: number, options?: CallOptions): Promise<V | undefined> {
    return this.getAndTouch<V>(key, ttl, options);
  }

  /**
   * The values of those keys that exist. Keys whose node failed are not misses: the call rejects with a PartialResultError that holds the results of
   * the others (unless `errors: 'miss'`).
   */
  getMany<V = T>(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, V>> {
    return this.#checked(() => {
      checkKeys(keys);
      const many = this.#commands.many(keys, options);
      if (many.keys.length === 0) return Promise.resolve(new Map<string, V>());
      const { transcoder, context, fleet } = this.#core;
      const read = (reply: Reply): V => transcoder.decode(reply) as unknown as V;
      return getMany(fleet.dispatcher, many, read, context, openSignal(options));
    });
  }

  /** Stores the value. True; false only where errors are misses and it failed. */
  set(key: string | Uint8Array, value: T, options?: number | StoreOptions): Promise<boolean> {
    return this.#store('set', key, value, 0n, isOk, false, options);
  }

  /** Stores it if the key is not there; says whether it did. */
  add(key: string | Uint8Array, value: T, options?: number | StoreOptions): Promise<boolean> {
    return this.#store('add', key, value, 0n, isOk, false, options);
  }

  /** Stores it if the key is there; says whether it did. */
  replace(key: string | Uint8Array, value: T, options?: number | StoreOptions): Promise<boolean> {
    return this.#store('replace', key, value, 0n, isOk, false, options);
  }

  /** Adds the value's bytes behind those stored; flags and ttl stay. False when there is nothing to append to. */
  append(key: string | Uint8Array, value: T, options?: CallOptions): Promise<boolean> {
    return this.#store('append', key, value, 0n, isOk, false, options);
  }

  /** Puts the value's bytes before those stored; flags and ttl stay. False when there is nothing to prepend to. */
  prepend(key: string | Uint8Array, value: T, options?: CallOptions): Promise<boolean> {
    return this.#store('prepend', key, value, 0n, isOk, false, options);
  }

  /** Stores it if nobody wrote since `cas` was read by `getWithCas`. */
  cas(key: string | Uint8Array, value: T, cas: bigint, options?: number | StoreOptions): Promise<CasResult> {
    return this.#checked(() =>
      this.#store<CasResult>('set', key, value, checkCas(cas), casResult, 'notFound', options),
    );
  }

  /** Stores all entries; says of each whether it was stored. Failed keys reject the call with a PartialResultError. */
  setMany(
    entries: Iterable<readonly [string, T]> | Readonly<Record<string, T>>,
    options?: number | StoreOptions,
  ): Promise<Map<string, boolean>> {
    return this.#checked(() => {
      const make = ([key, value]: readonly [string, T]): KeyedCommand => {
        return { key, command: this.#commands.store('set', key, value, 0n, options) };
      };
      const pairs = pairsOf(entries);
      return this.#each('set', pairs.map(make), typeof options === 'number' ? undefined : options);
    });
  }

  /** Deletes the key (if `cas` is given: if nobody wrote since). False when it was not there or had changed. */
  delete(key: string | Uint8Array, options?: DeleteOptions): Promise<boolean> {
    const prepare = (command: Command): void => {
      const cas = options?.cas;
      if (cas !== undefined) command.cas = checkCas(cas);
    };
    return this.#run('delete', key, prepare, isOk, false, options);
  }

  /** Deletes all keys; says of each whether it was there. */
  deleteMany(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, boolean>> {
    return this.#checked(() => {
      checkKeys(keys);
      const make = (key: string): KeyedCommand => ({ key, command: this.#commands.keyed('delete', key, options) });
      return this.#each('delete', [...new Set(keys)].map(make), options);
    });
  }

  /**
   * Adds `delta` (0 … 2^64−1) to a counter: decimal text, as `set` of a number writes it. Gives the new value, or undefined when there is no counter and no
   * `initial`. Wraps at 2^64. A bigint delta gives a bigint; with a number, a value beyond 2^53−1 is an UnsafeIntegerError (it was counted).
   */
  incr(key: string | Uint8Array, delta: bigint, options?: CounterOptions): Promise<bigint | undefined>;
  incr(key: string | Uint8Array, delta?: number, options?: CounterOptions): Promise<number | undefined>;
  incr(
    key: string | Uint8Array,
    delta: number | bigint = 1,
    options?: CounterOptions,
  ): Promise<number | bigint | undefined> {
    return this.#count(key, delta, false, options);
  }

  /** As `incr`, downwards; stops at 0. */
  decr(key: string | Uint8Array, delta: bigint, options?: CounterOptions): Promise<bigint | undefined>;
  decr(key: string | Uint8Array, delta?: number, options?: CounterOptions): Promise<number | undefined>;
  decr(
    key: string | Uint8Array,
    delta: number | bigint = 1,
    options?: CounterOptions,
  ): Promise<number | bigint | undefined> {
    return this.#count(key, delta, true, options);
  }

  /** Gives the key a new ttl (seconds); false when it is not there. */
  touch(key: string | Uint8Array, ttl: number, options?: CallOptions): Promise<boolean> {
    const prepare = (command: Command): void => {
      command.exptime = this.#commands.exptime(ttl);
    };
    return this.#run('touch', key, prepare, isOk, false, options);
  }

  /**
   * The value; where there is none, what `load` gives, which is stored and returned. Calls for the same key at the same time share one load. A cache
   * that fails, or is silent for half of the time, is passed by: the value is loaded. `timeout` bounds the whole call, the load too; a load that takes longer goes on, and the next call
   * begins another one. An undefined value is returned but not stored; what `load` throws goes to all who wait, and nothing is stored.
   */
  getOrSet<V extends T>(key: string, load: Loader<V>, options?: number | GetOrSetOptions): Promise<V> {
    return this.#checked(() => {
      const settings = checkGetOrSet(load, options);
      const id = wireKey(key, this.#commands.prefix);
      // Checked before anything is loaded.
      if (settings.ttl !== undefined) this.#commands.exptime(settings.ttl);
      return this.#core.loads.getOrSet<T, V>(this, id, key, load, settings);
    });
  }

  /** Deletes everything, on all nodes, now or in `delay` seconds. The keys of others as well: memcached knows no prefixes. */
  flush(delay = 0, options?: CallOptions): Promise<void> {
    return this.#checked(async () => {
      const command = this.#commands.keyless('flush', options);
      // For ever would be now.
      if (delay === Infinity) refuseArgument('delay', delay, 'seconds from 0 on');
      command.exptime = this.#commands.exptime(delay);
      await fromEveryNode(this.#core, command, () => true, openSignal(options));
    });
  }

  /** Each node's version. */
  version(options?: CallOptions): Promise<Map<string, string>> {
    return this.#checked(() => {
      const command = this.#commands.keyless('version', options);
      return fromEveryNode(this.#core, command, (reply) => reply.message, openSignal(options));
    });
  }

  /** Each node's statistics (`stats`, `stats items`, …), as texts. */
  serverStats(group = '', options?: CallOptions): Promise<Map<string, Record<string, string>>> {
    return this.#checked(() => {
      const command = this.#commands.keyless('stats', options);
      command.value = checkGroup(group);
      return fromEveryNode(this.#core, command, collectStat, openSignal(options));
    });
  }

  /** A snapshot of nodes and pools. */
  stats(): ClusterStats {
    return this.#core.fleet.cluster.stats();
  }

  /** The address of the node that owns the key, ejected or not; undefined while there are no nodes. */
  nodeOf(key: string | Uint8Array): string | undefined {
    return this.#core.fleet.cluster.locate(wireKey(key, this.#commands.prefix))?.name;
  }

  /** Changes the node list. Unchanged nodes keep their connections; removed ones finish what they have. */
  setNodes(nodes: string | readonly NodeInput[]): void {
    this.#core.fleet.cluster.setNodes(resolveNodes(nodes));
  }

  /** A view of the same client (same connections) that puts `prefix` before every key, behind the prefix it may have already. */
  withPrefix(prefix: string): Client<T> {
    return new Client(this.#core, this.#commands.prefix + toByteString(checkPrefixText(prefix)));
  }

  /** Calls back on an event; returns the function that ends it. */
  on<Name extends keyof ClientEvents>(event: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    checkFunction('listener', listener);
    return this.#core.listeners.add(event, listener);
  }

  /** Takes no new calls, finishes those in flight, closes the connections. Idempotent. */
  close(): Promise<void> {
    return this.#core.fleet.dispatcher.close();
  }

  /** Closes the connections now; calls in flight fail with ClosedError. Idempotent. */
  destroy(error?: MemcacheError): void {
    this.#core.fleet.dispatcher.destroy(error);
  }

  /** `await using`: same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #get<R>(
    key: string | Uint8Array,
    prepare: ((command: Command) => void) | undefined,
    read: Read<R | undefined>,
    options: CallOptions | undefined,
  ): Promise<R | undefined> {
    return this.#run('get', key, prepare, read, undefined, options);
  }

  #run<R>(
    verb: Verb,
    key: string | Uint8Array,
    prepare: ((command: Command) => void) | undefined,
    read: Read<R>,
    missed: R,
    options: CallOptions | undefined,
  ): Promise<R> {
    try {
      const command = this.#commands.keyed(verb, key, options);
      if (prepare !== undefined) prepare(command);
      return this.#dispatch(command, read, missed, options);
    } catch (error) {
      return rejected(error);
    }
  }

  #store<R>(
    mode: StoreMode,
    key: string | Uint8Array,
    value: T,
    cas: bigint,
    read: Read<R>,
    missed: R,
    options: number | StoreOptions | undefined,
  ): Promise<R> {
    try {
      checkOptions(options, true);
      const command = this.#commands.store(mode, key, value, cas, options);
      return this.#dispatch(command, read, missed, typeof options === 'number' ? undefined : options);
    } catch (error) {
      return rejected(error);
    }
  }

  #count(
    key: string | Uint8Array,
    delta: number | bigint,
    down: boolean,
    options?: CounterOptions,
  ): Promise<number | bigint | undefined> {
    return this.#checked(() => {
      const command = this.#commands.count(key, delta, down, options);
      return this.#dispatch(command, counterReader(typeof delta === 'bigint'), undefined, options);
    });
  }

  #dispatch<R>(command: Command, read: Read<R>, missed: R, options: CallOptions | undefined): Promise<R> {
    const signal = options === undefined ? undefined : openSignal(options);
    const call = new Call(command, read, missed, this.#core.context);
    if (signal !== undefined) call.watch(signal);
    this.#core.fleet.dispatcher.dispatch(command, call);
    return call.promise;
  }

  #each(
    verb: string,
    commands: readonly KeyedCommand[],
    options: CallOptions | undefined,
  ): Promise<Map<string, boolean>> {
    const { fleet, context } = this.#core;
    return dispatchEach(fleet.dispatcher, verb, commands, context, openSignal(options));
  }

  /** What is thrown before anything was sent becomes a rejection. */
  #checked<R>(run: () => Promise<R>): Promise<R> {
    try {
      return run();
    } catch (error) {
      return rejected(error);
    }
  }
}

function askForCas(command: Command): void {
  command.wantCas = true;
}

function askReplica(command: Command): void {
  command.replica = 1;
}

function rejected(error: unknown): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it was thrown, so it goes on as it is
  return Promise.reject(error);
}
