/**
 * Commands that wait for something (room on a connection, the first topology), first come first served. Each has a
 * deadline; no timer per command.
 *
 *   push ─▶ [ A  B  C  D ] ─▶ shift
 *             │  └─ deadline passed: fails, taken out
 *             └─ its time in the queue is the least that the next one will wait
 *
 * The owner refuses a command when too many wait, or when it would wait too long. A refusal must cost less than
 * serving, or an overload never ends: no refused call walks the queue.
 */
import type { Clock } from '../base/clock.ts';
import { DeadlineScan } from '../base/deadline-scan.ts';
import { DrainRate } from '../base/drain-rate.ts';
import { Fifo } from '../base/fifo.ts';
import type { Command } from './command.ts';
import type { Handler } from './dispatcher.ts';
import type { MemcacheError } from './errors.ts';

/** A command in the queue. */
export interface Waiting {
  readonly command: Command;
  readonly handler: Handler;
  /** ms on the clock; 0 = none. */
  readonly deadline: number;
  /** The time of arrival: ms on the clock. */
  readonly since: number;
}

/** Called when an entry is served, or fails with `error`; not for callers that are gone. */
export type WaitEnd = (entry: Waiting, error: MemcacheError | undefined) => void;

/** The average number of entries that a scan for passed deadlines walks per millisecond: 2 % of the time at most. */
const walkedPerMs = 5000;
/** The number of entries that may be checked for cancelled commands per refused call. */
const walkedPerRefusal = 16;

/** Commands that wait, first come first served, each with a deadline. */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #makeError: (command: Command) => MemcacheError;
  readonly #onEnd: WaitEnd | undefined;
  readonly #queue = new Fifo<Waiting>();
  readonly #scan: DeadlineScan;
  /** The number of entries that may still be checked for cancelled commands. */
  #walkable = Infinity;
  readonly #rate = new DrainRate();
  /**
   * The end of the last turn in which the queue mattered, after the event loop had read all input: ms on the clock.
   */
  #lookedAt = -Infinity;
  #isLooking = false;
  /** Whether the queue was empty after it was last served. */
  #wasServed = true;

  /** `makeError` makes the error of a command whose deadline has passed. */
  constructor(clock: Clock, makeError: (command: Command) => MemcacheError, onEnd?: WaitEnd) {
    this.#clock = clock;
    this.#makeError = makeError;
    this.#onEnd = onEnd;
    this.#scan = new DeadlineScan(clock, (scan) => this.#expire(scan), true);
  }

  get length(): number {
    return this.#queue.length;
  }

  /** The commands that wait. */
  *commands(): Iterable<Command> {
    for (const { command } of this.#queue) yield command;
  }

  /** `limit`: a second deadline for the wait, in ms on the clock; Infinity = only the command's own. */
  push(command: Command, handler: Handler, limit: number): void {
    this.#queue.push(this.#entry(command, handler, limit));
  }

  /** As `push`, but before all others. */
  putBack(command: Command, handler: Handler, limit: number): void {
    this.#queue.unshift(this.#entry(command, handler, limit));
  }

  /**
   * The first entry that is not cancelled and has time left; it stays. Entries before it are removed, and fail if their
   * deadline has passed.
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

  /** Removes the entry that `first` returns. */
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
   * Whether fewer than `max` commands wait. Cancelled commands do not count once they are found; at `max`, not every
   * call searches for them.
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
   * Whether one more command would wait longer than `patience` ms: the first one has waited that long, or the queue is
   * too long to be served in that time. While the event loop is blocked nothing is served, although replies that make
   * room may have arrived: the loop therefore reads before this becomes true.
   */
  wouldWait(patience: number): boolean {
    const entry = this.#queue.peek();
    if (entry === undefined) return false;
    if (this.#queue.length > patience * this.#rate.perMs) return true;
    if (this.#clock.now() - entry.since <= patience) return false;
    this.#lookAfterTurn();
    return this.#lookedAt - entry.since > patience;
  }

  /** The time at which the first entry began to wait: ms on the clock. */
  get since(): number {
    return this.#queue.peek()?.since ?? this.#clock.now();
  }

  /** Ends all entries that wait now (not those that arrive while their handlers run). */
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
