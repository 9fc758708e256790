/**
 * The cache: values of keys, from a loader where there is none.
 *
 *   cache.getOrSet ─▶ SpaceCalls: checks, keys ─▶ GetOrSet ─▶ ItemCalls: the client, with entries for values
 *   cache.get, … ───▶ SpaceCalls ───────────────▶ Items ────▶
 */
import { checkFunction, refuseArgument } from '../client/arguments.ts';
import { CacheTrace, isCacheTraced } from './channels.ts';
import { checkClear, type ClearOptions } from './clear-options.ts';
import type { CacheCore } from './core.ts';
import type { EntryOptions } from './entry-options.ts';
import { type CacheEvents, checkCacheEvent } from './events.ts';
import type { LoadManyContext, ManyLoader } from './get-or-set-many.ts';
import { checkName } from './keys.ts';
import type { LoadContext } from './load.ts';
import { ManyCalls } from './many-calls.ts';
import { CacheMoment } from './moment.ts';
import { NamespaceSpace } from './namespace-space.ts';
import type { AnySchema, CacheSchema, Key, ValueOf } from './schema.ts';
import type { Space } from './seams.ts';
import { SpaceCalls } from './space-calls.ts';
import type { CacheStats } from './stats.ts';
import type { TagWatch } from './tag-watch.ts';

/** A cache, or a namespace within one. Made by `createCache`. `S` has the types of values by patterns of keys. */
export class Cache<S extends CacheSchema = AnySchema> implements AsyncDisposable {
  readonly #calls: SpaceCalls;
  readonly #many: ManyCalls;
  readonly #core: CacheCore;

  /** @internal Use `createCache`. */
  constructor(core: CacheCore, space: Space) {
    this.#core = core;
    this.#calls = new SpaceCalls(core, space);
    this.#many = new ManyCalls(this.#calls);
  }

  /** The value; `fallback`, or undefined, when there is none. Loads nothing. */
  get<K extends Key<S>>(key: K): Promise<ValueOf<S, K> | undefined>;
  get<K extends Key<S>>(key: K, fallback: ValueOf<S, K>): Promise<ValueOf<S, K>>;
  get<K extends Key<S>>(key: K, fallback?: ValueOf<S, K>): Promise<ValueOf<S, K> | undefined> {
    const calls = this.#calls;
    const read = isCacheTraced() ? this.#traced('get', key, () => calls.get(key)) : calls.get(key);
    const getting = read as Promise<ValueOf<S, K> | undefined>;
    return fallback === undefined ? getting : getting.then((value) => (value === undefined ? fallback : value));
  }

  /** Stores the value. False when the cache failed. A number of `options` is a ttl in seconds. */
  async set<K extends Key<S>>(key: K, value: ValueOf<S, K>, options?: EntryOptions | number): Promise<boolean> {
    return this.#set(key, value, options);
  }

