/**
 * A listening port or Unix socket, its sessions, and the one timer for all of them.
 *
 *   accept ─ over the limit ─▶ ERROR Too many open connections, end; accepting continues
 *      │
 *      └─▶ Session ◀─ watch(ms) ─ one timer for all
 *
 * `close` stops accepting, waits until every session has replied to its commands in flight, then ends it; sessions left
 * at the deadline are destroyed.
 */
import type { Socket } from 'node:net';
import type { Timer } from '../base/clock.ts';
import { MemcacheError } from '../core/errors.ts';
import type { Attach, Network, Port, PortEvents } from '../net/network.ts';
import { type Address, formatAddress, ignoredEvents, type ListenAddress, type Transport } from '../net/transport.ts';
import type { ResolvedListenOptions } from './listen-options.ts';
import type { SessionContext } from './session-context.ts';
import { Session } from './session.ts';
import { systemPorts } from './system-port.ts';

/** Where and how to listen. */
export interface ListenerOptions extends Pick<ResolvedListenOptions, 'address' | 'mode' | 'tls' | 'handshakeTimeout'> {
  /**
   * The maximum number of open connections, including those in their TLS handshake. One more receives an error and is
   * closed (before a TLS handshake: closed without a reply). @default 1024
   */
  readonly maxSessions?: number;
  /** Connections that the kernel holds until they are accepted. @default 1024 */
  readonly acceptQueue?: number;
  /** @default the network of the kernel */
  readonly network?: Pick<Network, 'port'> | undefined;
  /** Asked for each accepted socket before anything is read from it: true = another process adopts it. */
  readonly handOver?: HandOver | undefined;
}

/**
 * `listener`: the address of the listener that has accepted the socket, for `Proxy.adopt`. True = the socket has
 * another owner.
 */
type HandOver = (socket: Socket, listener: string) => boolean;

/** The options that can be changed while it listens. */
export type ListenerChanges = Pick<ListenerOptions, 'maxSessions' | 'tls' | 'mode' | 'handshakeTimeout'>;

/** The counters of a listener. */
export interface ListenerCounters {
  /** Connections accepted, those over the limit not counted. */
  accepted: number;
  /** Connections closed because there were too many. */
  rejected: number;
  /** Connections lost while they were accepted: TLS failures, file descriptors used up. */
  failed: number;
}

const defaults = { maxSessions: 1024, acceptQueue: 1024 } as const;
const refusal = Buffer.from('ERROR Too many open connections\r\n');
/**
 * The number of rejected connections that are kept until they have read their error; further ones are closed at once.
 */
const maxRejected = 64;
/** The bounds of the interval, in ms, at which sessions are checked: a quarter of the shortest timeout. */
const watchOften = 50;
const watchSeldom = 1000;

/** A listening port or Unix socket with its sessions. */
export class Listener {
  readonly counters: ListenerCounters = { accepted: 0, rejected: 0, failed: 0 };
  readonly #context: SessionContext;
  readonly #options: ListenerOptions;
  #maxSessions: number;
  readonly #port: Port;
  readonly #sessions = new Set<Session>();
  /** Connections over the limit that are being sent the error. */
  readonly #rejected = new Set<Transport>();
  /** The listening socket has number 1; connections are numbered from 2. */
  #numbered = 1;
  #address: Address | undefined;
  #timer: Timer | undefined;
  #closed: Promise<void> | undefined;
  #onLastClosed: () => void = () => {};
  /** Called with each session that begins or ends. */
  onSession: (event: 'new' | 'close', session: Session) => void = () => {};

  constructor(context: SessionContext, options: ListenerOptions) {
    this.#context = context;
    this.#options = options;
    this.#maxSessions = options.maxSessions ?? defaults.maxSessions;
    const { acceptQueue = defaults.acceptQueue, handshakeTimeout, mode, network = systemPorts, tls } = options;
    const { clock } = context;
    this.#port = network.port(
      { clock, acceptQueue, mode, tls, handshakeTimeout, maxTls: this.#maxSessions, handOver: this.#handOver() },
      this.#portEvents(),
    );
  }

