/**
 * The commands of a session that are under way, in order: a list that hangs together by `Slot.next`.
 *
 *   [ a  b  c  d ]        load: a command counts 1, a multi-key get as many as it has keys
 *     ▲
 *     head: whose answer goes out next
 */
import type { Command } from '../command.ts';
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
    const weight = weigh(slot.command);
    this.load += weight;
    this.#throttle?.enter(weight);
  }

  /** Takes the head out. */
  shift(): void {
    const slot = this.head as Slot;
    this.head = slot.next;
    if (this.head === undefined) this.#tail = undefined;
    slot.next = undefined;
    const weight = weigh(slot.command);
    this.load -= weight;
    this.#throttle?.leave(weight);
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

/** What a command counts. */
export function weigh(command: Command): number {
  return command.keys === undefined ? 1 : command.keys.length;
}
