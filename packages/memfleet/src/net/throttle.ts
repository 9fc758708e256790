/**
 * How many commands all sessions together may have decoded and not answered yet. Who comes while it is full keeps its bytes, which are far fewer than commands, and is
 * read when there is room, first come first served.
 *
 *   chunk ─ room ─▶ decoded: commands count until they are answered
 *         └ full ─▶ kept as it is ─ end of a turn in which it is less than three quarters full ─▶ decoded
 *
 *   full = so many commands are under way:   wave ─ somebody waits though the processor has time, or nothing is answered ─▶ a wave more … limit
 *                                             ▲                                                                                          │
 *                                             └─ a wave less … ◀─ the processor has enough to do, and nodes answer ◀─────────────────────┘
 *
 * The limit keeps thousands of clients that pipeline from filling the memory with commands. The wave keeps what is under way in the processor's cache where the processor is what
 * limits us: 500 clients with 32 gets each get 10 % more answers a second than when all 16 000 are decoded at once.
 */
import { type Clock, processTime, type Timer, type WorkTime } from '../base/clock.ts';

/** One that waits for room. */
export interface ThrottleGuest {
  /** There is room now. */
  onRoom(): void;
}

/** How a throttle is made. Counts are commands; a get of many keys counts as many as are under way at once. */
export interface ThrottleOptions {
  /** Never more are under way. */
  readonly limit: number;
  /** So many may be while the processor has enough to do. @default the limit */
  readonly wave?: number | undefined;
  readonly clock: Clock;
  /** @default the real one */
  readonly workTime?: (() => WorkTime) | undefined;
}

/** Bytes of a chunk that is decoded at once unless the limit is reached. */
const fewCommands = 256;
/** How often it is looked whether a wave more may come, in ms. */
const lookEvery = 2;
/** The share of its time that the processor works when it has enough to do. */
const busyShare = 0.75;

/** See the head of this file. */
export class Throttle {
  readonly #limit: number;
  readonly #wave: number;
  readonly #clock: Clock;
  readonly #workTime: () => WorkTime;
  readonly #waiting = new Set<ThrottleGuest>();
  #used = 0;
  #allowed: number;
  #isScheduled = false;
  #look: Timer | undefined;
  /** Has anything been answered since the last look? */
  #hasProgress = false;
  #lastLook: WorkTime = { all: 0, worked: 0 };

  constructor(options: ThrottleOptions) {
    this.#limit = options.limit;
    this.#wave = Math.min(options.wave ?? options.limit, options.limit);
    this.#clock = options.clock;
    this.#workTime = options.workTime ?? processTime;
    this.#allowed = this.#wave;
  }

  /** Commands that count now. */
  get used(): number {
    return this.#used;
  }

  /** Who waits now may wait for long. */
  get isAtLimit(): boolean {
    return this.#used >= this.#limit;
  }

  /** Must a chunk of so many bytes wait? One that can hold no more than a few commands only at the limit: to wait would cost more than it saves. */
  mustWait(bytes: number): boolean {
    return this.#used >= (bytes > fewCommands ? this.#allowed : this.#limit);
  }

  enter(count: number): void {
    this.#used += count;
  }

  leave(count: number): void {
    this.#used -= count;
    if (this.#waiting.size > 0) {
      this.#hasProgress = true;
      if (!this.#isScheduled && this.#hasRoom()) this.#admitLater();
    } else if (this.#allowed > this.#wave && this.#used < this.#wave) this.#allowed = this.#wave;
  }

  /** `onRoom` will be called, once. */
  wait(guest: ThrottleGuest): void {
    this.#waiting.add(guest);
    if (this.#wave < this.#limit && this.#look === undefined) this.#lookLater();
  }

  /** Gives up waiting. */
  withdraw(guest: ThrottleGuest): void {
    this.#waiting.delete(guest);
  }

  #hasRoom(): boolean {
    return this.#used < this.#allowed * 0.75;
  }

  /** Not at once: somebody is in the middle of an answer, with the memory that all sessions write with. */
  #admitLater(): void {
    this.#isScheduled = true;
    this.#clock.afterTurn(() => {
      this.#isScheduled = false;
      this.#admit();
    });
  }

  #admit(): void {
    for (const guest of this.#waiting) {
      if (this.#used >= this.#allowed) return;
      this.#waiting.delete(guest);
      guest.onRoom();
    }
  }

  #lookLater(): void {
    this.#hasProgress = false;
    this.#lastLook = this.#workTime();
    this.#look = this.#clock.setTimer(lookEvery, () => this.#grow(), false);
  }

  #grow(): void {
    this.#look = undefined;
    if (this.#waiting.size === 0) return;
    const { all, worked } = this.#workTime();
    const isBusy = worked - this.#lastLook.worked > (all - this.#lastLook.all) * busyShare;
    const isEnough = isBusy && this.#hasProgress;
    this.#allowed = isEnough
      ? Math.max(this.#wave, this.#allowed - this.#wave)
      : Math.min(this.#limit, this.#allowed + this.#wave);
    if (!isEnough) this.#admit();
    if (this.#waiting.size > 0) this.#lookLater();
  }
}
