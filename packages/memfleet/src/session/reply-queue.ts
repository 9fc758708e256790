/**
 * The commands of a session that are in flight, in order: a list that hangs together by `PendingReply.next`.
 *
 *   [ a  b  c  d ]        load: a command counts 1, a multi-key get as many as it has keys, an admin command more
 *     ▲
 *     head: whose answer goes out next
 */
import type { Command } from '../core/command.ts';
import type { AdmissionControl } from './admission.ts';
import { type MemoryBudget, largeValueOf } from './memory-budget.ts';
import type { PendingReply } from './pending-reply.ts';

/** The commands of a session in flight, in order. */
export class ReplyQueue {
  head: PendingReply | undefined = undefined;
  #tail: PendingReply | undefined = undefined;
  /** What all replies together count. */
  load = 0;
  readonly #admission: AdmissionControl | undefined;

  constructor(admission: AdmissionControl | undefined) {
    this.#admission = admission;
  }

  push(pending: PendingReply): void {
    if (this.#tail === undefined) this.head = pending;
    else this.#tail.next = pending;
    this.#tail = pending;
    this.load += weigh(pending.command);
    this.#admission?.enter(weighShared(pending.command));
  }

  /** Takes the head out. */
  shift(): void {
    const pending = this.head as PendingReply;
    this.head = pending.next;
    if (this.head === undefined) this.#tail = undefined;
    pending.next = undefined;
    this.load -= weigh(pending.command);
    this.#admission?.leave(weighShared(pending.command));
  }

  /** Answers that wait give back what they were cut out of. */
  ownReplies(): void {
    for (let pending = this.head; pending !== undefined; pending = pending.next) pending.held?.own();
  }

  /**
   * Takes all out; their commands are cancelled and whoever answers them is not heard. What the memory budget counts
   * for them is free.
   */
  drop(budget: MemoryBudget): void {
    for (let pending = this.head; pending !== undefined; pending = this.head) {
      this.shift();
      if (pending.state !== 'done') budget.leave(largeValueOf(pending.command));
      pending.state = 'done';
      pending.command.cancelled = true;
    }
  }
}

/** What `stats` costs, in gets: some 90 lines, and in a proxy as many of every node. */
const administratorsWeight = 32;

/** What a command counts. */
export function weigh({ keys, verb }: Command): number {
  if (keys !== undefined) return keys.length;
  return verb === 'stats' || verb === 'admin' ? administratorsWeight : 1;
}

/**
 * Keys of one get that are in flight at once at most, where it is taken apart: so much it counts for all sessions
 * together, however long it is.
 */
export const maxKeysInFlight: number = 1000;

/** What a command counts for all sessions together. */
export function weighShared(command: Command): number {
  return Math.min(weigh(command), maxKeysInFlight);
}
