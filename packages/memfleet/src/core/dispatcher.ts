/**
 * The waist: everything that can execute a command has the same method – a connection, a pool, a cluster, a retry
 * policy, the in-memory store, a proxy route. Policies and routes are dispatchers that hold another dispatcher.
 *
 *   client ─┐                                                        ┌─ store
 *   session ┼─ dispatch(command, handler) → policy → cluster → pool ─┼─ connection
 *   route  ─┘                 ← handler.onReply / onError            └─ …
 *
 * Back-pressure is by explicit bounds (in-flight bound, wait queue bound, pipelining depth of a session): over a bound
 * the handler gets a QueueFullError at once.
 */
import type { Command } from './command.ts';
import { ClosedError, type MemcacheError } from './errors.ts';
import type { Reply } from './reply.ts';

/**
 * Receives the reply to one command. Exactly one of these ends it: `onReply` with a reply whose `part` is `whole` or
 * `end`, or `onError`. Nothing comes after that. `onReply` may be called before `dispatch` returns.
 */
export interface Handler {
  /** `reply` is valid only during the call. */
  onReply(reply: Reply): void;
  /**
   * `count` items of a get of the text protocol without cas, as they are sent to the client. `bytes` are valid only
   * during the call. Absent = each item comes by `onReply`.
   */
  onItems?(bytes: Uint8Array, count: number): void;
  /** The command failed. */
  onError(error: MemcacheError): void;
  /** Whether so many items are unread that no more should be sent now. Absent = it accepts all items. */
  readonly isFull?: boolean;
  /** The number of the connection that the command came by. */
  readonly connection?: number;
  /**
   * A part of a command that was scattered over nodes failed: the `keys` of one node (none for commands without keys).
   * The end still comes. Where it is absent, one failed part makes the whole fail with `onError`, after all parts are
   * in.
   */
  onPartFailed?(error: MemcacheError, keys: readonly string[]): void;
}

/** Executes commands: a connection, a pool, a cluster, a policy, the store, a proxy route. */
export interface Dispatcher {
  /** Never throws: every outcome goes to the handler. */
  dispatch(command: Command, handler: Handler): void;
  /** Accepts no new command, finishes those in flight, then releases all resources. Idempotent. */
  close(): Promise<void>;
  /** Releases all resources now; commands in flight fail with `error`. Idempotent. */
  destroy(error?: MemcacheError): void;
}

/** A handler that drops every outcome: for commands whose caller is gone. */
export const swallow: Handler = { onReply() {}, onError() {} };

/** Puts a layer in front of a dispatcher: it receives the next dispatcher and returns one that takes its place. */
export type Policy = (next: Dispatcher) => Dispatcher;

/**
 * A layer in front of `next` with a `dispatch` of its own; `close` and `destroy` are passed on. `onEnd`, for layers
 * that hold commands themselves, is called first: without an error when the layer closes, with the error that its
 * commands fail with when it is destroyed.
 */
export function wrap(
  next: Dispatcher,
  dispatch: Dispatcher['dispatch'],
  onEnd?: (error?: MemcacheError) => void,
): Dispatcher {
  return {
    dispatch,
    close: () => {
      onEnd?.();
      return next.close();
    },
    destroy: (error) => {
      onEnd?.(error ?? new ClosedError('closed while waiting for a retry'));
      next.destroy(error);
    },
  };
}

/**
 * A handler in front of `handler` with an `onReply` and an `onError` of its own, which call those of `handler` as
 * needed. Everything else is passed on to `handler`.
 */
export function wrapHandler(handler: Handler, own: Pick<Handler, 'onReply' | 'onError'>): Handler {
  const { connection } = handler;
  return {
    onReply: (reply) => own.onReply(reply),
    onError: (error) => own.onError(error),
    get isFull() {
      return handler.isFull === true;
    },
    ...(connection === undefined ? {} : { connection }),
    ...(handler.onPartFailed === undefined
      ? {}
      : { onPartFailed: (error: MemcacheError, keys: readonly string[]) => handler.onPartFailed?.(error, keys) }),
  };
}
