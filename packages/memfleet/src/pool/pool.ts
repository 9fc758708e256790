/**
 * The connections to ONE node.
 *
 *   dispatch ─▶ first connection with room ─────────────────────────────▶ connection
 *          │        ├─ another one has the key in flight: that one, however busy it is
 *          │        └─ all busy: begin a dial (below max), and
 *          │              ├─ one not full: use it
 *          │              └─ all full, or none yet ─▶ waiting (FIFO) ── too many, or the first one too long ─▶ refused
 *          │                                             │ a dial is ready, replies came in
 *          └◀────────────────── serve ◀──────────────────┘
 *
 * Dials are made by dialer.ts. Many callers that wait share one dial: as many dials are in progress as the waiting
 * callers fill connections, never more than `max` in all. A failed dial fails the waiting callers (unless another
 * connection will serve them), and the next dial begins only after the back-off.
 */
import { type Clock, deadlineIn } from '../base/clock.ts';
import type { Connection, ConnectionEvents, Unsent } from '../connection/connection.ts';
import type { HandshakeOptions } from '../connection/handshake.ts';
import { Command } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { ClosedError, ConnectError, type MemcacheError, TimeoutError } from '../core/errors.ts';
import type { WaitQueue } from '../core/wait-queue.ts';
import { formatAddress } from '../net/transport.ts';
import { channels } from '../observe/channels.ts';
import { ConnectionSet } from './connection-set.ts';
import { Dialer } from './dialer.ts';
import { callAlone } from './lone-call.ts';
import type { ResolvedPoolOptions } from './options.ts';
import { PacedGets } from './paced-gets.ts';
import { notConnectedError, poolClosedError, refusedError } from './pool-errors.ts';
import type { PoolEvents } from './pool-events.ts';
import { Reaper } from './reaper.ts';
import type { PoolStats } from './stats.ts';
import { waitingFor } from './waiting.ts';

/**
 * A caller that would wait longer than this share of its timeout is refused at once. The rest is for the reply: an
 * overloaded fleet thus serves as many calls as it can, each in time.
 */
const waitingShare = 0.5;

/** The connections to one node. */
export class Pool implements Dispatcher, ConnectionEvents {
  /** `host:port` or a path. */
  readonly node: string;
  /** Gets of very many keys. */
  readonly paced: PacedGets;
  readonly #options: ResolvedPoolOptions;
  readonly #handshake: HandshakeOptions;
  readonly #clock: Clock;
  readonly #events: PoolEvents;
  readonly #waiting: WaitQueue;
  readonly #reaper: Reaper;
  readonly #set: ConnectionSet;
  readonly #dialer: Dialer;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #closing: Promise<void> | undefined;
  #onClosed: (() => void) | undefined;
  readonly #counts = { peak: 0, disconnects: 0, timeouts: 0, waits: 0, refused: 0 };
  /** The number of replies of all connections at the last report of a failure. */
  #reportedReplies = 0;

