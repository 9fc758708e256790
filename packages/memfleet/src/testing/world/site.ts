/** Where a process is in a simulated network. */
import type { Owner } from './agenda.ts';

/** One life of a process at a place. */
export interface Site {
  readonly name: string;
  readonly owner: Owner;
  /** Its kernel: stands still as the process does, and is there after its end. */
  readonly kernel: Owner;
  readonly machine: Machine;
}

/** A place of the network. */
export interface Machine {
  /** It has no power: nothing is received, and nobody is told. */
  isDark: boolean;
  /** What arrived in the dark, and is sent again when there is power. */
  readonly stuck: (() => void)[];
}

/** How a process ends: its kernel resets its connections, or ends them, or the power fails. */
export type Death = 'reset' | 'end' | 'silent';

/** The kernel of a process: it stands still as the process does, and answers for it after its end. */
export class Kernel implements Owner {
  readonly isGone = false;
  readonly #owner: Owner;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  get standsStillUntil(): number {
    return this.#owner.isGone ? 0 : this.#owner.standsStillUntil;
  }
}
