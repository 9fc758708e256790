/**
 * Reads from replicas.
 *
 *   get with `replica` 1 ─▶ replica 1 ─ failed ─▶ replica 2 ─ … ─▶ the last error
 *   get, mode on-error ──▶ active node ─ failed, or half of the time is over ─▶ replica 1 ─ … ─▶ the active's error
 *
 * A replica may lag behind the active copy; a miss on a replica is a valid reply. Only plain reads go to replicas: no
 * cas, no touch.
 */
import { type Clock, deadlineIn } from '../base/clock.ts';
import { type Command, derive } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../core/dispatcher.ts';
import { ClosedError, isNodeFailure, type MemcacheError, ServerError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';

/** When gets go to replicas: when they request it, or also when the active node fails. */
export type ReplicaMode = 'never' | 'on-error';

/** Returns the number of replicas of each vBucket. */
interface Replicas {
  readonly replicas: number;
}

class ReplicaRead implements Handler {
  readonly #next: Dispatcher;
  readonly #bucket: Replicas;
  readonly #command: Command;
  readonly #handler: Handler;
  /** The deadline of the whole read. */
  readonly #deadline: number;
  #copy: number;
  #firstError: MemcacheError | undefined;

  constructor(next: Dispatcher, bucket: Replicas, command: Command, handler: Handler, deadline: number) {
    this.#next = next;
    this.#bucket = bucket;
    this.#command = command;
    this.#handler = handler;
    this.#deadline = deadline;
    this.#copy = command.replica;
  }

  onReply(reply: Reply): void {
    if (reply.status === 'error') this.onError(replyError(reply));
    else this.#handler.onReply(reply);
  }

  onError(error: MemcacheError): void {
    this.#firstError ??= error;
    const mayBeElsewhere = isNodeFailure(error) || error instanceof ServerError;
    const isFinal = this.#command.cancelled || error instanceof ClosedError || !mayBeElsewhere;
    if (isFinal || this.#copy >= this.#bucket.replicas) {
      this.#handler.onError(this.#firstError);
      return;
    }
    this.#next.dispatch(derive(this.#command, { replica: ++this.#copy, deadline: this.#deadline }), this);
  }
}

/** Sends reads to replicas. */
export function replicaReadPolicy(next: Dispatcher, bucket: Replicas, mode: ReplicaMode, clock: Clock): Dispatcher {
  return wrap(next, (command, handler) => {
    const isRead = command.verb === 'get' && command.keys === undefined && !command.touch && command.meta === undefined;
    if (isRead && command.replica > 0) {
      next.dispatch(command, new ReplicaRead(next, bucket, command, handler, command.deadline));
    } else if (isRead && !command.wantCas && mode === 'on-error' && bucket.replicas > 0) {
      const { deadline } = command;
      const now = clock.now();
      if (deadline > now) command.deadline = deadlineIn(clock, (deadline - now) / 2);
      next.dispatch(command, new ReplicaRead(next, bucket, command, handler, deadline));
    } else next.dispatch(command, handler);
  });
}
