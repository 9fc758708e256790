/**
 * Every failure that memfleet reports. A miss is a value, never an error; an error *reply* of a node is a
 * `ServerError`, and does not count against the node's health. All classes share four facts: `code`, `cause`, the
 * `node` concerned, and whether bytes of the command may have been `sent` (which decides whether a retry is safe).
 *
 * Errors that come from outside (a node, the network, the time, a queue) have no stack trace: the caller's frames are
 * gone by then, and one that is made for every command of an overload is ten times as expensive with it
 * (docs/performance.md, "errors"). Errors that the caller caused, and those that are made once, have a stack trace.
 */
import { inOneLine, redactCause, redactMessage } from '../base/redact.ts';
import { statusesOfItems } from './status.ts';
import { untraced } from './untraced.ts';

/** The properties of an error beside its message. */
export interface MemcacheErrorDetails {
  /** The address of the node concerned, `host:port` or a socket path. */
  readonly node?: string | undefined;
  /** True when bytes of the command may have reached the node. @default false */
  readonly sent?: boolean | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/** Does nothing where the built-ins are frozen. `Reflect.set` would do the same in twice the time. */
function setStackTraceLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // They are frozen: the errors have stack traces.
  }
}

/** The base class of every error of memfleet. */
export class MemcacheError extends Error {
  /** A stable identifier, `ERR_…`. */
  readonly code: string = 'ERR_MEMCACHE';
  /** The address of the node concerned, when there is one. */
  readonly node: string | undefined;
  /** True when bytes of the command may have reached the node: a retry may then apply it twice. */
  readonly sent: boolean;

  /** True when a durable write may or may not be in effect: an AmbiguousWriteError. */
  get ambiguous(): boolean {
    return false;
  }

  constructor(message: string, details: MemcacheErrorDetails = {}) {
    const limit = untraced.has(new.target) ? Error.stackTraceLimit : 0;
    if (limit > 0) setStackTraceLimit(0);
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    if (limit > 0) setStackTraceLimit(limit);
    this.node = details.node;
    this.sent = details.sent ?? false;
  }

  /** The name of the class. */
  override get name(): string {
    return this.constructor.name;
  }
}

function withoutSecrets(details: MemcacheErrorDetails = {}): MemcacheErrorDetails {
  if (details.cause === undefined) return details;
  return { ...details, cause: redactCause(details.cause, (error) => error instanceof MemcacheError) };
}

/** An option is unknown, has a value out of its range, or conflicts with another. Thrown before anything is opened. */
export class InvalidOptionError extends MemcacheError {
  override readonly code = 'ERR_INVALID_OPTION';
  /**
   * The option at fault, as a path: `pool.max`, `nodes[1].weight`, `clusters["my cache"].timeout`; `''` is the options
   * as a whole. Of conflicting options it is one that was given.
   */
  readonly option: string;

  /** Secrets and control characters are taken out of the message and the path, as they may quote the given value. */
  constructor(message: string, option: string, details?: MemcacheErrorDetails) {
    super(inOneLine(redactMessage(message)), withoutSecrets(details));
    this.option = inOneLine(redactMessage(option));
  }
}

/** An argument of a call cannot be used: a value that has no bytes, a ttl that is not a number. Nothing was sent. */
export class InvalidArgumentError extends MemcacheError {
  override readonly code = 'ERR_INVALID_ARGUMENT';
}

/** A key is empty, longer than 250 bytes, or holds bytes that the node's protocol cannot carry. Nothing was sent. */
export class InvalidKeyError extends MemcacheError {
  override readonly code = 'ERR_INVALID_KEY';
}

/** A value is larger than `maxItemSize`. Nothing was sent. */
export class ValueTooLargeError extends MemcacheError {
  override readonly code = 'ERR_VALUE_TOO_LARGE';
}

/** The phase of a call whose time ran out. */
export type TimeoutPhase = 'acquire' | 'connect' | 'total';

/** A deadline passed: waiting for a connection, connecting, or the whole call. */
export class TimeoutError extends MemcacheError {
  override readonly code = 'ERR_TIMEOUT';
  /** The phase of the call that ran out of time. */
  readonly phase: TimeoutPhase;

  constructor(message: string, phase: TimeoutPhase, details?: MemcacheErrorDetails) {
    super(message, details);
    this.phase = phase;
  }
}

