/**
 * The keys and routing keys that have commands in flight on a connection, for commands that must not overtake them on
 * another: commands of one routing key keep their order, whatever their keys. Made on
 * demand and kept up to date for a while:
 *
 *   lookup ─▶ index of all that is in flight ─ pushed commands are added, completed ones stay
 *                                           └▶ too many pushed since, or nothing in flight: forgotten
 *
 * A key that stays too long only makes a command wait where it need not. A check costs one lookup; the cost of making
 * the index is spread over the commands since the last index.
 */
import { type OwnedKey, type OwnedKeySet, ownKey } from '../base/bytes.ts';
import type { Command } from '../core/command.ts';

/**
 * The number of commands that may be added before an index is dropped: a minimum, and a multiple of the number in
 * flight.
 */
const fewest = 1024;
const times = 4;

/** The keys that have commands in flight on a connection. */
export class InFlightKeys {
  #keys: OwnedKeySet | undefined;
  /** All keys are in flight. */
  #hasFlush = false;
  #added = 0;

  /** Records a command that is in flight now, one of `length`. */
  push(command: Command, length: number): void {
    if (this.#keys === undefined) return;
    if (++this.#added > fewest + times * length) this.#keys = undefined;
    else this.#add(this.#keys, command);
  }

  /**
   * Whether the command must stand behind one of those in flight, because that one has a key of it. This includes two
   * gets: a later write can stand behind the commands of one connection only.
   */
  conflictsWith(command: Command, inFlight: Iterable<Command>): boolean {
    const { key, keys, routingKey, verb } = command;
    const isFlush = verb === 'flush';
    if (key === '' && keys === undefined && !isFlush) return false;
    const known = this.#keys ?? this.#index(inFlight);
    if (this.#hasFlush) return true;
    if (isFlush) return known.size > 0;
    if (routingKey !== undefined && known.has(routingKey)) return true;
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

  #add(known: OwnedKeySet, { key, keys, routingKey, verb }: Command): void {
    if (verb === 'flush') this.#hasFlush = true;
    if (routingKey !== undefined) addKey(known, routingKey);
    if (keys !== undefined) for (const one of keys) addKey(known, one);
    else if (key !== '') addKey(known, key);
  }
}

/** An owned key: it stays longer than the command. */
function addKey(known: OwnedKeySet, key: string): void {
  if (!known.has(key)) known.add(ownKey(key));
}
