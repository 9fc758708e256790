/**
 * Gets of very many keys, in pieces: a few pieces are in flight, and each reply sends the next one. The commands of
 * other callers thus stand behind a few hundred values, not behind ten thousand.
 *
 *   [ piece  piece ] in flight     piece  piece  piece … ─ a write to one of their keys, a failure ─▶ all are sent
 *          └ replied ─────────────────▲
 *
 * A write of a key must not overtake a get of it that was called before, so it sends all pieces before itself.
 */
import { type Clock, hasPassed } from '../base/clock.ts';
import { timedOut } from '../connection/connection-errors.ts';
import { type Command, isRead } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';

/**
 * The pieces of a get that are in flight: the node looks up one while the values of the other are read. While the pool
 * has no other caller, more of them take less CPU time.
 */
const [ahead, aheadAlone] = [2, 4];
/** The maximum number of gets that are paced at a time; the pieces of others are sent at once. */
const mostRuns = 8;
/** Of more keys no index is made: any write sends them. */
const mostKeys = 20_000;

/** A piece of a get. */
export interface PacedGet {
  readonly command: Command;
  /** Makes the receiver of its replies, which calls `onEnd` when it has all of them, or has failed. */
  handle(onEnd: (hasFailed: boolean) => void): Handler;
}

/** The pieces of one get. */
class Run {
  readonly #pieces: readonly PacedGet[];
  readonly #owner: PacedGets;
  /** The number of pieces that were sent, and of those that have their reply. */
  #sent = 0;
  #ended = 0;
  /** The number of pieces that may be in flight. */
  #most = 0;
  #isSending = false;
  /** The keys of the pieces that were not sent when the first write came. */
  #keys: Set<string> | undefined;
  readonly #onEnd = (hasFailed: boolean): void => {
    this.#ended++;
    this.send(hasFailed ? Infinity : this.#owner.ahead);
  };

  constructor(pieces: readonly PacedGet[], owner: PacedGets) {
    this.#pieces = pieces;
    this.#owner = owner;
  }

  /** Sends pieces until `most` are in flight. */
  send(most: number): void {
    this.#most = most;
    // A piece has failed before `send` returned: the loop below continues by itself.
    if (this.#isSending) return;
    if (this.isCancelled) this.#sent = this.#pieces.length;
    this.#isSending = true;
    while (this.#sent < this.#pieces.length && this.#sent - this.#ended < this.#most) {
      const piece = this.#pieces[this.#sent++] as PacedGet;
      this.#owner.send(piece.command, piece.handle(this.#onEnd));
    }
    this.#isSending = false;
    if (this.#sent === this.#pieces.length) this.#owner.sent(this);
  }

  get isCancelled(): boolean {
    return this.#pieces[0]?.command.cancelled === true;
  }

  /** Whether the command must not overtake the pieces: one of the two may change an item of the other. */
  conflictsWith(command: Command): boolean {
    const first = this.#pieces[0]?.command;
    if (isRead(command) && (first === undefined || isRead(first))) return false;
    const { key, keys, routingKey } = command;
    if (key === '' && keys === undefined) return true;
    if (routingKey !== undefined && routingKey === first?.routingKey) return true;
    const known = (this.#keys ??= this.#index());
    return known.size === 0 || (keys === undefined ? known.has(key) : keys.some((one) => known.has(one)));
  }

  /** Empty where there are too many. */
  #index(): Set<string> {
    const keys = this.#pieces.slice(this.#sent).flatMap(({ command }) => command.keys ?? [command.key]);
    return new Set(keys.length > mostKeys ? [] : keys);
  }
}

/** Receives the pieces. */
export interface PacedNode extends Pick<Dispatcher, 'dispatch'> {
  /** Its name. */
  readonly node: string;
}

/** The gets of very many keys from one node. */
export class PacedGets {
  readonly #next: PacedNode;
  readonly #clock: Clock;
  readonly #runs = new Set<Run>();
  /** Whether a piece is being sent: it is no command of another caller. */
  #isSending = false;
  #isShared = false;

  /** `next` sends the pieces. */
  constructor(next: PacedNode, clock: Clock) {
    this.#next = next;
    this.#clock = clock;
  }

  /** Whether no piece waits for the reply to another one. */
  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  /** The number of pieces of a get that are in flight. */
  get ahead(): number {
    return this.#isShared ? ahead : aheadAlone;
  }

  /** Begins to send the pieces of one get. */
  add(pieces: readonly PacedGet[]): void {
    this.#isShared = !this.isEmpty;
    const run = new Run(pieces, this);
    const isOneTooMany = this.#runs.size === mostRuns;
    this.#runs.add(run);
    run.send(isOneTooMany ? Infinity : this.ahead);
  }

  /** Called by a run: sends a piece, unless its deadline has passed: nobody waits for its values. */
  send(command: Command, handler: Handler): void {
    if (hasPassed(command.deadline, this.#clock)) {
      handler.onError(timedOut(command, false, this.#next.node));
      return;
    }
    this.#isSending = true;
    this.#next.dispatch(command, handler);
    this.#isSending = false;
  }

  /** Called by a run: all its pieces are sent. */
  sent(run: Run): void {
    this.#runs.delete(run);
  }

  /** Another command will be sent now: it must not overtake pieces that it conflicts with. */
  before(command: Command): void {
    if (this.#isSending) return;
    this.#isShared = true;
    for (const run of this.#runs) {
      if (run.isCancelled) this.#runs.delete(run);
      else if (run.conflictsWith(command)) run.send(Infinity);
    }
  }

  /** Sends all pieces now. */
  sendAll(): void {
    for (const run of this.#runs) run.send(Infinity);
  }
}
