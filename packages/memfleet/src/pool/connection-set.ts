/**
 * The ready connections of a pool, and the choice of one for a command.
 *
 *   ready     [ A  B  C ]   the first that is not busy; else the least loaded that is not full
 *                           a get joins the line that is being written to a full one
 *   leaving   { R }         finish their commands
 *
 * A command with a key that is in flight on a connection goes to that one, however busy it is, so that replies are
 * consistent with one order. Where it cannot (the connection is full or leaving, or two have keys of it) it waits, and
 * all others behind it.
 */
import type { Connection } from '../connection/connection.ts';
import type { Command } from '../core/command.ts';
import type { PoolStats } from './stats.ts';

/** The epoch that began last, of all nodes. */
let latestEpoch = 0;

/** The ready connections of a pool; chooses the one for a command. */
export class ConnectionSet {
  readonly #keepsOrder: boolean;
  readonly #onAllBusy: () => void;
  #ready: readonly Connection[] = [];
  readonly #leaving = new Set<Connection>();
  /** The number of replies on connections that are gone. */
  #pastReplies = 0;
  #epoch = ++latestEpoch;

  /**
   * `keepsOrder`: commands of one key keep their order; false where a connection takes one command at a time.
   * `onAllBusy`: a command had to stand behind others, so one more connection would help.
   */
  constructor(keepsOrder: boolean, onAllBusy: () => void) {
    this.#keepsOrder = keepsOrder;
    this.#onAllBusy = onAllBusy;
  }

  /** The connections that take commands. The list is never changed, but replaced. */
  get ready(): readonly Connection[] {
    return this.#ready;
  }

  /** See `PoolStats.epoch`. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Its part of the pool's statistics. */
  get counts(): Pick<PoolStats, 'open' | 'busy' | 'inFlight' | 'epoch'> {
    let busy = 0;
    for (const { inFlight } of this.#ready) if (inFlight > 0) busy++;
    for (const { inFlight } of this.#leaving) if (inFlight > 0) busy++;
    return { open: this.size, busy, inFlight: this.inFlight, epoch: this.#epoch };
  }

  /** The connections that take commands, and those that finish theirs. */
  get all(): readonly Connection[] {
    return [...this.#ready, ...this.#leaving];
  }

  get size(): number {
    return this.#ready.length + this.#leaving.size;
  }

  /** Whether there is a connection, and none has a command in flight. */
  get isIdle(): boolean {
    return this.#ready[0]?.inFlight === 0 && this.isFirstAlone;
  }

  /** Whether only the first one has commands in flight. */
  get isFirstAlone(): boolean {
    const ready = this.#ready;
    for (let i = ready.length - 1; i > 0; i--) if (ready[i]?.inFlight !== 0) return false;
    return this.#leaving.size === 0;
  }

  /** The total number of replies received. */
  get replies(): number {
    let count = this.#pastReplies;
    for (const connection of this.#ready) count += connection.replies;
    for (const connection of this.#leaving) count += connection.replies;
    return count;
  }

  get inFlight(): number {
    let count = 0;
    for (const connection of this.#ready) count += connection.inFlight;
    for (const connection of this.#leaving) count += connection.inFlight;
    return count;
  }

  /** The commands in flight. */
  *commands(): Iterable<Command> {
    for (const connection of this.all) yield* connection.commands();
  }

  get hasRoom(): boolean {
    return this.#ready.some((connection) => !connection.isFull);
  }

  add(connection: Connection): void {
    connection.epoch = this.#epoch;
    this.#ready = [...this.#ready, connection];
  }

  /** Stops sending it new commands. False: it did not take any before. */
  retire(connection: Connection): boolean {
    if (!this.#ready.includes(connection)) return false;
    this.#ready = this.#ready.filter((other) => other !== connection);
    this.#leaving.add(connection);
    return true;
  }

  /** Removes a connection that is gone. True: it took commands until now. */
  remove(connection: Connection): boolean {
    this.#pastReplies += connection.replies;
    this.#leaving.delete(connection);
    const wasReady = this.#ready.includes(connection);
    if (wasReady) this.#ready = this.#ready.filter((other) => other !== connection);
    if (this.size === 0) this.#epoch = ++latestEpoch;
    return wasReady;
  }

  /** The connection for the command; undefined = it must wait. */
  place(command: Command): Connection | undefined {
    if (!this.#keepsOrder || this.size < 2) return this.#choose(command);
    let followed: Connection | undefined;
    for (const connection of this.#ready) {
      if (!connection.conflictsWith(command)) continue;
      if (followed !== undefined) return undefined;
      followed = connection;
    }
    for (const connection of this.#leaving) if (connection.conflictsWith(command)) return undefined;
    if (followed === undefined) return this.#choose(command);
    return followed.isFull && !followed.joins(command) ? undefined : followed;
  }

  #choose(command: Command): Connection | undefined {
    let best: Connection | undefined;
    for (const connection of this.#ready) {
      if (!connection.isBusy || (this.#keepsOrder && connection.joins(command))) return connection;
      if (!connection.isFull && (best === undefined || connection.inFlight < best.inFlight)) best = connection;
    }
    if (this.#ready.length > 0) this.#onAllBusy();
    return best;
  }
}
