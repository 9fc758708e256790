/**
 * Closes connections of a pool: those beyond the minimum that were idle for too long, and those that are too old. One
 * timer, set only while there are connections to watch.
 */
import { withJitter } from '../base/backoff.ts';
import { type Random, systemRandom } from '../base/chance.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Connection } from '../connection/connection.ts';
import type { ResolvedPoolOptions } from './options.ts';

const lifetimeJitter = 0.1;

/** Closes connections that were idle for too long, and replaces old ones. */
export class Reaper {
  readonly #options: ResolvedPoolOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #connections: () => readonly Connection[];
  readonly #retire: (connection: Connection) => void;
  readonly #onReaped: () => void;
  /** The time at which each connection is replaced: ms on the clock. */
  readonly #expiries = new Map<Connection, number>();
  #timer: Timer | undefined;

  /** `connections`: those to watch. `retire` removes one; `onReaped` is called after each check. */
  constructor(
    options: ResolvedPoolOptions,
    clock: Clock,
    random: Random = systemRandom,
    connections: () => readonly Connection[],
    retire: (connection: Connection) => void,
    onReaped: () => void,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#connections = connections;
    this.#retire = retire;
    this.#onReaped = onReaped;
  }

  /** A connection is new. */
  add(connection: Connection): void {
    const { maxLifetime } = this.#options;
    if (maxLifetime > 0)
      this.#expiries.set(connection, this.#clock.now() + withJitter(maxLifetime, lifetimeJitter, this.#random));
    this.#arm();
  }

  /** A connection is gone, or is closing. */
  remove(connection: Connection): void {
    this.#expiries.delete(connection);
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #arm(): void {
    const { idleTimeout, maxLifetime, min } = this.#options;
    const hasSurplus = idleTimeout > 0 && this.#connections().length > min;
    if (this.#timer !== undefined || (!hasSurplus && this.#expiries.size === 0)) return;
    const wait = Math.min(hasSurplus ? idleTimeout / 2 : Infinity, maxLifetime > 0 ? maxLifetime / 10 : Infinity);
    this.#timer = this.#clock.setTimer(wait, () => this.#reap(), false);
  }

  #reap(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const { idleTimeout, min } = this.#options;
    for (const connection of this.#connections().slice()) {
      const isOld = (this.#expiries.get(connection) ?? Infinity) <= now;
      const isIdle = idleTimeout > 0 && connection.inFlight === 0 && connection.lastUsed + idleTimeout <= now;
      if (isOld || (isIdle && this.#connections().length > min)) this.#retire(connection);
    }
    this.#onReaped();
    this.#arm();
  }
}
