/**
 * The commands of a session that are under way, in order: a list that hangs together by `Slot.next`.
 *
 *   [ a  b  c  d ]        load: a command counts 1, a multi-key get as many as it has keys, what an administrator asks more
 *     ▲
 *     head: whose answer goes out next
 */
import type { Command } from '../core/command.ts';
import { type Intake, largeValueOf } from './intake.ts';
import type { Slot } from './slot.ts';
import type { Throttle } from './throttle.ts';

/** See the head of this file. */
export class SlotQueue {
  head: Slot | undefined = undefined;
  #tail: Slot | undefined = undefined;
  /** What all slots together count. */
  load = 0;
  readonly #throttle: Throttle | undefined;

  constructor(throttle: Throttle | undefined) {
    this.#throttle = throttle;
  }

  push(slot: Slot): void {
    if (this.#tail === undefined) this.head = slot;
    else this.#tail.next = slot;
    this.#tail = slot;
    this.load += weigh(slot.command);
    this.#throttle?.enter(weighShared(slot.command));
  }

  /** Takes the head out. */
  shift(): void {
    const slot = this.head as Slot;
    this.head = slot.next;
    if (this.head === undefined) this.#tail = undefined;
    slot.next = undefined;
    this.load -= weigh(slot.command);
    this.#throttle?.leave(weighShared(slot.command));
  }

  /** Answers that wait give back what they were cut out of. */
  ownAnswers(): void {
    for (let slot = this.head; slot !== undefined; slot = slot.next) slot.held?.own();
  }

  /** Takes all out; their commands are cancelled and whoever answers them is not heard. What `intake` counts for them is free. */
  drop(intake: Intake): void {
    for (let slot = this.head; slot !== undefined; slot = this.head) {
      this.shift();
      if (slot.state !== 'done') intake.leave(largeValueOf(slot.command));
      slot.state = 'done';
      slot.command.cancelled = true;
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

/** Keys of one get that are under way at once at most, where it is taken apart: so much it counts for all sessions together, however long it is. */
export const maxKeysUnderWay: number = 1000;

/** What a command counts for all sessions together. */
export function weighShared(command: Command): number {
  return Math.min(weigh(command), maxKeysUnderWay);
}
