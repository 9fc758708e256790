/**
 * Commands that wait for something (room on a connection, the first topology), first come first served. Each has a deadline; no timer per command: one
 * timer stands at the earliest.
 *
 *   push ─▶ [ A  B  C  D ] ─▶ shift
 *                └─ deadline passed: told, taken out
 */
import type { Command } from '../command.ts';
import type { Handler } from '../dispatcher.ts';
import type { MemcacheError } from '../errors.ts';
import type { Clock, Timer } from './clock.ts';
import { Fifo } from './fifo.ts';

/** One who waits. */
export interface Waiting {
  readonly command: Command;
  readonly handler: Handler;
  /** ms on the clock; 0 = none. */
  readonly deadline: number;
}

/** Looks for passed deadlines are at least this far apart, in ms. */
const scanGap = 10;

/** See the head of this file. */
export class WaitQueue {
  readonly #clock: Clock;
  readonly #makeError: (command: Command) => MemcacheError;
  readonly #queue = new Fifo<Waiting>();
  #scan: Timer | undefined;
  #scanAt = Infinity;

  /** `makeError` says what became of a command whose deadline passed. */
  constructor(clock: Clock, makeError: (command: Command) => MemcacheError) {
    this.#clock = clock;
    this.#makeError = makeError;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** `limit`: ms on the clock until which it may wait, beside the command's own deadline; Infinity = only that. */
  push(command: Command, handler: Handler, limit: number): void {
    const deadline = Math.min(limit, command.deadline === 0 ? Infinity : command.deadline);
    command.isQueued = true;
    this.#queue.push({ command, handler, deadline: deadline === Infinity ? 0 : deadline });
    if (deadline < this.#scanAt) this.#arm(deadline);
  }

  /** The first one whose caller is still there and has time left. Those before it whose time is over are told so. */
  shift(): Waiting | undefined {
    let entry = this.#queue.shift();
    while (entry !== undefined && !this.#isInTime(entry)) entry = this.#queue.shift();
    if (this.#queue.length === 0) this.#disarm();
    if (entry !== undefined) entry.command.isQueued = false;
    return entry;
  }

  /** Ends all that wait now (not those that come while they are told). */
  failAll(error: MemcacheError): void {
    const all: Waiting[] = [];
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) all.push(entry);
    for (const { handler } of all) handler.onError(error);
  }

  /** Forgets those whose caller is gone. */
  purge(): void {
    this.#queue.filter((entry) => !entry.command.cancelled);
    if (this.#queue.length === 0) this.#disarm();
  }

  #isInTime({ command, handler, deadline }: Waiting): boolean {
    if (command.cancelled) return false;
    if (deadline === 0 || deadline > this.#clock.now()) return true;
    handler.onError(this.#makeError(command));
    return false;
  }

  #arm(deadline: number): void {
    const now = this.#clock.now();
    const wait = Math.max(scanGap, deadline - now);
    // Never later than it stands, or steady callers would put it off for ever.
    if (now + wait >= this.#scanAt) return;
    this.#disarm();
    this.#scanAt = now + wait;
    // After the reads of the turn: when something held the event loop up, timers come first, and room that is there already would be late.
    this.#scan = this.#clock.setTimer(wait, () => this.#clock.afterTurn(() => this.#expire()));
  }

  #disarm(): void {
    this.#scan?.clear();
    this.#scan = undefined;
    this.#scanAt = Infinity;
  }

  #expire(): void {
    this.#disarm();
    const now = this.#clock.now();
    const expired: Waiting[] = [];
    let earliest = Infinity;
    this.#queue.filter((entry) => {
      if (entry.command.cancelled) return false;
      if (entry.deadline !== 0 && entry.deadline <= now) {
        expired.push(entry);
        return false;
      }
      if (entry.deadline !== 0 && entry.deadline < earliest) earliest = entry.deadline;
      return true;
    });
    if (earliest !== Infinity) this.#arm(earliest);
    for (const { command, handler } of expired) handler.onError(this.#makeError(command));
  }
}
