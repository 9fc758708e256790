/**
 * Which keys have commands under way on a connection, for who must not overtake them on another. Made when somebody asks, kept up for a while:
 *
 *   asked ─▶ index of all that is under way ─ pushed commands are added, answered ones stay ─▶ too many pushed since, or nothing under way: forgotten
 *
 * A key that stays too long only makes a command wait where it need not. What an answer costs is a look-up; making the index is spread over the commands since the last.
 */
import { ownText } from '../base/bytes.ts';
import type { Command } from '../command.ts';

/** Commands that may be added before an index is forgotten: so many, and so many times what is under way. */
const fewest = 1024;
const times = 4;

/** Does the command leave the item as it is? */
const isGet = (command: Command): boolean => command.verb === 'get' && !command.touch;

/** See the head of this file. */
export class KeysUnderWay {
  /** True: one of the commands of this key changes the item. */
  #keys: Map<string, boolean> | undefined;
  #added = 0;

  /** A command is under way from now on, one of `length`. */
  push(command: Command, length: number): void {
    if (this.#keys === undefined) return;
    if (++this.#added > fewest + times * length) this.#keys = undefined;
    else this.#add(this.#keys, command);
  }

  /** Must the command stand behind one of those under way? One of them has its key, and one of the two changes the item. */
  mustFollow(command: Command, underWay: Iterable<Command>): boolean {
    if (command.key === '') return false;
    if (this.#keys === undefined) {
      this.#keys = new Map();
      this.#added = 0;
      for (const other of underWay) this.#add(this.#keys, other);
    }
    const changes = this.#keys.get(command.key);
    return changes !== undefined && (changes || !isGet(command));
  }

  /** Nothing is under way. */
  clear(): void {
    this.#keys = undefined;
  }

  #add(keys: Map<string, boolean>, command: Command): void {
    const { key } = command;
    const known = keys.get(key);
    // It stays longer than the command, which may share its text with a whole chunk.
    if (key !== '' && known !== true) keys.set(known === undefined ? ownText(key) : key, !isGet(command));
  }
}
