/**
 * Read through, one load a key at a time in this process:
 *
 *   get, half of the time at most ─ hit ─▶ value
 *    └ miss or failure ─▶ load ─▶ set (its failure is ignored) ─▶ value
 *        └ other calls for the key wait for this load, each for its own time
 *
 * A load that exceeds the time of the call that began it is abandoned: the next call for its key begins another one.
 * An abandoned load stores its value by `add`, because the value of the other load is newer.
 */
import type { Clock, Timer } from '../base/clock.ts';
import {
  AbortedError,
  AmbiguousWriteError,
  DurabilityImpossibleError,
  isNodeFailure,
  ServerError,
  TimeoutError,
  UndecodableError,
} from '../core/errors.ts';
import { unwatchSignal, watchSignal, type Watcher } from './abort.ts';
import type { GetOrSetOptions, KeyOptions, StoreOptions } from './call-options.ts';
import { RawValue } from './transcoder.ts';

/** Makes a value that is not in the cache. */
export type Loader<V> = (key: string) => V | Promise<V>;

/** The methods of a client that a load uses. */
export interface Storage<T> {
  get<V = T>(key: string, options?: StoreOptions): Promise<V | undefined>;
  set(key: string, value: T, options?: StoreOptions): Promise<boolean>;
  add(key: string, value: T, options?: StoreOptions): Promise<boolean>;
}

/** The settings of a load: those of the call that began it. */
interface LoadSettings {
  readonly ttl: number | undefined;
  readonly timeout: number;
  readonly refresh: boolean;
  readonly node: KeyOptions;
}

/** A load in progress. */
class Load {
  promise!: Promise<unknown>;
  /** The get has ended without a value, and the loader runs. */
  isLoading = false;
  /** The loaded value, while it is being stored. */
  loaded: { readonly value: unknown } | undefined;
  /** Its time is over: no call joins it any more. */
  isLeft = false;
}

/** The loads of a client that are in progress, by wire key. */
export class Loads {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #loads = new Map<string, Load>();

  /** `timeout`: of calls without one, in ms. */
  constructor(clock: Clock, timeout: number) {
    this.#clock = clock;
    this.#timeout = timeout;
  }

  /** `id`: the wire key. The options were checked. */
  getOrSet<T, V extends T>(
    storage: Storage<T>,
    id: string,
    key: string,
    load: Loader<V>,
    options: GetOrSetOptions,
  ): Promise<V> {
    const { signal, timeout = this.#timeout, refresh = false, ttl, ...node } = options;
    if (signal?.aborted === true)
      return Promise.reject(new AbortedError('getOrSet was aborted', { cause: signal.reason }));
    // A refresh must not return the value that a plain call found in the cache. (No byte string has this character.)
    if (refresh) id = `\u0100${id}`;
    let running = this.#loads.get(id);
    if (running === undefined) {
      running = new Load();
      this.#loads.set(id, running);
      running.promise = this.#run(running, id, storage, key, load, { ttl, timeout, refresh, node });
    }
    return new Promise<V>((resolve, reject) => {
      const waiter = new Waiter(running, key, resolve as (value: unknown) => void, reject);
      waiter.wait(this.#clock, timeout, signal);
    });
  }

  async #run<T, V extends T>(
    running: Load,
    id: string,
    storage: Storage<T>,
    key: string,
    load: Loader<V>,
    { ttl, timeout, refresh, node }: LoadSettings,
  ): Promise<V> {
    const endsAt = this.#clock.now() + timeout;
    let timer: Timer | undefined;
    const leave = (): void => {
      running.isLeft = true;
      if (this.#loads.get(id) === running) this.#loads.delete(id);
    };
    try {
      // `load` may call getOrSet for the same key synchronously: the promise of this load must exist by then.
      if (refresh) await Promise.resolve();
      else {
        const found = await storage.get<V>(key, { ...node, timeout: timeout / 2 }).catch(ignoreCache);
        // A value that the transcoder cannot read was stored by another program.
        if (found !== undefined && !(found instanceof RawValue)) return found;
      }
      timer = this.#clock.setTimer(Math.max(0, endsAt - this.#clock.now()), leave, false);
      running.isLoading = true;
      const value = await load(key);
      if (value === undefined) return value;
      running.loaded = { value };
      const settings = { ...node, ttl, timeout };
      const stored = running.isLeft ? storage.add(key, value, settings) : storage.set(key, value, settings);
      await stored.catch(ignoreCache);
      return value;
    } finally {
      timer?.clear();
      leave();
    }
  }
}

/** One caller. */
class Waiter implements Watcher {
  readonly #load: Load;
  readonly #key: string;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #timer: Timer | undefined;
  #signal: AbortSignal | undefined;

  constructor(load: Load, key: string, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.#load = load;
    this.#key = key;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  wait(clock: Clock, timeout: number, signal: AbortSignal | undefined): void {
    if (timeout !== Infinity) this.#arm(clock, timeout, () => this.#onTimeout(clock, timeout));
    this.#signal = signal;
    if (signal !== undefined) watchSignal(signal, this);
    this.#load.promise.then(
      (value) => this.#settle(() => this.#resolve(value)),
      (error: unknown) => this.#settle(() => this.#reject(error)),
    );
  }

  /** Only this caller leaves; the load continues for the others. */
  onAbort(reason: unknown): void {
    const error = new AbortedError(`getOrSet of ${JSON.stringify(this.#key)} was aborted`, {
      cause: reason,
      sent: true,
    });
    this.#settle(() => this.#reject(error));
  }

  /**
   * Calls back after the reads of the turn: after a blocked event loop, timers run before reads, and a reply that has
   * arrived would be too late.
   */
  #arm(clock: Clock, ms: number, onTimeout: () => void): void {
    this.#timer = clock.setTimer(ms, () => clock.afterTurn(onTimeout));
  }

  #onTimeout(clock: Clock, timeout: number): void {
    // The event loop was blocked during the get: the loader still has its half of the time.
    if (this.#load.isLoading) this.#onEnd(timeout);
    else this.#arm(clock, timeout / 2, () => this.#onEnd(timeout));
  }

  #onEnd(timeout: number): void {
    const { loaded } = this.#load;
    const message = `getOrSet of ${JSON.stringify(this.#key)}: not loaded in ${timeout} ms`;
    this.#settle(() => {
      // The value is loaded; only the store has not ended.
      if (loaded !== undefined) this.#resolve(loaded.value);
      else this.#reject(new TimeoutError(message, 'total', { sent: true }));
    });
  }

  #settle(how: () => void): void {
    this.#timer?.clear();
    if (this.#signal !== undefined) unwatchSignal(this.#signal, this);
    how();
  }
}

const replies = [ServerError, UndecodableError, AmbiguousWriteError, DurabilityImpossibleError];

/**
 * Ignores failures of the cache: of a node, an error reply, a value that cannot be decoded. A key or value that cannot
 * be sent is the caller's error, and is thrown.
 */
function ignoreCache(error: unknown): undefined {
  const isOfCache = isNodeFailure(error) || replies.some((kind) => error instanceof kind);
  if (!isOfCache) throw error;
}