  /**
   * This moment, for a value that is about to be made by code that cannot be a loader: `set` of the result stores it
   * unless one of its tags was invalidated meanwhile. Take it before the data of the value are read.
   */
  async moment(): Promise<CacheMoment<S>> {
    this.#core.checkOpen();
    const watch = await this.#core.tags.watch(true);
    return new CacheMoment<S>((key, value, options) => this.#set(key, value, options, watch));
  }

  /** Stores the value if there is none; says whether it did. */
  async add<K extends Key<S>>(key: K, value: ValueOf<S, K>, options?: EntryOptions | number): Promise<boolean> {
    const settings = this.#calls.settings(options);
    return this.#write('add', key, false, (wire) => this.#calls.items.add(key, wire, value, settings));
  }

  /** Gives the value a new ttl (seconds, null = for ever); false when there is none. @default the cache's `ttl` */
  async touch(key: Key<S>, ttl?: number | null): Promise<boolean> {
    const settings = this.#calls.settings(ttl === undefined ? undefined : { ttl });
    return this.#write('touch', key, false, (wire) => this.#calls.items.touch(key, wire, settings, settings.ttl));
  }

  /**
   * Deletes the value; a load in progress anywhere is not stored. False when there was none, or the cache failed. Nodes
   * without the meta protocol, and those without a connection yet, also give true for a key whose loader runs, failed
   * or gave nothing.
   */
  delete(key: Key<S>): Promise<boolean> {
    return this.#write('delete', key, false, (wire) => this.#calls.items.delete(wire));
  }

  /**
   * Makes the value stale: with `staleTtl` or `staleOnError` readers still get it while it is loaded anew. Otherwise it
   * is deleted. False when there was none, or the cache failed.
   */
  expire(key: Key<S>): Promise<boolean> {
    return this.#write('expire', key, false, (wire) => this.#calls.items.expire(wire, this.#core.entry));
  }

  /** Whether there is a value. */
  has(key: Key<S>): Promise<boolean> {
    const { items } = this.#calls;
    const has = (): Promise<boolean> => this.#calls.run(key, false, (wire) => items.has(key, wire, this.#core.entry));
    return this.#traced('has', key, has);
  }

  /** The values of those keys that have one. */
  getMany<K extends Key<S>>(keys: Iterable<K>): Promise<Map<K, ValueOf<S, K>>> {
    return this.#traced('getMany', keys, () => this.#many.getMany(keys)) as Promise<Map<K, ValueOf<S, K>>>;
  }

  /** Stores all entries; `failed`: the keys of those that are not stored. */
  async setMany<K extends Key<S>>(
    entries: Iterable<readonly [K, ValueOf<S, K>]> | Readonly<Record<K, ValueOf<S, K>>>,
    options?: EntryOptions | number,
  ): Promise<{ failed: K[] }> {
    const setting = this.#traced('setMany', entries, () => this.#many.setMany(entries, options));
    return setting as Promise<{ failed: K[] }>;
  }

  /** Deletes all keys; `failed`: those that may still be there. */
  async deleteMany<K extends Key<S>>(keys: Iterable<K>): Promise<{ failed: K[] }> {
    return this.#traced('deleteMany', keys, () => this.#many.deleteMany(keys)) as Promise<{ failed: K[] }>;
  }

  /**
   * The value; if there is none, that of `value`, a loader or the value itself, which is stored. One loader runs in the
   * whole fleet for a key; all other callers wait for it, or receive the old value. If the loader throws, the callers
   * of its process receive its error and those of other processes a LoaderFailedElsewhereError, unless there is an old
   * value within `staleOnError`. If the cache fails, the value is loaded. `options`: a number is a ttl in seconds.
   */
  getOrSet<K extends Key<S>, V extends ValueOf<S, K> | undefined = ValueOf<S, K>>(
    key: K,
    value: V | ((context: LoadContext) => V | Promise<V>),
    options?: EntryOptions | number,
  ): Promise<V> {
    const calls = this.#calls;
    if (!isCacheTraced()) return calls.getOrSet(key, value, options) as Promise<V>;
    return this.#traced('getOrSet', key, () => calls.getOrSet(key, value, options)) as Promise<V>;
  }

  /**
   * The values of keys; `load` gives those that are missing, all that this process is to load in one call. A key that
   * it leaves out has no value. Otherwise as `getOrSet`.
   */
  async getOrSetMany<K extends Key<S>>(
    keys: Iterable<K>,
    load: (
      missing: K[],
      context: LoadManyContext,
    ) => ReadonlyMap<K, ValueOf<S, K>> | Promise<ReadonlyMap<K, ValueOf<S, K>>>,
    options?: EntryOptions | number,
  ): Promise<Map<K, ValueOf<S, K>>> {
    checkFunction('load', load);
    const loader = load as unknown as ManyLoader;
    const settings = this.#calls.settings(options);
    const values = await this.#traced('getOrSetMany', keys, () => this.#many.getOrSetMany(keys, loader, settings));
    return values as Map<K, ValueOf<S, K>>;
  }

  /**
   * A function that takes its result from the cache. `key`: the key of the arguments; the rest are options of the
   * entries.
   */
  wrap<A extends unknown[], R>(
    fn: (...args: A) => R | Promise<R>,
    options: { readonly key: (...args: A) => string } & EntryOptions,
  ): (...args: A) => Promise<R> {
    checkFunction('fn', fn);
    // A function here is the key without its name.
    if (Object(options) !== options || typeof options === 'function')
      refuseArgument('options', options, 'an object with a function `key`');
    const { key, ...entry } = options;
    checkFunction('key', key);
    const settings = this.#calls.settings(entry);
    return async (...args) => {
      const name = key(...args);
      const call = (): Promise<unknown> => this.#calls.getOrSet(name, () => fn(...args), undefined, settings);
      return this.#traced('getOrSet', name, call) as Promise<R>;
    };
  }

  /**
   * Moves the value to the key that a cache with the next `version` reads; gives that version, or undefined when there
   * is no value. Not atomic: it is read, stored and deleted.
   */
  incrVersion(key: Key<S>, delta = 1): Promise<number | undefined> {
    return this.#traced('incrVersion', key, () => this.#calls.move(key, checkDelta(delta)));
  }

  /** As `incrVersion`, to an earlier version. */
  decrVersion(key: Key<S>, delta = 1): Promise<number | undefined> {
    return this.#traced('decrVersion', key, () => this.#calls.move(key, -checkDelta(delta)));
  }

  /**
   * Adds `delta` to a number that was stored, or subtracts it, down to 0. The new number; undefined when there is none.
   * The ttl stays.
   */
  incr(key: Key<S>, delta = 1): Promise<number | undefined> {
    return this.#write('incr', key, undefined, (wire) => this.#calls.items.count(wire, checkDelta(delta)));
  }

  /** As `incr` downwards. */
  decr(key: Key<S>, delta = 1): Promise<number | undefined> {
    return this.#write('decr', key, undefined, (wire) => this.#calls.items.count(wire, -checkDelta(delta)));
  }

  /**
   * A cache whose keys are its own, and which `clear` makes misses all at once. All caches with this name, in any
   * process, have the same keys. A name: 1 to 64 bytes without ":", "@" and "~". A namespace may have namespaces.
   */
  namespace<N extends CacheSchema = AnySchema>(name: string): Cache<N> {
    const { versions, counters } = this.#core;
    checkName('namespace', name);
    return new Cache<N>(this.#core, new NamespaceSpace(this.#calls.space, name, { versions, counters }));
  }

  /**
   * All entries with one of these tags are misses from now on, in all processes; so is the result of a load that began
   * before. Tags are those of the whole cache, also for a namespace. Rejects when a node has failed, whatever `errors`
   * says: entries with its tags may still be found.
   */
  async invalidateTags(...tags: string[]): Promise<void> {
    this.#core.checkOpen();
    this.#core.checkTags(tags);
    this.#core.forget();
    await this.#traced('invalidateTags', undefined, async () => {
      await this.#core.tags.invalidate(tags).finally(() => this.#core.forget());
      return true;
    });
  }

