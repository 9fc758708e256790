/**
 * The commands of a session that are in flight, in order: a list linked by `PendingReply.next`.
 *
 *   [ a  b  c  d ]        load: a command counts 1, a multi-key get as many as it has keys, an admin command more
 *     ▲
 *     head: its reply is written next
 */
import type { Command } from '../core/command.ts';
import type { AdmissionControl } from './admission.ts';
import { type MemoryBudget, largeValueOf } from './memory-budget.ts';
import type { PendingReply } from './pending-reply.ts';

/** The commands of a session in flight, in order. */
export class ReplyQueue {
  head: PendingReply | undefined = undefined;
  #tail: PendingReply | undefined = undefined;
  /** The load of all commands together. */
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

  /** Removes the head. */
  shift(): void {
    const pending = this.head as PendingReply;
    this.head = pending.next;
    if (this.head === undefined) this.#tail = undefined;
    pending.next = undefined;
    this.load -= weigh(pending.command);
    this.#admission?.leave(weighShared(pending.command));
  }

  /** Copies the borrowed texts of waiting replies. */
  makeOwned(): void {
    for (let pending = this.head; pending !== undefined; pending = pending.next) pending.held?.makeOwned();
  }

  /**
   * Removes all entries; their commands are cancelled, and later replies to them are ignored. Their bytes in the memory
   * budget are released.
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

/** The cost of `stats`, in gets: some 90 lines, and in a proxy as many of every node. */
const administratorsWeight = 32;

/** The load of a command. */
export function weigh({ keys, verb }: Command): number {
  if (keys !== undefined) return keys.length;
  return verb === 'stats' || verb === 'admin' ? administratorsWeight : 1;
}

/**
 * The maximum number of keys of one get in flight at once, where a get is split: a get of any length counts at most
 * this much in admission control.
 */
export const maxKeysInFlight: number = 1000;

/** The load of a command in admission control. */
function weighShared(command: Command): number {
  return Math.min(weigh(command), maxKeysInFlight);
}
