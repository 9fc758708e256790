/**
 * Sessions of one context take turns, so that one that sends a hundred thousand commands at once does not block the
 * others.
 *
 *   chunk ─▶ a turn at once ─ over: bound of commands or of reply bytes, or 1 ms ─────▶ the rest waits ┐
 *                                                                                                         ▼
 *   a turn each, for 1 ms; then sockets are read again ◀─ end of the event loop's turn ──────────── [ a  b  c ]
 *        └── not done ────────────────────────────────────────────────────────────────────────────────────▲
 *
 * A client that sends little is thus served at once, however many others have waiting work. With many of these the
 * turns are shorter.
 */
import { type Clock, systemLoop } from '../base/clock.ts';
import type { Command } from '../core/command.ts';
import { weigh } from './reply-queue.ts';

/** A session with waiting work. */
export interface TurnWaiter {
  onTurn(): void;
}

/**
 * The gets of a turn: while no session waits, while some do, and while a crowd does, with the size of a crowd. A turn
 * of gets is short (docs/performance.md, "a get"). memcached's `-R` is 20.
 */
const longTurn = 512;
const usualTurn = 256;
const shortTurn = 32;
const crowd = 16;
/** The chunk size up to which a session is served at once, even if a crowd waits. */
const littleBytes = 2048;
/** The milliseconds of one turn, and of the turns of all waiting sessions before sockets are read again. */
const longest = 1;
/** The spending after which the clock is read. */
const lookEvery = 16;

/** Lets the sessions of one host take turns on the event loop. */
export class Turns {
  readonly #clock: Pick<Clock, 'afterTurn'>;
  readonly #now: () => number;
  /** The most that one turn may spend; undefined = as the turns that wait demand. */
  limit: number | undefined;
  /** The turns that ended before their work was done. */
  yields = 0;
  readonly #waiting = new Set<TurnWaiter>();
  #isScheduled = false;
  /** The rest of what the current turn may spend. */
  #left = 0;
  #lookAt = 0;
  /** The first clock reading of this turn; −1 = none yet. */
  #since = -1;
  readonly #run = (): void => this.#serve();

  /** `now`: the current time in milliseconds; `Clock.now` does not advance within a turn of the event loop. */
  constructor(clock: Pick<Clock, 'afterTurn' | 'loop'>, now: () => number = (clock.loop ?? systemLoop).now) {
    this.#clock = clock;
    this.#now = now;
  }

  /**
   * Whether a chunk of `bytes` bytes must wait although its session does not wait yet. While a crowd waits, only
   * sessions that send little are served at once.
   */
  mustWait(bytes: number): boolean {
    return this.#waiting.size >= crowd && bytes > littleBytes;
  }

  /** A waiter begins its turn. */
  begin(): void {
    const waiting = this.#waiting.size;
    const usual = waiting === 0 ? longTurn : waiting < crowd ? usualTurn : shortTurn;
    this.#left = this.limit === undefined ? usual : Math.min(usual, this.limit);
    this.#lookAt = Math.max(0, this.#left - lookEvery);
    this.#since = -1;
  }

  /** The command was executed. True: the turn is over. */
  spend(command: Command): boolean {
    this.#left -= weigh(command);
    if (this.#left > this.#lookAt) return false;
    if (this.#left <= 0) return true;
    this.#lookAt -= lookEvery;
    const now = this.#now();
    if (this.#since < 0) this.#since = now;
    else if (now - this.#since >= longest) this.#left = 0;
    return this.#left <= 0;
  }

  /** The turn is over after this command. */
  end(): void {
    this.#left = 0;
    this.#lookAt = 0;
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }

  /** Waits for a turn: `onTurn` will be called, once. */
  wait(waiter: TurnWaiter): void {
    this.#waiting.add(waiter);
    this.#serveLater();
  }

  /** Stops waiting. */
  withdraw(waiter: TurnWaiter): void {
    this.#waiting.delete(waiter);
  }

  #serveLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.afterTurn(this.#run);
  }

  /** Sessions that begin to wait meanwhile are at the end, so no session has two turns. */
  #serve(): void {
    this.#isScheduled = false;
    const until = this.#now() + longest;
    let count = this.#waiting.size;
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      waiter.onTurn();
      if (--count === 0 || this.#now() >= until) break;
    }
    if (this.#waiting.size > 0) this.#serveLater();
  }
}
