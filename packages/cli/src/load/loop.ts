/** Decides when requests are sent: after a reply (closed loop), or by the clock (open loop). */
import type { Lane } from './lane.ts';
import type { RequestBatch } from './request-source.ts';
import type { Tally } from './tally.ts';

/** A loop over all lanes. */
export interface Loop {
  start(): void;
  /** No more requests are sent. */
  stop(): void;
  /** A lane may have room. */
  ended(lane: Lane, hasFailed: boolean): void;
  /** A lane can be used again. */
  ready(lane: Lane): void;
  /** So many requests are sent that become due from `from` on, which is now; then none. */
  limit(requests: number, from: number): void;
  /** Whether the limit is reached. */
  readonly isDone: boolean;
  /** Tells the tally of requests that were due before `until` and have not been sent. */
  leaveUnsent(tally: Tally, until: number): void;
}

/** After a failure the lane pauses for so long, in ms. */
const failurePause = 10;

/** Each lane sends `depth` requests at once, and the next when all have their replies. */
export class ClosedLoop implements Loop {
  readonly #lanes: readonly Lane[];
  readonly #depth: number;
  readonly #next: (index: number, count: number) => RequestBatch;
  /** Requests that each lane may still send. */
  #left: number[];
  /** The same of all lanes together. */
  #allLeft = Infinity;
  #isRunning = false;

  /** `next`: draws so many requests for the lane with this index. */
  constructor(lanes: readonly Lane[], depth: number, next: (index: number, count: number) => RequestBatch) {
    this.#lanes = lanes;
    this.#depth = depth;
    this.#next = next;
    this.#left = lanes.map(() => Infinity);
  }

  get isDone(): boolean {
    return this.#allLeft <= 0;
  }

  start(): void {
    this.#isRunning = true;
    for (const lane of this.#lanes) this.#feed(lane);
  }

  stop(): void {
    this.#isRunning = false;
  }

  ended(lane: Lane, hasFailed: boolean): void {
    if (hasFailed) setTimeout(() => this.#feed(lane), failurePause);
    else this.#feed(lane);
  }

  ready(lane: Lane): void {
    this.#feed(lane);
  }

  limit(requests: number): void {
    const { length } = this.#lanes;
    this.#allLeft = requests;
    this.#left = this.#lanes.map((_, index) => Math.floor((requests + index) / length));
    for (const lane of this.#lanes) this.#feed(lane);
  }

  leaveUnsent(): void {
    // Nothing is due before its predecessor has its reply.
  }

  #feed(lane: Lane): void {
    const { index } = lane;
    const left = this.#left[index] as number;
    if (lane.inFlight > 0 || !this.#isRunning || !lane.isReady || left <= 0) return;
    const count = Math.min(this.#depth, left);
    this.#left[index] = left - count;
    this.#allLeft -= count;
    lane.send(this.#next(index, count), lane.now);
  }
}

/** Timers come late by about as much, in ms: what is due sooner is waited for without one. */
const coarse = 2;

/**
 * The k-th request is due at start + k ÷ rate, on the next lane that has room. Its latency counts from the time when it
 * was due, not from when it was sent: a node that stops for a second is slow for every request of that second.
 */
export class OpenLoop implements Loop {
  readonly #lanes: readonly Lane[];
  readonly #depth: number;
  readonly #next: () => RequestBatch;
  readonly #interval: number;
  readonly #tally: Tally;
  #start = 0;
  /** Requests so far. */
  #sent = 0;
  #last = Infinity;
  #place = 0;
  #isRunning = false;
  #cancel: (() => void) | undefined;

  /** `rate`: requests a second. */
  constructor(lanes: readonly Lane[], depth: number, next: () => RequestBatch, rate: number, tally: Tally) {
    this.#lanes = lanes;
    this.#depth = depth;
    this.#next = next;
    this.#interval = 1000 / rate;
    this.#tally = tally;
  }

  get isDone(): boolean {
    return this.#sent >= this.#last;
  }

  start(): void {
    this.#isRunning = true;
    this.#start = performance.now();
    this.#tick();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  ended(): void {
    this.#dispatch();
  }

  ready(): void {
    this.#dispatch();
  }

  limit(requests: number, from: number): void {
    this.#last = Math.max(0, Math.ceil((from - this.#start) / this.#interval)) + requests;
  }

  leaveUnsent(tally: Tally, until: number): void {
    for (let k = this.#sent; k < this.#last; k++) {
      const due = this.#start + k * this.#interval;
      if (due >= until) return;
      if (tally.counts(due)) tally.leave(due, until);
    }
  }

  readonly #tick = (): void => {
    this.#cancel = undefined;
    this.#dispatch();
    if (!this.#isRunning || this.isDone) return;
    const wait = this.#start + this.#sent * this.#interval - performance.now();
    // Behind schedule: replies make room, and each is followed by `ended`.
    if (wait > coarse || wait < -coarse) {
      const timer = setTimeout(this.#tick, Math.max(1, wait - 1));
      this.#cancel = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(this.#tick);
      this.#cancel = () => clearImmediate(immediate);
    }
  };

  /** Sends what is due. */
  #dispatch(): void {
    const now = performance.now();
    while (this.#isRunning && !this.isDone) {
      const due = this.#start + this.#sent * this.#interval;
      if (due > now) return;
      const lane = this.#laneWithRoom();
      if (lane === undefined && this.#lanes.some(({ isReady }) => isReady)) return;
      this.#sent++;
      const request = this.#next();
      if (lane === undefined) this.#tally.fail(due, 'no connection');
      else lane.send(request, due);
    }
  }

  /** In turn, so that all are used. */
  #laneWithRoom(): Lane | undefined {
    const { length } = this.#lanes;
    for (let n = 0; n < length; n++) {
      const lane = this.#lanes[this.#place] as Lane;
      this.#place = this.#place + 1 === length ? 0 : this.#place + 1;
      if (lane.isReady && lane.inFlight < this.#depth) return lane;
    }
    return undefined;
  }
}
