/**
 * The keys of one get that were not dispatched yet. They become commands of as many keys as there is room for, which
 * share one reply.
 */
import { type Command, derive, type GetLine } from '../core/command.ts';

/** The keys of one get that are not yet part of a command. */
export class KeyRun {
  readonly #command: Command;
  readonly #keys: readonly string[];
  readonly #line: GetLine;
  /** The reply ends after the last of these keys. */
  readonly #isEnd: boolean;
  #at = 0;

  constructor(command: Command, keys: readonly string[]) {
    this.#command = command;
    this.#keys = keys;
    this.#line = command.line ?? { last: undefined, failure: undefined };
    this.#isEnd = command.line === undefined || command.line.last === command;
  }

  /** The number of keys that are left. */
  get length(): number {
    return this.#keys.length - this.#at;
  }

  /** A command for the next `count` keys, or for those that are left. */
  next(count: number): Command {
    const start = this.#at;
    this.#at = Math.min(this.#keys.length, start + count);
    const piece = derive(this.#command, { keys: this.#keys.slice(start, this.#at), line: this.#line });
    if (this.#isEnd && this.length === 0) this.#line.last = piece;
    return piece;
  }
}
