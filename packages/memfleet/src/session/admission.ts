/**
 * How many commands all sessions together may have decoded and not answered yet. A chunk that comes while it is full is kept as it is: its bytes are far fewer than its
 * commands.
 *
 *   chunk ─ room, and nobody waits ─▶ decoded: commands count until they are answered
 *         └ full ─▶ kept, first come first served ─ end of a turn in which it is less than three quarters full ─▶ decoded
 *
 *   full = so many commands are in flight:   two waves ─ then somebody waits ─▶ wave ─ nobody who waits got in, or the event loop has time ─▶ a wave more … limit
 *                                                                                ▲                                                                       │
 *                                                                                └─ a wave less … ◀─ who waits gets in, and the event loop is busy ◀─────┘
 *
 * The limit keeps thousands of clients that pipeline from filling the memory with commands. The wave keeps what is in flight in the processor's cache where the processor is what
 * limits us: many pipelining clients then get more replies a second than when everything is decoded at once (docs/performance.md, "admission wave"). Chunks of a few commands are decoded at once up to the
 * limit: to wait would cost more than it saves.
 */
import { type Clock, loopTime, type LoopTime, type Timer } from '../base/clock.ts';

/** One that waits for room. */
export interface AdmissionWaiter {
  /** There is room now. */
  onRoom(): void;
}

/** How admission control is configured. Counts are commands; a get of many keys counts as many as are in flight at once. */
export interface AdmissionOptions {
  /** Never more are in flight. */
  readonly limit: number;
  /** So many may be while somebody waits and the event loop is busy. @default the limit */
  readonly wave?: number | undefined;
  readonly clock: Clock;
  /** @default the real one */
  readonly loopTime?: (() => LoopTime) | undefined;
}

/** Bytes of a chunk that is decoded at once unless the limit is reached. */
const fewCommands = 256;
/** How often it is looked whether a wave more may come, in ms. */
const lookEvery = 5;
/** The share of its time that a busy event loop works. */
const busyShare = 0.75;

/** Limits the commands that all sessions together have decoded and not answered. */
export class AdmissionControl {
  readonly #limit: number;
  readonly #wave: number;
  /** With fewer in flight nobody has to wait while nobody waits. */
  readonly #start: number;
  readonly #clock: Clock;
  readonly #loopTime: () => LoopTime;
  readonly #waiting = new Set<AdmissionWaiter>();
  #used = 0;
  #allowed: number;
  #isScheduled = false;
  #look: Timer | undefined;
  /** Has anybody who waited got in since the last look? */
  #hasAdmitted = false;
  #lastLook: LoopTime = { all: 0, worked: 0 };

  constructor(options: AdmissionOptions) {
    this.#limit = options.limit;
    this.#wave = Math.min(options.wave ?? options.limit, options.limit);
    this.#start = Math.min(this.#wave * 2, options.limit);
    this.#clock = options.clock;
    this.#loopTime = options.loopTime ?? loopTime;
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

  /** Must a chunk of so many bytes wait? */
  mustWait(bytes: number): boolean {
    if (bytes > fewCommands) return this.#waiting.size > 0 || this.#used >= Math.max(this.#allowed, this.#start);
    return this.isAtLimit || (this.#allowed === this.#limit && this.#waiting.size > 0);
  }

  enter(count: number): void {
    this.#used += count;
  }

  leave(count: number): void {
    this.#used -= count;
    if (this.#waiting.size > 0) {
      if (!this.#isScheduled && this.#used < this.#allowed * 0.75) this.#admitLater();
    } else if (this.#allowed > this.#wave && this.#used < this.#wave) this.#allowed = this.#wave;
  }

  /** `onRoom` will be called, once. */
  wait(waiter: AdmissionWaiter): void {
    this.#waiting.add(waiter);
    if (this.#look === undefined) this.#lookLater();
  }

  /** Gives up waiting. */
  withdraw(waiter: AdmissionWaiter): void {
    this.#waiting.delete(waiter);
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
    for (const waiter of this.#waiting) {
      if (this.#used >= this.#allowed) return;
      this.#waiting.delete(waiter);
      this.#hasAdmitted = true;
      waiter.onRoom();
    }
  }

  #lookLater(): void {
    this.#hasAdmitted = false;
    this.#lastLook = this.#loopTime();
    this.#look = this.#clock.setTimer(lookEvery, () => this.#adapt(), false);
  }

  #adapt(): void {
    this.#look = undefined;
    if (this.#waiting.size === 0) return;
    const { all, worked } = this.#loopTime();
    const isBusy = worked - this.#lastLook.worked > (all - this.#lastLook.all) * busyShare;
    const isEnough = isBusy && this.#hasAdmitted;
    this.#allowed = isEnough
      ? Math.max(this.#wave, this.#allowed - this.#wave)
      : Math.min(this.#limit, this.#allowed + this.#wave);
    try {
      if (!isEnough) this.#admit();
    } finally {
      this.#lookLater();
    }
  }
}