  constructor(handshake: HandshakeOptions, options: ResolvedPoolOptions, events: PoolEvents, random?: () => number) {
    this.node = formatAddress(handshake.address);
    this.#options = options;
    const maxInFlight = options.exclusive ? 1 : options.maxInFlight;
    this.#handshake = { ...handshake, connection: { ...handshake.connection, maxInFlight } };
    this.#clock = handshake.clock;
    this.paced = new PacedGets(this, handshake.clock);
    this.#events = events;
    this.#dialer = new Dialer(
      this.node,
      this.#handshake,
      options.backoff,
      {
        onReady: (connection, duration) => this.#adopt(connection, duration),
        onFailed: (error) => this.#dialFailed(error),
      },
      this,
      random,
    );
    this.#waiting = waitingFor(this.node, handshake.clock, this.#dialer);
    this.#set = new ConnectionSet(!options.exclusive, () => {
      if (this.#dialer.count === 0 && this.#mayDial) this.#dial();
    });
    this.#reaper = new Reaper(
      options,
      handshake.clock,
      random,
      () => this.#set.ready,
      (connection) => this.#retire(connection),
      () => this.warmUp(),
    );
    if (options.warmUp) this.warmUp();
  }

  dispatch(command: Command, handler: Handler): void {
    if (!this.paced.isEmpty) this.paced.before(command);
    const first = this.#set.ready[0];
    if (first !== undefined && this.#waiting.length === 0 && !first.isBusy && this.#set.isFirstAlone)
      first.dispatch(command, handler);
    else this.#dispatchSlowly(command, handler);
  }

  /** Dispatches on a connection of its own, beyond `max`, which closes after the reply. Returns what ends the call. */
  dispatchAlone(command: Command, handler: Handler): (error: MemcacheError) => void {
    return callAlone(this.#handshake, this.#dialer.protocol, command, handler);
  }

  /** The commands in flight, and those that wait for room. */
  *commands(): Iterable<Command> {
    yield* this.#set.commands();
    yield* this.#waiting.commands();
  }

  /** Makes connections up to the minimum. */
  warmUp(): void {
    while (this.#state === 'open' && this.#size < this.#options.min && this.#mayDial) this.#dial();
  }

  /** Probes the node: a round trip on a connection, a new one if there is none. Calls back once. */
  probe(done: (error?: MemcacheError) => void): void {
    if (this.#state !== 'open') return done(poolClosedError(this.node));
    const connection = this.#set.ready[0];
    if (connection !== undefined) {
      const noop = new Command('noop');
      noop.deadline = deadlineIn(this.#clock, this.#handshake.connectTimeout);
      connection.dispatch(noop, { onReply: () => done(), onError: done });
      return;
    }
    if (this.#dialer.count === 0 && this.#size >= this.#options.max)
      return done(new ConnectError(`${this.node}: all its connections are about to close`, { node: this.node }));
    this.#dialer.whenNextEnds(done);
    if (this.#dialer.count === 0) this.#dial();
  }

  /** Drops all connections: their commands fail with `error`. The pool stays usable. */
  reset(error: MemcacheError): void {
    this.paced.sendAll();
    // Waiting callers fail first: otherwise the end of the last connection would begin a dial for them.
    this.#waiting.failAll(error);
    for (const connection of this.#set.all) connection.destroy(error);
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    if (this.#state === 'closed') return Promise.resolve();
    this.paced.sendAll();
    this.#state = 'closing';
    this.#reaper.stop();
    this.#closing = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.#finishIfEmpty();
    return this.#closing;
  }

  destroy(error: MemcacheError = poolClosedError(this.node)): void {
    if (this.#state === 'closed') return;
    this.paced.sendAll();
    this.#state = 'closed';
    this.#reaper.stop();
    this.#waiting.failAll(error);
    this.#dialer.abort(error);
    for (const connection of this.#set.all) connection.destroy(error);
    this.#onClosed?.();
  }

  /** Whether the node has replied since the last reported failure. */
  get hasReplied(): boolean {
    return this.#set.replies > this.#reportedReplies;
  }

  /** Whether `count` commands would be sent at once, with nothing before them. */
  isIdleFor(count: number): boolean {
    return this.#waiting.length === 0 && this.#set.isIdle && count <= this.#handshake.connection.maxInFlight;
  }

  get identity(): Pick<PoolStats, 'epoch' | 'protocol'> {
    return { epoch: this.#set.epoch, protocol: this.#dialer.protocol };
  }

  /** A snapshot. */
  stats(): PoolStats {
    return {
      ...this.#set.counts,
      limit: this.#options.max,
      waiting: this.#waiting.length,
      ...this.#dialer.counts,
      ...this.#counts,
    };
  }

  onProgress(): void {
    if (this.#waiting.length > 0) this.#serve();
    if (this.#state === 'closing') this.#finishIfEmpty();
  }

  onTimeouts(_connection: Connection, count: number): void {
    this.#counts.timeouts += count;
    this.#report(
      new TimeoutError(`${this.node}: ${count} commands timed out`, 'total', { node: this.node, sent: true }),
    );
    this.onProgress();
  }

  onUnsent(unsent: readonly Unsent[]): void {
    // The waiting callers came after them.
    for (const { command, handler } of unsent.toReversed()) this.#waiting.putBack(command, handler, this.#waitingLimit);
  }

  onClose(connection: Connection, error: MemcacheError | undefined, lost: number): void {
    this.#counts.disconnects++;
    this.#reaper.remove(connection);
    const wasListed = this.#set.remove(connection);
    channels.disconnect.publish({ node: this.node, error });
    this.#events.onDisconnect(error);
    const isOurs = error === undefined || error instanceof ClosedError;
    // memcached closes idle connections (`-o idle_timeout`), so an end with nothing owed is no failure.
    if (!isOurs && lost > 0 && wasListed && this.#state === 'open') this.#report(error);
    // Some callers may have waited for this connection only.
    this.#serve();
    if (this.#waiting.length > 0) this.#growForWaiting();
    this.#finishIfEmpty();
  }

  get #size(): number {
    return this.#set.size + this.#dialer.count;
  }

  #report(error: MemcacheError): void {
    const before = this.#reportedReplies;
    this.#reportedReplies = this.#set.replies;
    this.#events.onFailure(error, this.#reportedReplies - before);
  }

  get #mayDial(): boolean {
    return this.#size < this.#options.max && !this.#dialer.isBackingOff;
  }

  #dispatchSlowly(command: Command, handler: Handler): void {
    if (this.#state !== 'open') {
      handler.onError(poolClosedError(this.node));
      return;
    }
    const connection = this.#waiting.length === 0 ? this.#set.place(command) : undefined;
    if (connection === undefined) this.#wait(command, handler);
    else connection.dispatch(command, handler);
  }

  #wait(command: Command, handler: Handler): void {
    const now = this.#clock.now();
    const hasConnection = this.#set.ready.length > 0;
    if (!hasConnection && this.#dialer.count === 0 && this.#dialer.isBackingOff) {
      handler.onError(notConnectedError(command, this.node, this.#dialer.lastError));
      return;
    }
    // Without a connection, earlier waits predict nothing: all callers are sent as soon as there is one.
    const isTimed = hasConnection && this.#options.acquireTimeout === 0 && command.deadline !== 0;
    const isSlow = isTimed && this.#waiting.wouldWait((command.deadline - now) * waitingShare);
    if (isSlow || !this.#waiting.hasRoom(this.#options.maxWaiting)) {
      this.#refuse(command, handler);
      return;
    }
    this.#counts.waits++;
    this.#waiting.push(command, handler, this.#waitingLimit);
    this.#growForWaiting();
  }

  /** Refusing must cost less than serving, or an overload never ends. */
  #refuse(command: Command, handler: Handler): void {
    this.#counts.refused++;
    // Where no caller may wait, a refused caller begins the dial for the later ones.
    if (this.#dialer.count === 0 && this.#mayDial) this.#dial();
    const { length, since } = this.#waiting;
    handler.onError(refusedError(command, this.node, length, this.#clock.now() - since));
  }

  /** The time until which a caller that begins to wait now may wait, beside its own deadline: ms on the clock. */
  get #waitingLimit(): number {
    const { acquireTimeout } = this.#options;
    return acquireTimeout === 0 ? Infinity : this.#clock.now() + acquireTimeout;
  }

  /** Begins as many dials as the waiting callers would fill; none while a connection has room, which serves them. */
  #growForWaiting(): void {
    if (this.#set.hasRoom) return;
    const perConnection = this.#handshake.connection.maxInFlight;
    const wanted = Math.ceil(this.#waiting.length / perConnection);
    while (this.#state !== 'closed' && this.#dialer.count < wanted && this.#mayDial) this.#dial();
    if (this.#size === 0) {
      this.#waiting.failAll(
        this.#dialer.lastError ?? new ConnectError(`${this.node}: not connected`, { node: this.node }),
      );
    }
  }

  #serve(): void {
    for (let entry = this.#waiting.first(); entry !== undefined; entry = this.#waiting.first()) {
      const connection = this.#set.place(entry.command);
      if (connection === undefined) return;
      this.#waiting.shift();
      connection.dispatch(entry.command, entry.handler);
    }
  }

  #dial(): void {
    this.#dialer.begin();
    this.#counts.peak = Math.max(this.#counts.peak, this.#size);
  }

  #adopt(connection: Connection, duration: number): void {
    if (this.#state === 'closed') {
      connection.destroy();
      return;
    }
    this.#set.add(connection);
    if (this.#state === 'open') this.#reaper.add(connection);
    channels.connect.publish({ node: this.node, duration, protocol: connection.codec.protocol });
    this.#events.onConnect();
    this.#serve();
    this.#finishIfEmpty();
  }

  #dialFailed(error: MemcacheError): void {
    // A node that replies on other connections is healthy: it may only be at its connection limit.
    if (this.#set.ready.length === 0) {
      if (this.#dialer.count === 0) this.#waiting.failAll(error);
      if (this.#state === 'open') this.#report(error);
    }
    this.#finishIfEmpty();
  }

  /** Accepts no new commands, finishes those in flight, closes. */
  #retire(connection: Connection): void {
    // The end of one connection may end others during the iteration.
    if (!this.#set.retire(connection)) return;
    this.#reaper.remove(connection);
    void connection.close();
  }

  #finishIfEmpty(): void {
    if (this.#state !== 'closing' || this.#waiting.first() !== undefined) return;
    for (const connection of this.#set.ready) this.#retire(connection);
    this.#dialer.abort(poolClosedError(this.node));
    if (this.#size > 0) return;
    this.#state = 'closed';
    this.#onClosed?.();
  }
}
