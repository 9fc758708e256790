/**
 * Sessions of one context take turns, so that one that sends a hundred thousand commands at once does not stop the
 * others.
 *
 *   chunk ─▶ a turn at once ─ over: so many commands, so many bytes of answers, or 1 ms ─▶ the rest waits ┐
 *                                                                                                         ▼
 *   a turn each, for 1 ms; then sockets are read again ◀─ end of the event loop's turn ──────────── [ a  b  c ]
 *        └── not done ────────────────────────────────────────────────────────────────────────────────────▲
 *
 * A client that sends little is thus answered at once, however many others have work that waits. With many of these the
 * turns are shorter.
 */
import type { Clock } from '../base/clock.ts';
import { monotonicNow } from '../base/real-time.ts';
import type { Command } from '../core/command.ts';
import { weigh } from './reply-queue.ts';

/** One that has something to do. */
export interface TurnWaiter {
  onTurn(): void;
}

/**
 * Gets in a turn: while nobody waits, while some do, and while so many do as are a crowd. A turn of gets is short
 * (docs/performance.md, "a get"). memcached's `-R` is 20.
 */
const longTurn = 512;
const usualTurn = 256;
const shortTurn = 32;
const crowd = 16;
/** What those send that are answered at once, whoever waits. */
const littleBytes = 2048;
/** Milliseconds of one turn, and of those of all that wait before sockets are read again. */
const longest = 1;
/** The time is looked at whenever so much was spent. */
const lookEvery = 16;

/** Lets the sessions of one host take turns on the event loop. */
export class Turns {
  readonly #clock: Pick<Clock, 'afterTurn'>;
  readonly #now: () => number;
  readonly #waiting = new Set<TurnWaiter>();
  #isScheduled = false;
  /** What the turn that goes on may still spend. */
  #left = 0;
  #lookAt = 0;
  /** When the time was first looked at in this turn; −1 = not yet. */
  #since = -1;
  readonly #run = (): void => this.#serve();

  /** `now`: milliseconds as of this very moment; `Clock.now` stands still within a turn of the event loop. */
  constructor(clock: Pick<Clock, 'afterTurn'>, now: () => number = monotonicNow) {
    this.#clock = clock;
    this.#now = now;
  }

  /**
   * Must a chunk of so many bytes wait, though its session did not have to so far? With a crowd that waits, only those
   * that send little are answered at once.
   */
  mustWait(bytes: number): boolean {
    return this.#waiting.size >= crowd && bytes > littleBytes;
  }

  /** A waiter begins its turn. */
  begin(): void {
    const waiting = this.#waiting.size;
    this.#left = waiting === 0 ? longTurn : waiting < crowd ? usualTurn : shortTurn;
    this.#lookAt = this.#left - lookEvery;
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

  /** `onTurn` will be called, once. */
  wait(waiter: TurnWaiter): void {
    this.#waiting.add(waiter);
    this.#serveLater();
  }

  /** Gives up waiting. */
  withdraw(waiter: TurnWaiter): void {
    this.#waiting.delete(waiter);
  }

  #serveLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.afterTurn(this.#run);
  }

  /** Those that come to wait meanwhile are at the end, so nobody has two turns. */
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
