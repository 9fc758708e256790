/**
 * Reads from replicas.
 *
 *   get with `replica` 1 ─▶ replica 1 ─ failed ─▶ replica 2 ─ … ─▶ the last error
 *   get, mode on-error ──▶ active node ─ failed, or silent for half of the time ─▶ replica 1 ─ … ─▶ the active node's error
 *
 * A replica may be behind the active copy; a miss on a replica is an answer. Only plain reads go to replicas: no cas, no touch.
 */
import { type Clock, deadlineIn } from '../base/clock.ts';
import { type Command, derive } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { ClosedError, isNodeFailure, type MemcacheError, ServerError } from '../core/errors.ts';
import { type Reply, replyError } from '../core/reply.ts';

/** When gets go to replicas: when they ask for it, or also when the active node fails. */
export type ReplicaMode = 'never' | 'on-error';

class ReplicaRead implements Handler {
  readonly #policy: ReplicaReadPolicy;
  readonly #command: Command;
  readonly #handler: Handler;
  /** The deadline of the whole. */
  readonly #deadline: number;
  #copy: number;
  #firstError: MemcacheError | undefined;

  constructor(policy: ReplicaReadPolicy, command: Command, handler: Handler, deadline: number) {
    this.#policy = policy;
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
    if (isFinal || this.#copy >= this.#policy.replicas) {
      this.#handler.onError(this.#firstError);
      return;
    }
    this.#policy.ask(derive(this.#command, { replica: ++this.#copy, deadline: this.#deadline }), this);
  }
}

/** Sends reads to replicas. */
export class ReplicaReadPolicy implements Dispatcher {
  readonly #next: Dispatcher;
  readonly #router: { readonly replicas: number };
  readonly #mode: ReplicaMode;
  readonly #clock: Clock;

  constructor(next: Dispatcher, router: { readonly replicas: number }, mode: ReplicaMode, clock: Clock) {
    this.#next = next;
    this.#router = router;
    this.#mode = mode;
    this.#clock = clock;
  }

  /** How many replicas there are. */
  get replicas(): number {
    return this.#router.replicas;
  }

  dispatch(command: Command, handler: Handler): void {
    const isRead = command.verb === 'get' && command.keys === undefined && !command.touch && command.meta === undefined;
    if (isRead && command.replica > 0) {
      this.#next.dispatch(command, new ReplicaRead(this, command, handler, command.deadline));
    } else if (isRead && !command.wantCas && this.#mode === 'on-error' && this.replicas > 0) {
      const { deadline } = command;
      const now = this.#clock.now();
      if (deadline > now) command.deadline = deadlineIn(this.#clock, (deadline - now) / 2);
      this.#next.dispatch(command, new ReplicaRead(this, command, handler, deadline));
    } else this.#next.dispatch(command, handler);
  }

  /** Asks one copy. */
  ask(command: Command, handler: Handler): void {
    this.#next.dispatch(command, handler);
  }

  close(): Promise<void> {
    return this.#next.close();
  }

  destroy(error?: MemcacheError): void {
    this.#next.destroy(error);
  }
}
