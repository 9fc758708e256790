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

/** How a call of the cache ended; a call on many keys by `ok` or `error`. */
export type CacheOutcome = 'ok' | 'near' | 'fresh' | 'stale' | 'fallback' | 'negative' | 'miss' | 'loaded' | 'error';

/** A call of a cache: one object for all its events. What is known at its end is undefined before. */
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
  /** The error of a failed call, also where the caller saw a miss. */
  readonly error: unknown;
}

/** How a load ended: `refused`: a write in the meantime kept the value from being stored. */
export type LoadOutcome = 'stored' | 'refused' | 'unstored' | 'failed' | 'timedOut';

/** A run of a loader: one object for all its events. */
export interface CacheLoadMessage {
  /** The keys that are loaded, as the caller gave them. */
  readonly keys: readonly string[];
  /** Why: there is no value, it is old, or it will be soon. */
  readonly cause: 'absent' | 'stale' | 'refresh' | 'unprotected';
  /** How the load ended. */
  readonly outcome: LoadOutcome | undefined;
  /** Milliseconds that the loader took. */
  readonly duration: number | undefined;
  /** What the loader threw. */
  readonly error: unknown;
}

/** The channel of calls. */
export const cacheChannel: TracingChannel<unknown, CacheMessage> = tracingChannel<unknown, CacheMessage>(
  'memfleet:cache',
);

/** The channel of loads. */
export const cacheLoadChannel: TracingChannel<unknown, CacheLoadMessage> = tracingChannel<unknown, CacheLoadMessage>(
  'memfleet:cache-load',
);

/** Has anybody subscribed to one of the five events? */
function isTraced<Message extends object>(channel: TracingChannel<unknown, Message>): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  );
}

/** What is known of a call when it begins. */
export type CacheCallStart = Pick<CacheMessage, 'operation' | 'key' | 'namespace' | 'batchSize'>;

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

  /** The trace of a call; undefined while nobody has subscribed. `start`: made only for a subscriber. */
  static of(start: () => CacheCallStart, clock: Clock): CacheTrace | undefined {
    return isTraced(cacheChannel) ? new CacheTrace(start(), clock) : undefined;
  }

  /** The call's promise, which `run` makes, between the events of the channel. */
  run<T>(run: () => Promise<T>): Promise<T> {
    return cacheChannel.tracePromise(run, this);
  }

  /** `tracePromise` puts the value of the promise here. */
  set result(_: unknown) {}

  /** The call settles now. */
  settle(outcome: CacheOutcome, error?: unknown): void {
    this.outcome = outcome;
    this.duration = this.#clock.now() - this.#startedAt;
    this.error = error;
  }
}

/** One traced load. */
export class LoadTrace implements CacheLoadMessage {
  readonly keys: readonly string[];
  readonly cause: CacheLoadMessage['cause'];
  outcome: LoadOutcome | undefined = undefined;
  duration: number | undefined = undefined;
  error: unknown = undefined;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor(keys: readonly string[], cause: CacheLoadMessage['cause'], clock: Clock) {
    this.keys = keys;
    this.cause = cause;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** The trace of a load; undefined while nobody has subscribed. */
  static of(keys: readonly string[], cause: CacheLoadMessage['cause'], clock: Clock): LoadTrace | undefined {
    return isTraced(cacheLoadChannel) ? new LoadTrace(keys, cause, clock) : undefined;
  }

  /** The load's promise, which `run` makes, between the events of the channel. */
  run<T>(run: () => Promise<T>): Promise<T> {
    return cacheLoadChannel.tracePromise(run, this);
  }

  /** `tracePromise` puts the value of the promise here. */
  set result(_: unknown) {}

  /** The load settles now. */
  settle(outcome: LoadOutcome, error?: unknown): void {
    this.outcome = outcome;
    this.duration = this.#clock.now() - this.#startedAt;
    this.error = error;
  }
}
