/**
 * The channel `memfleet:command`: a TracingChannel, so that a subscriber sees each call in the asynchronous context of
 * its caller, in whichever turn the call settles.
 *
 *   client.get ─▶ start (stores are bound here) ─▶ dispatch ─▶ end … reply ─▶ settle ─▶ [error] asyncStart asyncEnd
 *                 └──────────── the caller's context ────────────┘           └──── the caller's context ────┘
 *
 * The names of the fields follow OpenTelemetry's conventions for databases. Without subscribers, no trace is made, and
 * no promise but the call's own.
 */
import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel';
import { fromByteString } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import type { MemcacheError } from '../core/errors.ts';
import type { Reply } from '../core/reply.ts';
import { microsecondsOf } from '../core/server-time.ts';
import { runTraced } from './traced.ts';

/** How a call ended; for a call on many keys or nodes `ok` or `error`. */
export type ResponseStatus = 'ok' | 'miss' | 'notStored' | 'exists' | 'error';

/**
 * The message of `memfleet:command` about one call of the client: one object for all its events. Fields that are known
 * only when the call has settled are undefined before.
 */
export interface CommandMessage {
  /** `db.system.name`. */
  readonly system: 'memcached';
  /** `db.operation.name`: the command in the text protocol, such as `get`, `cas`, `incr` or `flush_all`. */
  readonly operation: string;
  /** `db.namespace`: the Couchbase bucket. */
  readonly namespace: string | undefined;
  /** The key with its prefix; undefined for calls on many keys or nodes. */
  readonly key: string | undefined;
  /** `db.operation.batch.size`: the number of keys of a multi-key call. */
  readonly batchSize: number | undefined;
  /**
   * `server.address`: host or socket path of the node that owns the key; when the call has settled, of the node that
   * replied or failed.
   */
  readonly serverAddress: string | undefined;
  /** `server.port`. */
  readonly serverPort: number | undefined;
  /** The size of the values that are sent, in bytes, without keys. */
  readonly requestSize: number;
  /** The size of the values received, in bytes. */
  readonly responseSize: number | undefined;
  /** `db.response.status_code`: how the call ended. */
  readonly responseStatus: ResponseStatus | undefined;
  /** Milliseconds from the call until it settled. */
  readonly duration: number | undefined;
  /**
   * Milliseconds that the Couchbase node worked on the request; of several requests the longest. Undefined for nodes
   * that do not report it, and on connections that were opened while the channel had no subscribers.
   */
  readonly serverDuration: number | undefined;
  /** The error of a failed call; its `code` is `error.type`. Also set if `errors: 'miss'` turns it into a miss. */
  readonly error: MemcacheError | undefined;
}

/** The fields of a call that are known when it begins. */
type CommandStart = Pick<CommandMessage, 'operation' | 'namespace' | 'batchSize' | 'requestSize'> & {
  /** A byte string; `''` = none. */
  readonly key: string;
  /** The node that owns the key. */
  readonly node: string | undefined;
};

/** The channel `memfleet:command`. */
export const commandChannel: TracingChannel<CommandMessage, CommandMessage> = tracingChannel<
  CommandMessage,
  CommandMessage
>('memfleet:command');

const { start, end, asyncStart, asyncEnd, error: failed } = commandChannel;

/** Whether one of the five events has subscribers. */
export function isTraced(): boolean {
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    failed.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  );
}

const withPort = /^(.*):(\d+)$/;

/** One traced call. */
export class CommandTrace implements CommandMessage {
  readonly system = 'memcached';
  readonly operation: string;
  readonly namespace: string | undefined;
  readonly key: string | undefined;
  readonly batchSize: number | undefined;
  readonly requestSize: number;
  serverAddress: string | undefined = undefined;
  serverPort: number | undefined = undefined;
  responseSize: number | undefined = undefined;
  responseStatus: ResponseStatus | undefined = undefined;
  duration: number | undefined = undefined;
  serverDuration: number | undefined = undefined;
  error: MemcacheError | undefined = undefined;
  readonly #clock: Clock;
  readonly #startedAt: number;

  constructor({ operation, namespace, key, batchSize, requestSize, node }: CommandStart, clock: Clock) {
    this.operation = operation;
    this.namespace = namespace;
    this.key = key === '' ? undefined : fromByteString(key);
    this.batchSize = batchSize;
    this.requestSize = requestSize;
    this.#clock = clock;
    this.#startedAt = clock.now();
    if (node !== undefined) this.#setServer(node);
  }

  /** Calls `run`, which returns the call's promise, between the events of the channel. */
  run<T>(run: () => Promise<T>): Promise<T> {
    return runTraced(commandChannel, this, run);
  }

  /** A value of `bytes` bytes was received. */
  received(bytes: number): void {
    this.responseSize = (this.responseSize ?? 0) + bytes;
  }

  /** A reply arrived. */
  replied({ serverTime }: Reply): void {
    if (serverTime < 0) return;
    this.serverDuration = Math.max(this.serverDuration ?? 0, microsecondsOf(serverTime) / 1000);
  }

  /** The call settles now. */
  settle(status: ResponseStatus, node: string | undefined, error: MemcacheError | undefined): void {
    this.responseStatus = status;
    this.responseSize ??= 0;
    this.duration = this.#clock.now() - this.#startedAt;
    this.error = error;
    if (node !== undefined && node !== '') this.#setServer(node);
  }

  /** `node`: `host:port`, `[v6]:port` or a path. */
  #setServer(node: string): void {
    const [, host, port] = withPort.exec(node) ?? [];
    this.serverAddress = host?.replace(/^\[|\]$/g, '') ?? node;
    this.serverPort = port === undefined ? undefined : Number(port);
  }
}