/**
 * The caller's `AbortSignal` fired. `cause` is the signal's reason; `sent` is false only where the command still waited
 * in a queue: then it is never sent.
 */
export class AbortedError extends MemcacheError {
  override readonly code = 'ABORT_ERR';

  /** `AbortError`, as of the errors of other APIs that take an `AbortSignal`. */
  override get name(): string {
    return 'AbortError';
  }
}

/** No connection to the node could be made: refused, unreachable, no such host, TLS failure. */
export class ConnectError extends MemcacheError {
  override readonly code = 'ERR_CONNECT';
}

/** The connection ended while the command was on it. */
export class ConnectionClosedError extends MemcacheError {
  override readonly code = 'ERR_CONNECTION_CLOSED';
}

/** The node refused the credentials, or requires credentials and received none. */
export class AuthenticationError extends MemcacheError {
  override readonly code = 'ERR_AUTHENTICATION';
}

/**
 * The node sent bytes that do not follow the protocol, or a reply without a request. The connection is destroyed; there
 * is no resynchronisation.
 */
export class ProtocolError extends MemcacheError {
  override readonly code = 'ERR_PROTOCOL';
}

/**
 * A value cannot be decoded: it does not match its flags, or a counter is not a number. The node and the connection are
 * fine.
 */
export class UndecodableError extends ProtocolError {}

/** A queue is at its bound; the command was refused at once and not sent. */
export class QueueFullError extends MemcacheError {
  override readonly code = 'ERR_QUEUE_FULL';
}

/** The node that owns the key is ejected, and the failure mode is `fail` or the call accepts no substitute. */
export class NodeEjectedError extends MemcacheError {
  override readonly code = 'ERR_NODE_EJECTED';
}

/** The cluster has no node at all. */
export class NoNodesError extends MemcacheError {
  override readonly code = 'ERR_NO_NODES';
}

/**
 * The configuration that a source returned cannot be used: no JSON, no nodes, indexes out of range, a bucket that does
 * not exist. The previous configuration, if any, stays.
 */
export class ConfigError extends MemcacheError {
  override readonly code = 'ERR_CONFIG';

  /** Secrets and control characters are taken out of the message, as it may quote the source's response. */
  constructor(message: string, details?: MemcacheErrorDetails) {
    super(inOneLine(redactMessage(message)), withoutSecrets(details));
  }
}

/** The node's protocol cannot express the command, or the node or bucket lacks the feature. Nothing was changed. */
export class UnsupportedError extends MemcacheError {
  override readonly code = 'ERR_UNSUPPORTED';
}

/** The client, pool or server was closed. */
export class ClosedError extends MemcacheError {
  override readonly code = 'ERR_CLOSED';
}

/** The kind of error that a node reported: `ERROR` (no such command), `CLIENT_ERROR`, `SERVER_ERROR`. */
export type ServerErrorKind = 'unknownCommand' | 'client' | 'server';

/** The node replied with an error. The connection and the node are fine. */
export class ServerError extends MemcacheError {
  override readonly code = 'ERR_SERVER';
  /** The kind of error that the node reported. */
  readonly kind: ServerErrorKind;
  /** The binary protocol's status code; 0 in the text and meta protocols. */
  readonly status: number;

  constructor(message: string, kind: ServerErrorKind, status: number, details?: MemcacheErrorDetails) {
    super(message, { sent: true, ...details });
    this.kind = kind;
    this.status = status;
  }
}

/** The map has too few copies of the item for the durability of the write. Nothing was written. */
export class DurabilityImpossibleError extends MemcacheError {
  override readonly code = 'ERR_DURABILITY_IMPOSSIBLE';
}

/**
 * A durable write was sent, and its outcome is not known: the connection was lost, no reply came in time, or the node
 * gave up waiting for the other copies (`cause`). It may be in effect now, or later. It is never sent again: read the
 * item, or write with a cas.
 */
export class AmbiguousWriteError extends MemcacheError {
  override readonly code = 'ERR_AMBIGUOUS_WRITE';

  override get ambiguous(): boolean {
    return true;
  }
}

