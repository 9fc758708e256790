/**
 * How much the large values may take that all sessions together are receiving or have under way. Values of usual size are not counted.
 *
 *   a data block begins ─ there is room ─▶ received ─▶ executed ─▶ answered: its bytes are free
 *                       └ there is none ─▶ its session is not read until there is, first come first served
 *
 * One value is always let in, however large.
 */
import type { Command } from '../core/command.ts';

/** Values above this length (bytes) are counted: the decoders give them a buffer of their own. */
const largeValue = 64 * 1024;

/** What the intake counts for a command. */
export function largeValueOf(command: Command): number {
  const { value } = command;
  return typeof value !== 'string' && value.length > largeValue ? value.length : 0;
}

/** One that wants to receive a large value. */
export interface IntakeGuest {
  /** There is room now. */
  onAdmitted(): void;
}

/** See the head of this file. */
export class Intake {
  readonly #limit: number;
  readonly #waiting = new Map<IntakeGuest, number>();
  #used = 0;

  /** `limit` in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that are counted now. */
  get used(): number {
    return this.#used;
  }

  /** Asks for room. False: there is none now; `onAdmitted` will be called, and the bytes are counted then. */
  enter(guest: IntakeGuest, bytes: number): boolean {
    if (this.#waiting.size === 0 && this.#fits(bytes)) {
      this.#used += bytes;
      return true;
    }
    this.#waiting.set(guest, bytes);
    return false;
  }

  /** Gives up waiting. */
  withdraw(guest: IntakeGuest): void {
    this.#waiting.delete(guest);
  }

  /** Counts bytes that are here whether there is room or not. */
  add(bytes: number): void {
    this.#used += bytes;
  }

  /** Gives room back. */
  leave(bytes: number): void {
    if (bytes === 0) return;
    this.#used -= bytes;
    for (const [guest, wanted] of this.#waiting) {
      if (!this.#fits(wanted)) return;
      this.#waiting.delete(guest);
      this.#used += wanted;
      guest.onAdmitted();
    }
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#limit;
  }
}

/** The large value that one session is receiving. */
export class Reception implements IntakeGuest {
  readonly #intake: Intake;
  readonly #onAdmitted: () => void;
  #state: 'none' | 'waiting' | 'admitted' = 'none';
  #bytes = 0;

  constructor(intake: Intake, onAdmitted: () => void) {
    this.#intake = intake;
    this.#onAdmitted = onAdmitted;
  }

  /** `waiting`: not to be read on. */
  get state(): 'none' | 'waiting' | 'admitted' {
    return this.#state;
  }

  /** A value is under way of which so many bytes are still to come. */
  begin(bytes: number): void {
    if (this.#state !== 'none') return;
    this.#bytes = bytes;
    this.#state = this.#intake.enter(this, bytes) ? 'admitted' : 'waiting';
  }

  /** It is here, or will never be. */
  end(): void {
    if (this.#state === 'waiting') this.#intake.withdraw(this);
    else if (this.#state === 'admitted') this.#intake.leave(this.#bytes);
    this.#state = 'none';
  }

  onAdmitted(): void {
    this.#state = 'admitted';
    this.#onAdmitted();
  }
}