  #portEvents(): PortEvents {
    return {
      onConnection: (attach) => this.#accept(attach),
      onFailed: () => this.counters.failed++,
      onRejected: () => this.counters.rejected++,
    };
  }

  /** The address on which it listens, with the assigned port; undefined before `listen`. */
  get address(): Address | undefined {
    return this.#address;
  }

  #handOver(): ((socket: Socket) => boolean) | undefined {
    const { handOver } = this.#options;
    if (handOver === undefined) return undefined;
    return (socket) => this.#address !== undefined && handOver(socket, formatAddress(this.#address));
  }

  /** Serves a socket that another process has accepted. False: this network cannot. */
  adopt(socket: Socket): boolean {
    if (this.#closed !== undefined || this.#port.adopt === undefined) return false;
    this.#port.adopt(socket);
    return true;
  }

  /** Open sessions. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** The open sessions. */
  each(): Iterable<Session> {
    return this.#sessions;
  }

  /** The context with the dispatcher of the sessions. */
  get context(): SessionContext {
    return this.#context;
  }

  /** Accepts on another address as well, with the same options. Rejects as `listen` does. */
  async listenAlso(address: ListenAddress): Promise<Address> {
    try {
      return await this.#port.listen(address);
    } catch (cause) {
      const { message } = cause as Error;
      throw new MemcacheError(`cannot listen on ${formatAddress(address)}: ${message}`, { cause });
    }
  }

  /** Begins to accept. Rejects with a MemcacheError that names the address when that is not possible. */
  async listen(): Promise<Address> {
    this.#address = await this.listenAlso(this.#options.address);
    return this.#address;
  }

  /** Changes the options from now on; `tls`: the certificates of new connections. */
  configure({ maxSessions = defaults.maxSessions, tls, mode, handshakeTimeout }: ListenerChanges): void {
    this.#maxSessions = maxSessions;
    this.#port.configure({ maxTls: maxSessions, tls, mode, handshakeTimeout });
  }

  /** Stops accepting, lets sessions finish, and destroys those left after `deadline` ms. Idempotent. */
  close(deadline: number): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      const timer = this.#context.clock.setTimer(deadline, () => this.#destroyAll());
      const settle = (): void => {
        if (this.#sessions.size > 0) return;
        timer.clear();
        this.#timer?.clear();
        resolve();
      };
      // The port is free before the last session receives the close event of its socket.
      void this.#port.close().then(() => {
        this.#onLastClosed = settle;
        return settle();
      });
      for (const session of this.#sessions) session.finish();
    });
    return this.#closed;
  }

  /** Drops all connections now. Resolves when the port is free. Idempotent. */
  destroy(): Promise<void> {
    const closed = this.close(0);
    this.#destroyAll();
    return closed;
  }

  #destroyAll(): void {
    for (const session of this.#sessions) session.destroy();
    for (const transport of this.#rejected) transport.destroy();
    this.#port.dropTls();
  }

  #accept(attach: Attach): void {
    if (this.#closed !== undefined) attach(ignoredEvents).destroy();
    else if (this.#sessions.size >= this.#maxSessions) this.#reject(attach);
    else {
      this.counters.accepted++;
      const session = new Session(this.#context, this.#forget);
      session.number = ++this.#numbered;
      this.#sessions.add(session);
      session.attach(attach(session));
      this.onSession('new', session);
      if (this.#timer === undefined) this.#watchLater();
    }
  }

  readonly #forget = (session: Session): void => {
    this.#sessions.delete(session);
    this.onSession('close', session);
    if (this.#sessions.size === 0) this.#onLastClosed();
  };

  #reject(attach: Attach): void {
    this.counters.rejected++;
    if (this.#rejected.size >= maxRejected) {
      attach(ignoredEvents).destroy();
      return;
    }
    const transport = attach({
      ...ignoredEvents,
      onEnd: () => transport.destroy(),
      onClose: () => {
        this.#rejected.delete(transport);
        timer.clear();
      },
    });
    const { bounds, clock } = this.#context;
    const timer = clock.setTimer(bounds.lingerTimeout, () => transport.destroy(), false);
    this.#rejected.add(transport);
    transport.write([refusal]);
    transport.end();
  }

  #watchLater(): void {
    const { idleTimeout, requestTimeout, stallTimeout, lingerTimeout } = this.#context.bounds;
    const timeouts = [idleTimeout, requestTimeout, stallTimeout, lingerTimeout];
    const shortest = Math.min(...timeouts.filter((timeout) => timeout > 0));
    const period = Math.min(watchSeldom, Math.max(watchOften, shortest / 4));
    this.#timer = this.#context.clock.setTimer(
      period,
      () => {
        this.#timer = undefined;
        for (const session of this.#sessions) session.watch(period);
        if (this.#sessions.size > 0) this.#watchLater();
      },
      false,
    );
  }
}
