/**
 * When the commands that a connection has collected are written.
 *
 *   afterTurn    command ─▶ end of the turn ─▶ flush
 *   microtask    command ─▶ microtask ─ no other connection in the fleet, nothing in flight, or many ─▶ flush
 *                                     ├ else: other nodes' reads may bring more ─▶ end of the turn ─▶ flush
 *                                     └ after a long idle time: the node may have closed ─▶ end of the turn ─▶ flush
 *
 *   read of one ─▶ promises ─▶ commands for all nodes: a small batch each ─┐
 *   read of the next ─▶ …                                                 ├─ end of the turn ─▶ ONE write a connection
 *   read of the next ─▶ …                                                 ┘
 *
 * A process that was stopped (SIGSTOP, a suspended machine, a blocked event loop) runs its due timers before it reads
 * that a node has closed the connection meanwhile. Commands written then are lost, and it is unknown whether they were
 * executed.
 */
import { type Clock, systemLoop } from '../base/clock.ts';
import { inMicrotask } from '../base/real-time.ts';
import type { Pending } from './pending.ts';

/**
 * The number of commands that are written before the turn ends. Waiting saves writes to several nodes; an unlimited
 * batch would leave the nodes idle (docs/performance.md, "small batches").
 */
const many = 32;

/**
 * The number of connections of one fleet, in any state. Where there are several, a read from one is followed by
 * commands for all of them.
 */
export class FlushGroup {
  #size = 0;

  /** A connection was added. */
  enter(): void {
    this.#size++;
  }

  /** A connection has ended. */
  leave(): void {
    this.#size--;
  }

  /** Whether there is one connection at most. */
  get isAlone(): boolean {
    return this.#size < 2;
  }
}

/** The options of `FlushSchedule`. */
export interface FlushScheduleOptions {
  readonly mode: 'microtask' | 'afterTurn';
  readonly clock: Clock;
  /** The connections of the fleet; undefined = there is no other connection. */
  readonly group: FlushGroup | undefined;
  readonly pending: Pick<Pending, 'length' | 'unwritten'>;
  /** Whether nothing was written for a long time. */
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
    const { loop = systemLoop } = clock;
    this.#decide = () => {
      // The loop, also where a test moves the clock: it reads the sockets.
      if (isSilent()) loop.afterTurn(this.#flush);
      else if (group === undefined || group.isAlone || this.#isWorthIt()) this.#flush();
      else clock.afterTurn(this.#flush);
    };
  }

  /** Commands were collected. */
  request(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#options.mode === 'microtask') inMicrotask(this.#decide);
    else this.#options.clock.afterTurn(this.#flush);
  }

  /** The connection is not open any more. Called once. */
  end(): void {
    this.#options.group?.leave();
  }

  #isWorthIt(): boolean {
    const { length, unwritten } = this.#options.pending;
    return unwritten === length || unwritten >= many;
  }
}
