/**
 * Bounds the commands that all sessions together have decoded and not completed. Above the bound a chunk is kept
 * undecoded: its bytes take far less memory than its commands.
 *
 *   chunk of a few commands ─ below `max` ───────────────────────────────────────────────▶ decoded
 *         │                    └ at `max` ────▶ small ┐ one of each in turn, first come   ▲
 *         │                                           ├── first served, 5 ms at a time ──┘
 *   pipeline ── at the limit, or others wait ─▶ large ┘ when a quarter of the limit is free
 *         └──── below the limit ─────────────────────────────────────────────────────────▶ decoded
 *
 * Pipelines have an adaptive concurrency limit (`nextLimit`). It stays an eighth below `max`, so that a client that
 * sends one command does not wait behind clients that pipeline. The gain of fewer commands in flight:
 * docs/performance.md, "admission limit".
 */
import { type Clock, type LoopTime, systemLoop, type Timer } from '../base/clock.ts';

/** A session that waits for room. */
export interface AdmissionWaiter {
  /** Called when there is room. */
  onRoom(): void;
}

/**
 * How admission control is configured. Counts are commands; a get of many keys counts as many as are in flight at once.
 */
export interface AdmissionOptions {
  /** The maximum number of commands in flight. */
  readonly max: number;
  /** The lowest limit of pipelines, and the step by which it changes. @default `max` */
  readonly min?: number | undefined;
  readonly clock: Clock;
  /** @default that of the clock */
  readonly loopTime?: (() => LoopTime) | undefined;
  /** The current time in milliseconds, never cached. @default that of the clock's event loop */
  readonly now?: (() => number) | undefined;
}

/** The adaptive limit, and the shortest latency since its first adaptation (ms). */
export interface LimitState {
  readonly limit: number;
  readonly minLatency: number;
}

/** The measurements since the last adaptation of the limit. */
export interface LimitLoad {
  /** Whether the event loop was busy for most of the time. */
  readonly isBusy: boolean;
  /** Whether a waiting session was admitted. */
  readonly hasAdmitted: boolean;
  /** Commands in flight now. */
  readonly inFlight: number;
  /** Commands completed per millisecond. */
  readonly rate: number;
}

/** The range of the limit, and the step by which it changes. */
export interface LimitBounds {
  readonly min: number;
  readonly max: number;
}

/** The largest chunk, in bytes, that counts as a few commands. */
const fewCommands = 256;
/** The interval of adaptations while a session waits, in ms. */
const adaptEvery = 5;
/** The busy share from which the event loop counts as busy. */
const busyShare = 0.75;
/**
 * The time in ms that commands may queue at the nodes, or the shortest latency where that is longer.
 */
const targetLatency = 20;
/** The time in ms for which waiting sessions are served before sockets are read again. */
const longestTurn = 5;

/**
 * The next limit of pipelines.
 *
 *   busy event loop, and sessions are admitted        a step less: more would leave the processor's cache
 *   no session is admitted, or no command completes  a step more: the commands in flight may be stuck at a hung node
 *   commands take longer than they should             unchanged: more would only queue at the nodes
 *   else                                              a step more: the nodes have time
 *
 * The latency of commands is the number in flight divided by those completed per millisecond (Little's law).
 */
export function nextLimit(state: LimitState, load: LimitLoad, { min, max }: LimitBounds): LimitState {
  const { isBusy, hasAdmitted, inFlight, rate } = load;
  const latency = rate > 0 ? inFlight / rate : Infinity;
  const minLatency = Math.min(state.minLatency, latency);
  const step = (by: number): LimitState => ({ limit: Math.max(min, Math.min(max, state.limit + by)), minLatency });
  if (!hasAdmitted || rate === 0) return step(min);
  if (isBusy) return step(-min);
  return step(latency > Math.max(targetLatency, 2 * minLatency) ? 0 : min);
}

/** Sessions that wait, and the commands that count. */
export class AdmissionControl {
  readonly #max: number;
  readonly #bounds: LimitBounds;
  /** The limit of pipelines while no session waits. */
  readonly #initial: number;
  readonly #clock: Clock;
  readonly #loopTime: () => LoopTime;
  readonly #now: () => number;
  readonly #small = new Set<AdmissionWaiter>();
  readonly #large = new Set<AdmissionWaiter>();
  #used = 0;
  #state: LimitState;
  #isScheduled = false;
  #timer: Timer | undefined;
  /** Since the last adaptation of the limit: whether a pipeline was admitted, and the number of commands completed. */
  #hasAdmitted = false;
  #completed = 0;
  #lastTime: LoopTime = { all: 0, worked: 0 };
  /** Whether small requests alone keep so many commands in flight that no pipeline is admitted. */
  #isStarving = false;