/**
 * Why a part of a document could not be read or changed: `pathNotFound`, `pathExists`, `pathMismatch` (the path goes
 * through a value of another type), `pathInvalid` (it cannot be read, or has more than 31 steps), `valueInvalid` (the
 * value does not fit there, or a counter would leave 64 bits), `numberOutOfRange` (what is counted has more than 64
 * bits), `notJson`, `tooDeep` (more than 32 levels), `other` (see `status`).
 */
export type SubDocumentReason =
  | 'pathNotFound'
  | 'pathExists'
  | 'pathMismatch'
  | 'pathInvalid'
  | 'valueInvalid'
  | 'numberOutOfRange'
  | 'notJson'
  | 'tooDeep'
  | 'other';

/** The properties of a `SubDocumentError` beside its message. */
export interface SubDocumentDetails {
  /** Why the path failed. */
  readonly reason: SubDocumentReason;
  /** The number of the spec, from 0 on. */
  readonly index: number;
  /** The path of the spec, as it was sent. */
  readonly path: string;
  /** The status of the path in the binary protocol, 0xc0 … 0xd7. */
  readonly status: number;
}

/** A path of `lookupIn` or `mutateIn` failed. Nothing was stored. */
export class SubDocumentError extends MemcacheError {
  override readonly code = 'ERR_SUB_DOCUMENT';
  /** Why the path failed. */
  readonly reason: SubDocumentReason;
  /** The number of the spec, from 0 on. */
  readonly index: number;
  /** The path of the spec, as it was sent. */
  readonly path: string;
  /** The status of the path in the binary protocol, 0xc0 … 0xd7. */
  readonly status: number;

  constructor(message: string, { reason, index, path, status }: SubDocumentDetails, details?: MemcacheErrorDetails) {
    super(message, { sent: true, ...details });
    this.reason = reason;
    this.index = index;
    this.path = path;
    this.status = status;
  }
}

/**
 * An integer is beyond 2^53−1 and was requested as a number. A counter was changed: use a bigint delta. A value of
 * `get` is read by `incr(key, 0n)`.
 */
export class UnsafeIntegerError extends MemcacheError {
  override readonly code = 'ERR_UNSAFE_INTEGER';
}

/**
 * Some keys of a multi-key call failed while others did not: `results` holds the known results, `failures` the error of
 * every other key.
 */
export class PartialResultError<T = unknown> extends MemcacheError {
  override readonly code = 'ERR_PARTIAL_RESULT';
  /** Results of the keys whose node replied; a key that is neither here nor in `failures` is a miss. */
  readonly results: ReadonlyMap<string, T>;
  /** The error of every key whose node did not reply. */
  readonly failures: ReadonlyMap<string, MemcacheError>;

  constructor(message: string, results: ReadonlyMap<string, T>, failures: ReadonlyMap<string, MemcacheError>) {
    super(message, { cause: failures.values().next().value, sent: true });
    this.results = results;
    this.failures = failures;
  }
}

for (const kind of [
  TimeoutError,
  AbortedError,
  ConnectError,
  ConnectionClosedError,
  ProtocolError,
  UndecodableError,
  QueueFullError,
  NodeEjectedError,
  NoNodesError,
  ServerError,
  DurabilityImpossibleError,
  AmbiguousWriteError,
  PartialResultError,
])
  untraced.add(kind);

/** Whether no node could be reached, the connection failed, or the node took too long. */
const failuresOfNodes = [
  ConnectError,
  AuthenticationError,
  ConnectionClosedError,
  ProtocolError,
  TimeoutError,
  NodeEjectedError,
  NoNodesError,
  ConfigError,
  QueueFullError,
  ClosedError,
];

/**
 * Whether the error is a failure of a node, or of the way to it: no connection (also: no node is known, a refused
 * login, a broken protocol, a full queue), a timeout, an ejected node, a closed pool, `SERVER_ERROR` from a node. The
 * cause of any other error is the call or the stored value, and another node would not help: a wrong argument,
 * `CLIENT_ERROR`, a value that cannot be decoded, a locked item, an aborted call.
 */
export function isNodeFailure(error: unknown): boolean {
  if (error instanceof ServerError)
    return error.kind === 'server' && (error.node ?? '') !== '' && !statusesOfItems.includes(error.status);
  if (error instanceof PartialResultError) return [...error.failures.values()].every(isNodeFailure);
  return !(error instanceof UndecodableError) && failuresOfNodes.some((kind) => error instanceof kind);
}
