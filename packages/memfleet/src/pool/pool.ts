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
 * Many callers that wait share one dial: as many dials are in progress as the waiting callers fill connections, never
 * more than `max` in all. A dial that fails fails those who wait (unless another connection will serve them) and the
 * next one is not before the back-off is over.
 */
import { Backoff } from '../base/backoff.ts';
import { type Clock, deadlineIn } from '../base/clock.ts';
import type { Connection, ConnectionEvents, Unsent } from '../connection/connection.ts';
import { Handshake, type HandshakeOptions } from '../connection/handshake.ts';
import { Command, describeCommand } from '../core/command.ts';
import type { Dispatcher, Handler } from '../core/dispatcher.ts';
import { ClosedError, ConnectError, type MemcacheError, QueueFullError, TimeoutError } from '../core/errors.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { formatAddress } from '../net/transport.ts';
import { channels } from '../observe/channels.ts';
import type { Protocol } from '../protocol/codec.ts';
import { ConnectionSet } from './connection-set.ts';
import { callAlone } from './lone-call.ts';
import type { ResolvedPoolOptions } from './options.ts';
import { Reaper } from './reaper.ts';
import type { PoolStats } from './stats.ts';

/** What a pool tells the cluster of its node's well-being. */
export interface PoolEvents {
  /** A connection is ready: the node answers. */
  onConnect(): void;
  /** A connection ended. `error` is undefined when we closed it. */
  onDisconnect(error: MemcacheError | undefined): void;
  /**
   * Something that speaks against the node: a failed dial, a reset, timeouts. `replies` came, on all connections, since
   * the last such report.
   */
  onFailure(error: MemcacheError, replies: number): void;
}

/**
 * Who would wait for more than this share of its time is refused at once: the first one in the queue has, and the rest
 * of the time is for the answer. So a fleet that cannot keep up serves what it can, each call in time.
 */
const waitingShare = 0.5;

/** The connections to one node. */
export class Pool implements Dispatcher, ConnectionEvents {
  /** `host:port` or a path. */
  readonly node: string;
  readonly #options: ResolvedPoolOptions;
  readonly #handshake: HandshakeOptions;
  readonly #clock: Clock;
  readonly #events: PoolEvents;
  readonly #backoff: Backoff;
  readonly #waiting: WaitQueue;
  readonly #reaper: Reaper;
  readonly #set: ConnectionSet;
  readonly #dials = new Set<Handshake>();
  #state: 'open' | 'closing' | 'closed' = 'open';
  #notBefore = 0;
  #lastError: MemcacheError | undefined;
  #protocol: Protocol | undefined;
  #closing: Promise<void> | undefined;
  #onClosed: (() => void) | undefined;
  readonly #counts = { peak: 0, connects: 0, connectFailures: 0, disconnects: 0, timeouts: 0, waits: 0, refused: 0 };
  /** Replies of all connections at the last report of a failure. */
  #reportedReplies = 0;
  /** Who wants to know how the next dial ends. */
  #probes: ((error?: MemcacheError) => void)[] = [];

