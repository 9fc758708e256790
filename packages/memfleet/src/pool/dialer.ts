/**
 * The dials of a pool: each is a handshake that becomes a connection, or fails.
 *
 *   begin ─▶ Handshake ─ ready ──▶ onReady, the back-off begins anew
 *                      └ failed ─▶ onFailed, no dial before the back-off is over
 *
 * The next handshake first probes the protocol that the node used the last time.
 */
import { Backoff } from '../base/backoff.ts';
import type { Random } from '../base/chance.ts';
import type { Connection, ConnectionEvents } from '../connection/connection.ts';
import { Handshake, type HandshakeOptions } from '../connection/handshake.ts';
import { ClosedError, type MemcacheError } from '../core/errors.ts';
import { channels } from '../observe/channels.ts';
import type { Protocol } from '../protocol/codec.ts';
import type { ResolvedPoolOptions } from './options.ts';
import type { PoolStats } from './stats.ts';

/** The outcomes of dials. */
export interface DialEvents {
  /** `duration`: milliseconds from the dial to ready. */
  onReady(connection: Connection, duration: number): void;
  /** The dial was given up, or the node cannot be reached. */
  onFailed(error: MemcacheError): void;
}

/** Makes the connections of a pool. */
export class Dialer {
  readonly #node: string;
  readonly #handshake: HandshakeOptions;
  readonly #events: DialEvents;
  readonly #connectionEvents: ConnectionEvents;
  readonly #backoff: Backoff;
  readonly #dials = new Set<Handshake>();
  /** Callbacks for the outcome of the next dial. */
  #probes: ((error?: MemcacheError) => void)[] = [];
  #notBefore = 0;
  #lastError: MemcacheError | undefined;
  #protocol: Protocol | undefined;
  #isAborted = false;
  #connects = 0;
  #failures = 0;

  constructor(
    node: string,
    handshake: HandshakeOptions,
    backoff: ResolvedPoolOptions['backoff'],
    events: DialEvents,
    connectionEvents: ConnectionEvents,
    random: Random | undefined,
  ) {
    this.#node = node;
    this.#handshake = handshake;
    this.#events = events;
    this.#connectionEvents = connectionEvents;
    this.#backoff = new Backoff(backoff, random);
  }

  /** Dials in progress. */
  get count(): number {
    return this.#dials.size;
  }

  /** Whether the back-off after a failed dial is not over. */
  get isBackingOff(): boolean {
    return this.#handshake.clock.now() < this.#notBefore;
  }

  /** The error of the last failed dial. */
  get lastError(): MemcacheError | undefined {
    return this.#lastError;
  }

  /** The node's protocol, once known. */
  get protocol(): Protocol | undefined {
    return this.#protocol;
  }

  /** Its part of the pool's statistics. */
  get counts(): Pick<PoolStats, 'connecting' | 'connects' | 'connectFailures' | 'protocol'> {
    return {
      connecting: this.count,
      connects: this.#connects,
      connectFailures: this.#failures,
      protocol: this.#protocol,
    };
  }

  /** Calls back once, when the next dial ends. */
  whenNextEnds(done: (error?: MemcacheError) => void): void {
    this.#probes.push(done);
  }

  /** Begins a dial. A handshake calls back later, never before its constructor returns. */
  begin(): void {
    const { clock } = this.#handshake;
    const startedAt = clock.now();
    const end = (error: MemcacheError | undefined, apply: () => void): void => {
      this.#dials.delete(dial);
      apply();
      for (const done of this.#probes.splice(0)) done(error);
    };
    const dial = new Handshake(
      this.#handshake,
      this.#protocol,
      {
        onReady: (connection) => end(undefined, () => this.#ready(connection, clock.now() - startedAt)),
        onFailed: (error) => end(error, () => this.#failed(error)),
      },
      this.#connectionEvents,
    );
    this.#dials.add(dial);
  }

  /** Ends all dials: each fails with `error`. */
  abort(error: MemcacheError): void {
    this.#isAborted = true;
    for (const dial of this.#dials) dial.abort(error);
  }

  #ready(connection: Connection, duration: number): void {
    this.#connects++;
    this.#backoff.reset();
    this.#notBefore = 0;
    this.#protocol = connection.codec.protocol;
    this.#events.onReady(connection, duration);
  }

  #failed(error: MemcacheError): void {
    // A dial that was given up says nothing about the node.
    if (!this.#isAborted || !(error instanceof ClosedError)) {
      this.#failures++;
      this.#lastError = error;
      this.#notBefore = this.#handshake.clock.now() + this.#backoff.next();
      channels.connectFailed.publish({ node: this.#node, error });
    }
    this.#events.onFailed(error);
  }
}