  /**
   * Makes all keys of the namespace misses, in all processes; so is the result of a load that began before. A cache
   * that is no namespace takes `{ all: true }` only: it clears the nodes (`flush_all`), with the items of other
   * clients. Rejects when a node has failed, whatever `errors` says: the keys may still be found.
   */
  async clear(options: ClearOptions = {}): Promise<void> {
    const { space } = this.#calls;
    checkClear(options, space.clear !== undefined);
    this.#core.checkOpen();
    this.#calls.forgetAll();
    await this.#traced('clear', undefined, async () => {
      await (space.clear === undefined ? this.#core.flush() : space.clear()).finally(() => this.#calls.forgetAll());
      return true;
    });
  }

  /** Calls back on an event; returns the function that ends it. */
  on<Name extends keyof CacheEvents>(event: Name, listener: (event: CacheEvents[Name]) => void): () => void {
    checkCacheEvent(event);
    checkFunction('listener', listener);
    return this.#core.reports.listeners.add(event, listener);
  }

  /** What the cache has counted since it was made, with all its namespaces. */
  stats(): CacheStats {
    return this.#core.stats();
  }

  /**
   * Aborts loads, and closes the client if the cache made it. Calls reject with ClosedError from then on. Idempotent.
   */
  close(): Promise<void> {
    return this.#core.close();
  }

  /** `await using`: same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #set(key: string, value: unknown, options?: EntryOptions | number, watch?: TagWatch): Promise<boolean> {
    const settings = this.#calls.settings(options);
    return this.#write('set', key, false, (wire) => this.#calls.items.set(wire, value, settings, watch));
  }

  #write<R>(operation: string, key: string, missed: R, attempt: (wire: string) => Promise<R>): Promise<R> {
    return this.#traced(operation, key, () => this.#calls.write(key, missed, attempt));
  }

  /** Makes a call, with a trace while its channel has a subscriber. `keys`: one, many, or none. */
  #traced<R>(operation: string, keys: string | object | undefined, call: () => Promise<R>): Promise<R> {
    if (!isCacheTraced()) return call();
    const { id } = this.#calls.space;
    const key = typeof keys === 'string' ? keys : undefined;
    const start = { operation, key, namespace: id === '' ? undefined : id, batchSize: sizeOf(keys) };
    return new CacheTrace(start, this.#core.settings.clock).run(call);
  }
}

/** The number of keys; undefined for one key, and where they can be read only once. */
function sizeOf(keys: unknown): number | undefined {
  if (typeof keys !== 'object' || keys === null) return undefined;
  if (Array.isArray(keys)) return keys.length;
  if (keys instanceof Set || keys instanceof Map) return keys.size;
  return Symbol.iterator in keys ? undefined : Object.keys(keys).length;
}

function checkDelta(delta: unknown): number {
  if (typeof delta === 'number' && Number.isSafeInteger(delta)) return delta;
  return refuseArgument('delta', delta, 'a whole number');
}