  constructor(
    handshake: HandshakeOptions,
    options: ResolvedPoolOptions,
    events: PoolEvents,
    random: () => number = Math.random,
  ) {
    this.node = formatAddress(handshake.address);
    this.#options = options;
    const maxInFlight = options.exclusive ? 1 : options.maxInFlight;
    this.#handshake = { ...handshake, connection: { ...handshake.connection, maxInFlight } };
    this.#clock = handshake.clock;
    this.#events = events;
    this.#backoff = new Backoff(options.backoff, random);
    this.#waiting = new WaitQueue(handshake.clock, (command) => {
      const message = `${describeCommand(command)} → ${this.node}: no connection had room before the deadline`;
      return new TimeoutError(message, 'acquire', { node: this.node });
    });
    this.#set = new ConnectionSet(!options.exclusive, () => {
      if (this.#dials.size === 0 && this.#mayDial) this.#dial();
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
    const first = this.#set.ready[0];
    if (first !== undefined && this.#waiting.length === 0 && !first.isBusy && this.#set.isFirstAlone)
      first.dispatch(command, handler);
    else this.#dispatchSlowly(command, handler);
  }

  /**
   * Dispatches on a connection of its own, which is closed behind the answer; it does not count for `max`. Returns what
   * ends it at once.
   */
  dispatchAlone(command: Command, handler: Handler): (error: MemcacheError) => void {
    return callAlone(this.#handshake, this.#protocol, command, handler);
  }

  /** Makes connections up to the minimum. */
  warmUp(): void {
    while (this.#state === 'open' && this.#size < this.#options.min && this.#mayDial) this.#dial();
  }

  /**
   * Asks the node whether it is there: a round trip on a connection, a new one if there is none. Calls back once.
   */
  probe(done: (error?: MemcacheError) => void): void {
    if (this.#state !== 'open') {
      done(this.#closedError());
      return;
    }
    const connection = this.#set.ready[0];
    if (connection !== undefined) {
      const noop = new Command('noop');
      noop.deadline = deadlineIn(this.#clock, this.#handshake.connectTimeout);
      connection.dispatch(noop, { onReply: () => done(), onError: done });
      return;
    }
    this.#probes.push(done);
    if (this.#dials.size === 0) this.#dial();
  }

  /** Drops all connections: their commands fail with `error`. The pool stays usable. */
  reset(error: MemcacheError): void {
    // Who waits first, or the end of the last connection would begin a dial for them.
    this.#waiting.failAll(error);
    for (const connection of this.#set.all) connection.destroy(error);
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    if (this.#state === 'closed') return Promise.resolve();
    this.#state = 'closing';
    this.#reaper.stop();
    this.#closing = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.#finishIfEmpty();
    return this.#closing;
  }

  destroy(error: MemcacheError = this.#closedError()): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#reaper.stop();
    this.#waiting.failAll(error);
    for (const dial of this.#dials) dial.abort(error);
    for (const connection of this.#set.all) connection.destroy(error);
    this.#onClosed?.();
  }

  /** Has the node answered anything since the last failure that was reported? */
  get hasAnswered(): boolean {
    return this.#set.replies > this.#reportedReplies;
  }

  /** Would so many commands go out at once, with nothing before them? */
  isIdleFor(count: number): boolean {
    const first = this.#set.ready[0];
    if (first === undefined || first.inFlight > 0 || this.#waiting.length > 0) return false;
    return this.#set.isFirstAlone && count <= this.#handshake.connection.maxInFlight;
  }

  /** A snapshot. */
  stats(): PoolStats {
    return {
      open: this.#set.size,
      connecting: this.#dials.size,
      waiting: this.#waiting.length,
      inFlight: this.#set.inFlight,
      ...this.#counts,
      protocol: this.#protocol,
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
    // Who waits came after them.
    for (const { command, handler } of unsent.toReversed()) this.#waiting.putBack(command, handler, this.#waitingLimit);
  }

  onClose(connection: Connection, error: MemcacheError | undefined, lost: number): void {
    this.#counts.disconnects++;
    this.#reaper.remove(connection);
    const wasListed = this.#set.remove(connection);
    channels.disconnect.publish({ node: this.node, error });
    this.#events.onDisconnect(error);
    const isOurs = error === undefined || error instanceof ClosedError;
    // memcached closes idle connections (`-o idle_timeout`), so an end with nothing owed speaks against nobody.
    if (!isOurs && lost > 0 && wasListed && this.#state === 'open') this.#report(error);
    // Some may have waited for this one only.
    this.#serve();
    if (this.#waiting.length > 0) this.#growForWaiting();
    this.#finishIfEmpty();
  }

  get #size(): number {
    return this.#set.size + this.#dials.size;
  }

  #report(error: MemcacheError): void {
    const before = this.#reportedReplies;
    this.#reportedReplies = this.#set.replies;
    this.#events.onFailure(error, this.#reportedReplies - before);
  }

  get #mayDial(): boolean {
    return this.#size < this.#options.max && this.#clock.now() >= this.#notBefore;
  }

  #dispatchSlowly(command: Command, handler: Handler): void {
    if (this.#state !== 'open') {
      handler.onError(this.#closedError());
      return;
    }
    const connection = this.#waiting.length === 0 ? this.#set.place(command) : undefined;
    if (connection === undefined) this.#wait(command, handler);
    else connection.dispatch(command, handler);
  }

  #wait(command: Command, handler: Handler): void {
    const now = this.#clock.now();
    const hasConnection = this.#set.ready.length > 0;
    if (!hasConnection && this.#dials.size === 0 && now < this.#notBefore) {
      const cause = this.#lastError;
      const message = `${describeCommand(command)} → ${this.node}: not connected (${cause?.message ?? 'no connection'})`;
      handler.onError(new ConnectError(message, { node: this.node, cause }));
      return;
    }
    // How long those before have waited says nothing while there is no connection: all of them go out with it.
    const isTimed = hasConnection && this.#options.acquireTimeout === 0 && command.deadline !== 0;
    const isSlow = isTimed && this.#waiting.wouldWait((command.deadline - now) * waitingShare);
    if (isSlow || !this.#waiting.hasRoom(this.#options.maxWaiting)) {
      this.#refuse(command, handler);
      return;
    }
    this.#counts.waits++;
    this.#waiting.push(command, handler, this.#waitingLimit);
    channels.wait.publish({ node: this.node, waiting: this.#waiting.length });
    this.#growForWaiting();
  }

  /** Must cost less than serving: else an overload lasts for ever. */
  #refuse(command: Command, handler: Handler): void {
    this.#counts.refused++;
    // Where nobody may wait, a refused caller is what begins the dial for the later ones.
    if (this.#dials.size === 0 && this.#mayDial) this.#dial();
    const { length, since } = this.#waiting;
    const waited = Math.round(this.#clock.now() - since);
    const why =
      length === 0
        ? 'no connection has room, and no caller may wait'
        : `${length} callers are waiting already, the first of them for ${waited} ms`;
    handler.onError(new QueueFullError(`${describeCommand(command)} → ${this.node}: ${why}`, { node: this.node }));
  }

  /** Until when one that begins to wait now may, beside its own deadline: ms on the clock. */
  get #waitingLimit(): number {
    const { acquireTimeout } = this.#options;
    return acquireTimeout === 0 ? Infinity : this.#clock.now() + acquireTimeout;
  }

  /**
   * As many dials as the waiting callers would fill. None while a connection has room: then they are being served right
   * now.
   */
  #growForWaiting(): void {
    if (this.#set.hasRoom) return;
    const perConnection = this.#handshake.connection.maxInFlight;
    const wanted = Math.ceil(this.#waiting.length / perConnection);
    while (this.#state !== 'closed' && this.#dials.size < wanted && this.#mayDial) this.#dial();
    if (this.#size === 0) {
      this.#waiting.failAll(this.#lastError ?? new ConnectError(`${this.node}: not connected`, { node: this.node }));
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
    const startedAt = this.#clock.now();
    // A handshake calls back later, never before its constructor returns.
    const dial = new Handshake(
      this.#handshake,
      this.#protocol,
      {
        onReady: (connection) => {
          this.#dials.delete(dial);
          this.#adopt(connection, this.#clock.now() - startedAt);
          for (const done of this.#probes.splice(0)) done();
        },
        onFailed: (error) => {
          this.#dials.delete(dial);
          this.#dialFailed(error);
          for (const done of this.#probes.splice(0)) done(error);
        },
      },
      this,
    );
    this.#dials.add(dial);
    this.#counts.peak = Math.max(this.#counts.peak, this.#size);
  }

  #adopt(connection: Connection, duration: number): void {
    if (this.#state === 'closed') {
      connection.destroy();
      return;
    }
    this.#counts.connects++;
    this.#backoff.reset();
    this.#notBefore = 0;
    this.#protocol = connection.codec.protocol;
    this.#set.add(connection);
    if (this.#state === 'open') this.#reaper.add(connection);
    channels.connect.publish({ node: this.node, duration, protocol: this.#protocol });
    this.#events.onConnect();
    this.#serve();
    this.#finishIfEmpty();
  }

  #dialFailed(error: MemcacheError): void {
    // One that we gave up says nothing about the node.
    if (this.#state === 'open' || !(error instanceof ClosedError)) {
      this.#counts.connectFailures++;
      this.#lastError = error;
      this.#notBefore = this.#clock.now() + this.#backoff.next();
      channels.connectFailed.publish({ node: this.node, error });
    }
    // A node that answers on other connections is well: it may just have no room for one more.
    if (this.#set.ready.length === 0) {
      if (this.#dials.size === 0) this.#waiting.failAll(error);
      if (this.#state === 'open') this.#report(error);
    }
    this.#finishIfEmpty();
  }

  /** Takes no new commands, finishes those it has, closes. */
  #retire(connection: Connection): void {
    // The end of one may end others, in the middle of a walk over all.
    if (!this.#set.retire(connection)) return;
    this.#reaper.remove(connection);
    void connection.close();
  }

  #finishIfEmpty(): void {
    if (this.#state !== 'closing') return;
    if (this.#waiting.first() !== undefined) return;
    for (const connection of this.#set.ready) this.#retire(connection);
    for (const dial of this.#dials) dial.abort(this.#closedError());
    if (this.#size > 0) return;
    this.#state = 'closed';
    this.#onClosed?.();
  }

  #closedError(): ClosedError {
    return new ClosedError(`the pool of ${this.node} is closed`, { node: this.node });
  }
}
