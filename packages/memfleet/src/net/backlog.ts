import { Fifo } from '../base/fifo.ts';
import type { Command } from '../command.ts';
import { type Intake, largeValueOf } from './intake.ts';
import { weighShared } from './slot-queue.ts';
import type { Throttle } from './throttle.ts';

/** Commands of one session that were decoded and wait for one of its bounds. */
export class Backlog {
  readonly #queue = new Fifo<Command>();
  readonly #throttle: Throttle | undefined;
  #weight = 0;
  #isCounted = true;

  constructor(throttle: Throttle | undefined) {
    this.#throttle = throttle;
  }

  get length(): number {
    return this.#queue.length;
  }

  push(command: Command): void {
    this.#queue.push(command);
    this.#weigh(weighShared(command));
  }

  shift(): Command | undefined {
    const command = this.#queue.shift();
    if (command !== undefined) this.#weigh(-weighShared(command));
    return command;
  }

  /** False while the client does not read its answers: what it waits for must not keep the others from being read. */
  count(isCounted: boolean): void {
    if (this.#isCounted === isCounted) return;
    this.#isCounted = isCounted;
    if (isCounted) this.#throttle?.enter(this.#weight);
    else this.#throttle?.leave(this.#weight);
  }

  /** Forgets all. What `intake` counts for them is free. */
  clear(intake: Intake): void {
    for (let command = this.shift(); command !== undefined; command = this.shift()) intake.leave(largeValueOf(command));
  }

  #weigh(weight: number): void {
    this.#weight += weight;
    if (!this.#isCounted) return;
    if (weight > 0) this.#throttle?.enter(weight);
    else this.#throttle?.leave(-weight);
  }
}
