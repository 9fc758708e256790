/**
 * Diagnostics channels of the cache: TracingChannels, so that a subscriber sees a call in the asynchronous context of
 * its caller, and a load in that of the call that began it.
 *
 *   memfleet:cache        start ─▶ end … asyncStart ─▶ asyncEnd      one call of the cache
 *   memfleet:cache-load   start ─▶ end … asyncStart ─▶ asyncEnd      one run of a loader
 *
 * No message has a value. While nobody has subscribed, no message is made and no promise beyond the call's own.
 */
import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel';
import type { Clock } from '../base/clock.ts';
import { runTraced } from '../observe/traced.ts';

/** How a call of the cache ended: `miss` = there is no value for the key. */
export type CacheOutcome = 'ok' | 'miss' | 'error';

/** A call of a cache: one object for all its events. Properties that its end determines are undefined before. */
export interface CacheMessage {
  /** The method that was called, such as `get`, `getOrSet` or `invalidateTags`. */
  readonly operation: string;
  /** The key as the caller gave it; undefined for calls on many keys, tags or the whole cache. */
  readonly key: string | undefined;
  /** The namespace; undefined = none. */
  readonly namespace: string | undefined;
  /** The number of keys of a call on many keys. */
  readonly batchSize: number | undefined;
  /** How the call ended. */
  readonly outcome: CacheOutcome | undefined;
  /** Milliseconds from the call until it settled. */
  readonly duration: number | undefined;
  /** The error that the call rejected with. A failure that looks like a miss is an event `error` of the cache. */
  readonly error: unknown;
}

/** How a run of a loader ended. */
export type LoadOutcome = 'loaded' | 'failed' | 'timedOut';

/** A run of a loader: one object for all its events. */
export interface CacheLoadMessage {
  /** The keys that are loaded, as the caller gave them. */
  readonly keys: readonly string[];
  /** How the run ended; undefined while it is in progress. */
  readonly outcome: LoadOutcome | undefined;
  /** Milliseconds that the loader took. */
  readonly duration: number | undefined;
  /** The error that the loader threw. */
  readonly error: unknown;
}

/** The channel of calls. */
export const cacheChannel: TracingChannel<CacheMessage, CacheMessage> = tracingChannel<CacheMessage, CacheMessage>(
  'memfleet:cache',
);

/** The channel of loads. */
export const cacheLoadChannel: TracingChannel<CacheLoadMessage, CacheLoadMessage> = tracingChannel<
  CacheLoadMessage,
  CacheLoadMessage
>('memfleet:cache-load');

/** Has anybody subscribed to one of the five events? */
function isTraced<Message extends object>(channel: TracingChannel<Message, Message>): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  );
}

/** Whether the channel of calls has a subscriber. */
export function isCacheTraced(): boolean {
  return isTraced(cacheChannel);
}

/** The properties of a call that are known when it begins. */
type CacheCallStart = Pick<CacheMessage, 'operation' | 'key' | 'namespace' | 'batchSize'>;

/** One traced call. */
export class CacheTrace implements CacheMessage {
  readonly operation: string;
  readonly key: string | undefined;
  readonly namespace: string | undefined;
  readonly batchSize: number | undefined;
  outcome: CacheOutcome | undefined = undefined;
  duration: number | undefined = undefined;
  error: unknown = undefined;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor({ operation, key, namespace, batchSize }: CacheCallStart, clock: Clock) {
    this.operation = operation;
    this.key = key;
    this.namespace = namespace;
    this.batchSize = batchSize;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** `tracePromise` puts the value of the promise here. */
  set result(_: unknown) {}

  /** Makes the call between the events of the channel. A call that gives undefined is a miss. */
  run<T>(call: () => Promise<T>): Promise<T> {
    return runTraced(cacheChannel, this, async () => {
      try {
        const value = await call();
        this.#settle(value === undefined ? 'miss' : 'ok');
        return value;
      } catch (error) {
        this.#settle('error');
        throw error;
      }
    });
  }

  #settle(outcome: CacheOutcome): void {
    this.outcome = outcome;
    this.duration = this.#clock.now() - this.#startedAt;
  }
}

/** How a run of a loader ended, whatever it gave. */
interface LoadEnd {
  readonly isFailed: boolean;
  readonly isTimeout: boolean;
  readonly error: unknown;
}

/** One traced run of a loader. */
export class LoadTrace implements CacheLoadMessage {
  readonly keys: readonly string[];
  outcome: LoadOutcome | undefined = undefined;
  duration: number | undefined = undefined;
  error: unknown = undefined;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(keys: readonly string[], clock: Clock) {
    this.keys = keys;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** `tracePromise` puts the value of the promise here. */
  set result(_: unknown) {}

  /** Runs a load between the events of the channel. `load` does not reject: a failure is one of its results. */
  async run<Loaded extends LoadEnd>(load: () => Promise<Loaded>): Promise<Loaded> {
    let loaded: Loaded | undefined;
    try {
      await runTraced(cacheLoadChannel, this, async () => {
        loaded = await load();
        this.#settled(loaded);
      });
    } catch (error) {
      // The subscribers receive the failure of a loader; the caller has it in the result.
      if (loaded === undefined) throw error;
    }
    return loaded as Loaded;
  }

  #settled({ isFailed, isTimeout, error }: LoadEnd): void {
    this.outcome = isTimeout ? 'timedOut' : isFailed ? 'failed' : 'loaded';
    this.duration = this.#clock.now() - this.#startedAt;
    if (isFailed) throw error;
  }
}

/** Runs a load; with a trace while its channel has a subscriber. */
export function tracedLoad<Loaded extends LoadEnd>(
  keys: readonly string[],
  clock: Clock,
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  return isTraced(cacheLoadChannel) ? new LoadTrace(keys, clock).run(load) : load();
}
