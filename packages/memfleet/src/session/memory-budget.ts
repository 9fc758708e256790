/**
 * Bounds the memory of the large values that all sessions together are receiving or executing. Values of usual size are
 * not counted.
 *
 *   a data block begins ─ there is room ─▶ received ─▶ executed ─▶ replied: its bytes are free
 *                       └ there is none ─▶ its session is not read until there is, first come first served
 *
 * One value is always admitted, however large.
 */
import type { Command } from '../core/command.ts';

/** Values above this length (bytes) are counted: the decoders give them a buffer of their own. */
const largeValue = 64 * 1024;

/** The bytes that the memory budget counts for a command. */
export function largeValueOf(command: Command): number {
  const { value } = command;
  return typeof value !== 'string' && value.length > largeValue ? value.length : 0;
}

/** A session that waits to receive a large value. */
export interface BudgetWaiter {
  /** Called when there is room. */
  onAdmitted(): void;
}

/** Limits the bytes of large values that all sessions together receive or execute. */
export class MemoryBudget {
  readonly #limit: number;
  readonly #waiting = new Map<BudgetWaiter, number>();
  #used = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The number of bytes that are counted now. */
  get used(): number {
    return this.#used;
  }

  /** Requests room. False: there is none now; `onAdmitted` will be called, and the bytes are counted then. */
  enter(waiter: BudgetWaiter, bytes: number): boolean {
    if (this.#waiting.size === 0 && this.#fits(bytes)) {
      this.#used += bytes;
      return true;
    }
    this.#waiting.set(waiter, bytes);
    return false;
  }

  /** Stops waiting. */
  withdraw(waiter: BudgetWaiter): void {
    this.#waiting.delete(waiter);
  }

  /** Counts bytes that have been received, whether there is room or not. */
  add(bytes: number): void {
    this.#used += bytes;
  }

  /** Returns room. */
  leave(bytes: number): void {
    if (bytes === 0) return;
    this.#used -= bytes;
    for (const [waiter, wanted] of this.#waiting) {
      if (!this.#fits(wanted)) return;
      this.#waiting.delete(waiter);
      this.#used += wanted;
      waiter.onAdmitted();
    }
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }
}

/** The large value that one session is receiving. */
export class Reservation implements BudgetWaiter {
  readonly #budget: MemoryBudget;
  readonly #onAdmitted: () => void;
  #state: 'none' | 'waiting' | 'admitted' = 'none';
  #bytes = 0;

  constructor(budget: MemoryBudget, onAdmitted: () => void) {
    this.#budget = budget;
    this.#onAdmitted = onAdmitted;
  }

  /** `waiting`: the session must not be read. */
  get state(): 'none' | 'waiting' | 'admitted' {
    return this.#state;
  }

  /** Reserves room for the rest of a value that is being received. */
  begin(bytes: number): void {
    if (this.#state !== 'none') return;
    this.#bytes = bytes;
    this.#state = this.#budget.enter(this, bytes) ? 'admitted' : 'waiting';
  }

  /** The value is complete, or will never be. */
  end(): void {
    if (this.#state === 'waiting') this.#budget.withdraw(this);
    else if (this.#state === 'admitted') this.#budget.leave(this.#bytes);
    this.#state = 'none';
  }

  onAdmitted(): void {
    this.#state = 'admitted';
    this.#onAdmitted();
  }
}
