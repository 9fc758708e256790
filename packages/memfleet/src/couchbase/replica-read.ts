/**
 * Reads from replicas.
 *
 *   get with `replica` 1 ─▶ replica 1 ─ failed, or its share of the time is over ─▶ replica 2 ─ … ─▶ the first error
 *   get with `anyCopy` ──▶ all copies at once (any-copy.ts)
 *   get, mode on-error ──▶ active node ─ failed, or half of the time is over ─▶ replica 1 ─ … ─▶ the active's error
 *
 * Replicas on near nodes are asked first (vbucket-locator.ts). Each replica has an equal share of the time that is
 * left, the last one all of it. A replica may lag behind the active copy; a miss on a replica is a valid reply. Only
 * plain reads go to replicas: no cas, no touch.
 */
import { type Clock, deadlineIn, hasPassed } from '../base/clock.ts';
import { anyCopy, type Command, derive } from '../core/command.ts';
import { type Dispatcher, type Handler, wrap } from '../core/dispatcher.ts';
import { ClosedError, isNodeFailure, type MemcacheError, ServerError, UnsupportedError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';
import { AnyCopyRead, type Copies } from './any-copy.ts';

/** When gets go to replicas: when they request it, or also when the active node fails. */
export type ReplicaMode = 'never' | 'on-error';

class ReplicaRead implements Handler {
  readonly #next: Dispatcher;
  readonly #bucket: Copies;
  readonly #command: Command;
  readonly #handler: Handler;
  /** The deadline of the whole read. */
  readonly #deadline: number;
  readonly #clock: Clock;
  #copy: number;
  #firstError: MemcacheError | undefined;

  constructor(next: Dispatcher, bucket: Copies, command: Command, handler: Handler, deadline: number, clock: Clock) {
    this.#clock = clock;
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
    const isOver = hasPassed(this.#deadline, this.#clock);
    const isFinal = isOver || this.#command.cancelled || error instanceof ClosedError || !mayBeElsewhere;
    if (isFinal || this.#copy >= this.#bucket.replicas) {
      this.#handler.onError(this.#bucket.isSingle && this.#copy > 0 ? noReplicasError() : this.#firstError);
      return;
    }
    this.send(this.#copy + 1);
  }

  /** Asks a replica: the i-th, from 1. */
  send(copy: number): void {
    this.#copy = copy;
    this.#next.dispatch(derive(this.#command, { replica: copy, deadline: this.#share() }), this);
  }

  /** The deadline of this copy. */
  #share(): number {
    const left = this.#bucket.replicas - this.#copy + 1;
    if (this.#deadline === 0 || left <= 1) return this.#deadline;
    return deadlineIn(this.#clock, Math.max(0, this.#deadline - this.#clock.now()) / left);
  }
}

function noReplicasError(): UnsupportedError {
  return new UnsupportedError('a memcached-type bucket keeps one copy of each item: it has no replicas');
}

/** Sends reads to replicas. */
export function replicaReadPolicy(next: Dispatcher, bucket: Copies, mode: ReplicaMode, clock: Clock): Dispatcher {
  return wrap(next, (command, handler) => {
    const isRead = command.verb === 'get' && command.keys === undefined && !command.touch && command.meta === undefined;
    if (isRead && command.replica === anyCopy) new AnyCopyRead(next, bucket, command, handler, clock).send();
    else if (isRead && command.replica > 0) {
      new ReplicaRead(next, bucket, command, handler, command.deadline, clock).send(command.replica);
    } else if (isRead && !command.wantCas && mode === 'on-error' && bucket.replicas > 0) {
      const { deadline } = command;
      const now = clock.now();
      if (deadline > now) command.deadline = deadlineIn(clock, (deadline - now) / 2);
      next.dispatch(command, new ReplicaRead(next, bucket, command, handler, deadline, clock));
    } else next.dispatch(command, handler);
  });
}
