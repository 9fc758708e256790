/**
 * How many commands all sessions together may have decoded and not answered yet, so that thousands of clients that pipeline do not fill the memory with
 * commands: who comes while it is full keeps its bytes, which are far fewer, and is not read until there is room again, first come first served.
 *
 *   chunk ─ room ─▶ decoded: commands count until they are answered
 *         └ full ─▶ kept as it is ─ end of a turn in which it is less than three quarters full ─▶ decoded
 */
import type { Clock } from '../base/clock.ts';

/** One that waits for room. */
export interface ThrottleGuest {
  /** There is room now. */
  onRoom(): void;
}

/** See the head of this file. */
export class Throttle {
  readonly #limit: number;
  readonly #clock: Clock;
  readonly #waiting = new Set<ThrottleGuest>();
  #used = 0;
  #isScheduled = false;

  /** `limit` in commands; a get of many keys counts as many as are under way at once. */
  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Commands that count now. */
  get used(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.#used >= this.#limit;
  }

  enter(count: number): void {
    this.#used += count;
  }

  leave(count: number): void {
    this.#used -= count;
    if (this.#waiting.size > 0 && !this.#isScheduled && this.#hasRoom()) this.#admitLater();
  }

  /** `onRoom` will be called, once. */
  wait(guest: ThrottleGuest): void {
    this.#waiting.add(guest);
  }

  /** Gives up waiting. */
  withdraw(guest: ThrottleGuest): void {
    this.#waiting.delete(guest);
  }

  #hasRoom(): boolean {
    return this.#used < this.#limit * 0.75;
  }

  /** Not at once: somebody is in the middle of an answer, with the memory that all sessions write with. */
  #admitLater(): void {
    this.#isScheduled = true;
    this.#clock.afterTurn(() => {
      this.#isScheduled = false;
      for (const guest of this.#waiting) {
        if (this.isFull) return;
        this.#waiting.delete(guest);
        guest.onRoom();
      }
    });
  }
}
