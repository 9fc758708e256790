/**
 * When the commands that a connection has collected are written.
 *
 *   afterTurn    command ─▶ end of the turn ─▶ flush
 *   microtask    command ─▶ microtask ─ no other connection in the fleet, nothing in flight, or many ─▶ flush
 *                                     ├ else: other nodes' reads may bring more in this turn ─▶ its end ─▶ flush
 *                                     └ after a long silence: the node's end may have come ─▶ end of the turn ─▶ flush
 *
 *   read of one ─▶ promises ─▶ commands for all nodes: a small batch each ─┐
 *   read of the next ─▶ …                                                 ├─ end of the turn ─▶ ONE write a connection
 *   read of the next ─▶ …                                                 ┘
 *
 * A process that was stopped (SIGSTOP, a suspended machine, a loop held up) finds its timers due before it reads that a
 * node has closed the connection meanwhile. What is written then is lost, and nobody knows whether it was done.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import { inMicrotask } from '../base/real-time.ts';
import type { Pending } from './pending.ts';

/**
 * So many commands are worth a write before the turn ends. Waiting saves writes to several nodes; to let any number
 * wait leaves the nodes without work (docs/performance.md, "small batches").
 */
const many = 32;

/**
 * How many connections one fleet has, in whatever state. Where there are several, what one read brings is followed by
 * commands for all of them.
 */
export class FlushGroup {
  #size = 0;

  /** There is one more from now on. */
  enter(): void {
    this.#size++;
  }

  /** One has ended. */
  leave(): void {
    this.#size--;
  }

  /** There is one at most. */
  get isAlone(): boolean {
    return this.#size < 2;
  }
}

/** How it is set up. */
export interface FlushScheduleOptions {
  readonly mode: 'microtask' | 'afterTurn';
  readonly clock: Clock;
  /** Undefined: there is no other connection. */
  readonly group: FlushGroup | undefined;
  readonly pending: Pick<Pending, 'length' | 'unwritten'>;
  /** Has nothing been written for long? */
  readonly isSilent: () => boolean;
  readonly flush: () => void;
}

/** Decides when the collected commands of a connection are written. */
export class FlushSchedule {
  readonly #options: FlushScheduleOptions;
  readonly #flush: () => void;
  readonly #decide: () => void;
  #isScheduled = false;

  constructor(options: FlushScheduleOptions) {
    const { clock, group, isSilent, flush } = options;
    this.#options = options;
    group?.enter();
    this.#flush = () => {
      this.#isScheduled = false;
      flush();
    };
    this.#decide = () => {
      // The real loop, whatever the clock: it is what reads.
      if (isSilent()) systemClock.afterTurn(this.#flush);
      else if (group === undefined || group.isAlone || this.#isWorthIt()) this.#flush();
      else clock.afterTurn(this.#flush);
    };
  }

  /** There is something to write. */
  request(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#options.mode === 'microtask') inMicrotask(this.#decide);
    else this.#options.clock.afterTurn(this.#flush);
  }

  /** The connection is not open any more. Once. */
  end(): void {
    this.#options.group?.leave();
  }

  #isWorthIt(): boolean {
    const { length, unwritten } = this.#options.pending;
    return unwritten === length || unwritten >= many;
  }
}
