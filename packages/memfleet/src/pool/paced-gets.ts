/**
 * Gets of very many keys, in pieces: a few pieces are in flight, and each reply sends the next one. The commands of
 * other callers thus stand behind a few hundred values, not behind ten thousand.
 *
 *   [ piece  piece ] in flight     piece  piece  piece … ─ a write to one of their keys, a failure ─▶ all are sent
 *          └ replied ─────────────────▲
 *
 * A write of a key must not overtake a get of it that was called before, so it sends all pieces before itself.
 */
import type { Command } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';

/** The pieces of a get that are in flight: the node looks up one while the values of the other are read. */
const ahead = 2;

/** Verbs that change no item. */
const reads: ReadonlySet<Command['verb']> = new Set<Command['verb']>(['get', 'noop', 'version', 'stats', 'debug']);

/** A piece of a get, and the receiver of its replies. */
export interface PacedGet {
  readonly command: Command;
  readonly handler: Handler;
}

/** The pieces of one get. */
class Run {
  readonly #pieces: readonly PacedGet[];
  readonly #next: Pick<Dispatcher, 'dispatch'>;
  readonly #onSent: (run: Run) => void;
  /** The number of pieces that were sent. */
  #sent = 0;
  /** The keys of the pieces that were not sent when the first write came. */
  #keys: Set<string> | undefined;

  constructor(pieces: readonly PacedGet[], next: Pick<Dispatcher, 'dispatch'>, onSent: (run: Run) => void) {
    this.#pieces = pieces;
    this.#next = next;
    this.#onSent = onSent;
  }

  /** Sends up to `count` pieces. */
  send(count: number): void {
    if (this.isCancelled) this.#drop();
    const end = Math.min(this.#sent + count, this.#pieces.length);
    while (this.#sent < end) {
      const { command, handler } = this.#pieces[this.#sent++] as PacedGet;
      if (this.#sent === this.#pieces.length) this.#onSent(this);
      this.#next.dispatch(command, {
        onReply: (reply) => {
          const { part, status } = reply;
          handler.onReply(reply);
          if (part !== 'item') this.send(status === 'error' ? Infinity : 1);
        },
        onError: (error) => {
          handler.onError(error);
          this.send(Infinity);
        },
      });
    }
  }

  /** The caller is gone. */
  #drop(): void {
    this.#sent = this.#pieces.length;
    this.#onSent(this);
  }

  get isCancelled(): boolean {
    return this.#pieces[0]?.command.cancelled === true;
  }

  /** Whether the command may change an item that is got here. */
  conflictsWith({ key, keys, routingKey }: Command): boolean {
    if (key === '' && keys === undefined) return true;
    if (routingKey !== undefined && routingKey === this.#pieces[0]?.command.routingKey) return true;
    this.#keys ??= new Set(this.#pieces.slice(this.#sent).flatMap(({ command }) => command.keys ?? [command.key]));
    return keys === undefined ? this.#keys.has(key) : keys.some((one) => this.#keys?.has(one));
  }
}

/** The gets of very many keys from one node. */
export class PacedGets {
  readonly #next: Pick<Dispatcher, 'dispatch'>;
  readonly #runs = new Set<Run>();

  /** `next` sends the pieces. */
  constructor(next: Pick<Dispatcher, 'dispatch'>) {
    this.#next = next;
  }

  /** Whether no piece waits for the reply to another one. */
  get isEmpty(): boolean {
    return this.#runs.size === 0;
  }

  /** Begins to send the pieces of one get. */
  add(pieces: readonly PacedGet[]): void {
    const run = new Run(pieces, this.#next, (sent) => this.#runs.delete(sent));
    this.#runs.add(run);
    run.send(ahead);
  }

  /** Another command will be sent now: it must not overtake pieces that it conflicts with. */
  before(command: Command): void {
    const isRead = reads.has(command.verb) && !command.touch;
    for (const run of this.#runs) {
      if (run.isCancelled) this.#runs.delete(run);
      else if (!isRead && run.conflictsWith(command)) run.send(Infinity);
    }
  }

  /** Sends all pieces now. */
  sendAll(): void {
    for (const run of this.#runs) run.send(Infinity);
  }
}
