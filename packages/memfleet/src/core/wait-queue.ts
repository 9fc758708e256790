import type { Clock } from '../base/clock.ts';
import { DeadlineScan } from '../base/deadline-scan.ts';
import { DrainRate } from '../base/drain-rate.ts';
import { Fifo } from '../base/fifo.ts';
/**
 * Commands that wait for something (room on a connection, the first topology), first come first served. Each has a
 * deadline; no timer per command.
 *
 *   push ─▶ [ A  B  C  D ] ─▶ shift
 *             │  └─ deadline passed: told, taken out
 *             └─ has waited for so long; so long, or longer, will the next one
 *
 * Whoever comes while too many wait, or would wait for too long, is refused by the owner. That must cost less than
 * serving, or an overload never ends: no refused call walks the queue.
 */
import type { Command } from './command.ts';
import type { Handler } from './dispatcher.ts';
import type { MemcacheError } from './errors.ts';

/** One who waits. */
export interface Waiting {
  readonly command: Command;
  readonly handler: Handler;
  /** ms on the clock; 0 = none. */
  readonly deadline: number;
  /** When it came: ms on the clock. */
  readonly since: number;
}

/** One has waited in vain for `error`, or is served. Not told of callers that are gone. */
export type WaitEnd = (entry: Waiting, error: MemcacheError | undefined) => void;

/** A look for passed deadlines walks so many entries a millisecond, on average: 2 % of the time at most. */
const walkedPerMs = 5000;
/** For every call that is refused, so many entries may be looked at for callers that are gone. */
const walkedPerRefusal = 16;

/** Commands that wait, first come first served, each with a deadline. */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #makeError: (command: Command) => MemcacheError;
  readonly #onEnd: WaitEnd | undefined;
  readonly #queue = new Fifo<Waiting>();
  readonly #scan: DeadlineScan;
  /** Entries that may be looked at for callers that are gone. */
  #walkable = Infinity;
  readonly #rate = new DrainRate();
  /**
   * The end of the last turn in which the queue was of interest, when the event loop had read all there was: ms on the
   * clock.
   */
  #lookedAt = -Infinity;
  #isLooking = false;
  /** All who waited the last time were served. */
  #wasServed = true;

  /** `makeError` says what became of a command whose deadline passed. */
  constructor(clock: Clock, makeError: (command: Command) => MemcacheError, onEnd?: WaitEnd) {
    this.#clock = clock;
    this.#makeError = makeError;
    this.#onEnd = onEnd;
    this.#scan = new DeadlineScan(clock, (scan) => this.#expire(scan), true);
  }

  get length(): number {
    return this.#queue.length;
  }

  /** `limit`: ms on the clock until which it may wait, beside the command's own deadline; Infinity = only that. */
  push(command: Command, handler: Handler, limit: number): void {
    this.#queue.push(this.#entry(command, handler, limit));
  }

  /** As `push`, but before all others. */
  putBack(command: Command, handler: Handler, limit: number): void {
    this.#queue.unshift(this.#entry(command, handler, limit));
  }

  /**
   * The first one whose caller is still there and has time left; it stays. Those before it go, and are told so if their
   * time is over.
   */
  first(): Waiting | undefined {
    let entry = this.#queue.peek();
    while (entry !== undefined && !this.#isInTime(entry)) {
      this.#queue.shift();
      this.#tellIfLate(entry);
      entry = this.#queue.peek();
    }
    if (entry === undefined) this.#scan.clear();
    return entry;
  }

  /** Takes out what `first` gives. */
  shift(): Waiting | undefined {
    const entry = this.#take();
    if (entry !== undefined) this.#onEnd?.(entry, undefined);
    return entry;
  }

  #take(): Waiting | undefined {
    const entry = this.first();
    if (entry === undefined) return undefined;
    this.#queue.shift();
    entry.command.isQueued = false;
    this.#rate.count();
    this.#lookAfterTurn();
    this.#wasServed = this.#queue.length === 0;
    if (this.#wasServed) this.#scan.clear();
    return entry;
  }

  /**
   * Do fewer wait than `max`? Callers that are gone do not count, once they are found: at `max`, not every question
   * looks for them.
   */
  hasRoom(max: number): boolean {
    if (this.#queue.length < max) return true;
    this.#walkable += walkedPerRefusal;
    if (this.#walkable < this.#queue.length) return false;
    this.#walkable = 0;
    this.#queue.filter((entry) => !entry.command.cancelled);
    if (this.#queue.length === 0) this.#scan.clear();
    return this.#queue.length < max;
  }

  /**
   * Would one more wait for longer than `patience` ms? It will if the first one has, and if so many are not served in
   * that time. While the event loop is held up nothing is served, and what would make room may have been there for
   * long: so the loop reads before this is true.
   */
  wouldWait(patience: number): boolean {
    const entry = this.#queue.peek();
    if (entry === undefined) return false;
    if (this.#queue.length > patience * this.#rate.perMs) return true;
    if (this.#clock.now() - entry.since <= patience) return false;
    this.#lookAfterTurn();
    return this.#lookedAt - entry.since > patience;
  }

  /** Since when the first one waits: ms on the clock. */
  get since(): number {
    return this.#queue.peek()?.since ?? this.#clock.now();
  }

  /** Ends all that wait now (not those that come while they are told). */
  failAll(error: MemcacheError): void {
    const all: Waiting[] = [];
    for (let entry = this.#take(); entry !== undefined; entry = this.#take()) all.push(entry);
    for (const entry of all) {
      this.#onEnd?.(entry, error);
      entry.handler.onError(error);
    }
  }

  #entry(command: Command, handler: Handler, limit: number): Waiting {
    const since = this.#clock.now();
    command.isQueued = true;
    if (this.#queue.length === 0) this.#rate.begin(since, !this.#wasServed);
    const earliest = Math.min(limit, command.deadline === 0 ? Infinity : command.deadline);
    const deadline = earliest === Infinity ? 0 : earliest;
    this.#scan.watch(deadline);
    return { command, handler, deadline, since };
  }

  #lookAfterTurn(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#clock.afterTurn(() => {
      this.#isLooking = false;
      this.#lookedAt = this.#clock.now();
      this.#rate.look(this.#lookedAt);
    });
  }

  #isInTime({ command, deadline }: Waiting): boolean {
    return !command.cancelled && (deadline === 0 || deadline > this.#clock.now());
  }

  #tellIfLate(entry: Waiting): void {
    const { command, handler } = entry;
    command.isQueued = false;
    if (command.cancelled) return;
    const error = this.#makeError(command);
    this.#onEnd?.(entry, error);
    handler.onError(error);
  }

  #expire(scan: DeadlineScan): number {
    const expired: Waiting[] = [];
    this.#queue.filter((entry) => {
      if (entry.command.cancelled) return false;
      const isOver = scan.isOver(entry.deadline);
      if (isOver) expired.push(entry);
      return !isOver;
    });
    for (const entry of expired) this.#tellIfLate(entry);
    return this.#queue.length / walkedPerMs;
  }
}
