/**
 * Which keys have commands in flight on a connection, for those that must not overtake them on another. Made when
 * somebody asks, kept up for a while:
 *
 *   asked ─▶ index of all that is in flight ─ pushed commands are added, answered ones stay
 *                                           └▶ too many pushed since, or nothing in flight: forgotten
 *
 * A key that stays too long only makes a command wait where it need not. What an answer costs is a look-up; making the
 * index is spread over the commands since the last.
 */
import { type OwnedKey, type OwnedKeySet, ownKey } from '../base/bytes.ts';
import type { Command } from '../core/command.ts';

/** Commands that may be added before an index is forgotten: so many, and so many times what is in flight. */
const fewest = 1024;
const times = 4;

/** The keys that have commands in flight on a connection. */
export class InFlightKeys {
  #keys: OwnedKeySet | undefined;
  /** All keys are in flight. */
  #hasFlush = false;
  #added = 0;

  /** A command is in flight from now on, one of `length`. */
  push(command: Command, length: number): void {
    if (this.#keys === undefined) return;
    if (++this.#added > fewest + times * length) this.#keys = undefined;
    else this.#add(this.#keys, command);
  }

  /**
   * Must the command stand behind one of those in flight? One of them has a key of it. Two gets as well: a later write
   * stands behind one connection's only.
   */
  conflictsWith(command: Command, inFlight: Iterable<Command>): boolean {
    const { key, keys, verb } = command;
    const isFlush = verb === 'flush';
    if (key === '' && keys === undefined && !isFlush) return false;
    const known = this.#keys ?? this.#index(inFlight);
    if (this.#hasFlush) return true;
    if (isFlush) return known.size > 0;
    return keys === undefined ? known.has(key) : keys.some((one) => known.has(one));
  }

  #index(inFlight: Iterable<Command>): OwnedKeySet {
    const known: OwnedKeySet = new Set<OwnedKey>();
    this.#keys = known;
    this.#hasFlush = false;
    this.#added = 0;
    for (const other of inFlight) this.#add(known, other);
    return known;
  }

  /** Nothing is in flight. */
  clear(): void {
    this.#keys = undefined;
  }

  #add(known: OwnedKeySet, { key, keys, verb }: Command): void {
    if (verb === 'flush') this.#hasFlush = true;
    if (keys !== undefined) for (const one of keys) addKey(known, one);
    else if (key !== '') addKey(known, key);
  }
}

/** It stays longer than the command. */
function addKey(known: OwnedKeySet, key: string): void {
  if (!known.has(key)) known.add(ownKey(key));
}