  constructor(options: AdmissionOptions) {
    const { max } = options;
    const min = Math.min(options.min ?? max, max);
    this.#max = max;
    this.#bounds = { min, max: Math.max(min, Math.floor((max * 7) / 8)) };
    this.#initial = Math.min(min * 2, this.#bounds.max);
    this.#clock = options.clock;
    const { loop = systemLoop } = options.clock;
    this.#loopTime = options.loopTime ?? loop.load;
    this.#now = options.now ?? loop.now;
    this.#state = this.#lowest();
  }

  /** The number of commands that count now. */
  get used(): number {
    return this.#used;
  }

  /** The number of waiting sessions. */
  get waiting(): number {
    return this.#small.size + this.#large.size;
  }

  /** Whether a session that waits now may wait long. */
  get isAtMax(): boolean {
    return this.#used >= this.#max;
  }

  /** Whether a chunk of `bytes` bytes must wait. */
  mustWait(bytes: number): boolean {
    if (bytes <= fewCommands) return this.isAtMax || (this.#isStarving && this.#large.size > 0);
    return this.waiting > 0 || this.#used >= Math.max(this.#state.limit, this.#initial);
  }

  enter(count: number): void {
    this.#used += count;
  }

  leave(count: number): void {
    this.#used -= count;
    this.#completed += count;
    const { limit } = this.#state;
    if (this.waiting > 0) {
      const room = this.#small.size > 0 || this.#isStarving ? this.#max : limit;
      if (!this.#isScheduled && this.#used < room * 0.75) this.#admitLater();
    } else if (limit > this.#bounds.min && this.#used < this.#bounds.min) this.#state = this.#lowest();
  }

  /** Waits for room: `onRoom` will be called, once. `bytes`: the size of the undecoded input. */
  wait(waiter: AdmissionWaiter, bytes: number): void {
    (bytes <= fewCommands ? this.#small : this.#large).add(waiter);
    if (this.#timer === undefined) this.#adaptLater();
  }

  /** Stops waiting. */
  withdraw(waiter: AdmissionWaiter): void {
    this.#small.delete(waiter);
    this.#large.delete(waiter);
  }

  #lowest(): LimitState {
    return { limit: this.#bounds.min, minLatency: Infinity };
  }

  /** Not at once: a session is in the middle of a reply, and uses the writer that all sessions share. */
  #admitLater(): void {
    this.#isScheduled = true;
    this.#clock.afterTurn(() => {
      this.#isScheduled = false;
      this.#admit();
    });
  }

  /** A small request and a pipeline in turn, until there is no room or no time. */
  #admit(): void {
    const until = this.#now() + longestTurn;
    for (;;) {
      const small = first(this.#small);
      if (small !== undefined && this.#used < this.#max) this.#serve(this.#small, small);
      const large = first(this.#large);
      const hasRoom = this.#used < (this.#isStarving ? this.#max : this.#state.limit);
      if (large !== undefined && hasRoom) {
        this.#hasAdmitted = true;
        this.#serve(this.#large, large);
      } else if (small === undefined || this.isAtMax) return;
      if (this.#now() >= until) break;
    }
    if (this.waiting > 0 && !this.#isScheduled) this.#admitLater();
  }

  #serve(waiting: Set<AdmissionWaiter>, waiter: AdmissionWaiter): void {
    waiting.delete(waiter);
    waiter.onRoom();
  }

  #adaptLater(): void {
    this.#hasAdmitted = false;
    this.#completed = 0;
    this.#lastTime = this.#loopTime();
    this.#timer = this.#clock.setTimer(adaptEvery, () => this.#adapt(), false);
  }

  #adapt(): void {
    this.#timer = undefined;
    if (this.waiting === 0) {
      this.#isStarving = false;
      return;
    }
    const { all, worked } = this.#loopTime();
    const time = all - this.#lastTime.all;
    const isBusy = worked - this.#lastTime.worked > time * busyShare;
    const before = this.#state;
    // The queue may hold small requests only.
    const hasAdmitted = this.#hasAdmitted || this.#large.size === 0;
    const rate = time > 0 ? this.#completed / time : 0;
    this.#state = nextLimit(before, { isBusy, hasAdmitted, inFlight: this.#used, rate }, this.#bounds);
    this.#isStarving = !hasAdmitted && before.limit === this.#bounds.max;
    try {
      if (this.#state.limit > before.limit || this.#isStarving) this.#admit();
    } finally {
      this.#adaptLater();
    }
  }
}

function first(waiting: ReadonlySet<AdmissionWaiter>): AdmissionWaiter | undefined {
  for (const waiter of waiting) return waiter;
  return undefined;
}
