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
import { chmodSync, existsSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import type { Timer } from '../base/clock.ts';
import { MemcacheError } from '../core/errors.ts';
import { readShared } from '../net/shared-reads.ts';
import { SocketTransport } from '../net/socket-transport.ts';
import { type Address, formatAddress, type ListenAddress } from '../net/transport.ts';
import type { ResolvedListenOptions } from './listen-options.ts';
import type { SessionContext } from './session-context.ts';
import { Session } from './session.ts';
import { removeStaleSocket } from './stale-socket.ts';

/** Where and how to listen. */
export interface ListenerOptions extends Pick<ResolvedListenOptions, 'address' | 'mode' | 'tls' | 'handshakeTimeout'> {
  /**
   * The maximum number of open connections, including those in their TLS handshake. One more receives an error and is
   * closed (before a TLS handshake: closed without a reply). @default 1024
   */
  readonly maxSessions?: number;
  /** Connections that the kernel holds until they are accepted. @default 1024 */
  readonly acceptQueue?: number;
}

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
const keepAliveDelay = 60_000;
/** Half-open: a client that has sent its end still receives its replies. */
const socketSettings = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: keepAliveDelay,
  allowHalfOpen: true,
} as const;
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
  readonly #server: Server;
  /** Further sockets, whose connections are treated as those of the first. */
  readonly #further: Server[] = [];
  readonly #sessions = new Set<Session>();
  /** Connections over the limit that are being sent the error. */
  readonly #rejected = new Set<Socket>();
  /** The sockets under TLS sockets, including those in the middle of their handshake. */
  readonly #underTls = new Set<Socket>();
  /** The deadlines of TLS handshakes, by the client's address and port. */
  readonly #handshakes = new Map<string, Timer>();
  #handshakeTimeout: number;
  /** The listening socket has number 1; connections are numbered from 2. */
  #numbered = 1;
  #peer = '';
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
    this.#handshakeTimeout = options.handshakeTimeout;
    const { tls } = options;
    const settings = socketSettings;
    if (tls === undefined) {
      this.#server = createServer(settings, (socket) => this.#accept(socket, true));
    } else {
      // Node's own timeout restarts with every byte; for a client without a port, as on a Unix socket, it is the only
      // one.
      const handshakeTimeout = this.#handshakeTimeout;
      // Counted only after the handshake: a client that leaves in the middle of it would keep its place.
      this.#server = createTlsServer({ handshakeTimeout, ...tls, ...settings, allowHalfOpen: false }, (socket) => {
        socket.allowHalfOpen = true;
        this.#endHandshake(peerOf(socket));
        this.#accept(socket, false);
      });
      this.#server.prependListener('connection', (socket: Socket) => this.#beginHandshake(socket));
    }
  }

  /** The address on which it listens, with the assigned port; undefined before `listen`. */
  get address(): Address | undefined {
    return this.#address;
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
    // TLS begins where the first server receives the socket.
    const server = createServer({ ...socketSettings, allowHalfOpen: !(this.#server instanceof TlsServer) }, (socket) =>
      this.#server.emit('connection', socket),
    );
    await this.#bind(server, address);
    this.#further.push(server);
    return boundAddress(address, server);
  }

  /** Begins to accept. Rejects with a MemcacheError that names the address when that is not possible. */
  async listen(): Promise<Address> {
    const { address, mode } = this.#options;
    const server = this.#server;
    if ('path' in address) await removeStaleSocket(address.path);
    await this.#bind(server, address);
    server.on('tlsClientError', () => this.counters.failed++);
    if ('path' in address && mode !== undefined) chmodSync(address.path, mode);
    this.#address = boundAddress(address, server);
    this.#peer = `client of ${formatAddress(this.#address)}`;
    return this.#address;
  }

  async #bind(server: Server, address: ListenAddress): Promise<void> {
    const backlog = this.#options.acceptQueue ?? defaults.acceptQueue;
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: Error): void =>
        reject(new MemcacheError(`cannot listen on ${formatAddress(address)}: ${cause.message}`, { cause }));
      server.once('error', fail);
      server.listen({ ...address, backlog }, () => {
        server.removeListener('error', fail);
        resolve();
      });
    });
    // Later errors are failed accepts, for lack of file descriptors: that connection is lost, the next may succeed.
    server.on('error', () => this.counters.failed++);
  }

  /** Changes the options from now on; `tls`: the certificates of new connections. */
  configure({ maxSessions, tls, mode, handshakeTimeout }: ListenerChanges): void {
    const { address } = this.#options;
    this.#maxSessions = maxSessions ?? defaults.maxSessions;
    this.#handshakeTimeout = handshakeTimeout;
    if (tls !== undefined && this.#server instanceof TlsServer) this.#server.setSecureContext(tls);
    // A socket file that was removed has no permissions to change, and no client can connect through it.
    if ('path' in address && mode !== undefined && this.#address !== undefined && existsSync(address.path))
      chmodSync(address.path, mode);
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
      for (const server of this.#further) server.close();
      // The port is free before the last session receives the close event of its socket.
      this.#server.close(() => {
        this.#onLastClosed = settle;
        settle();
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
    for (const socket of this.#rejected) socket.destroy();
    for (const socket of this.#underTls) socket.destroy();
  }

  #accept(socket: Socket, isPlain: boolean): void {
    if (this.#closed !== undefined) socket.destroy();
    else if (this.#sessions.size >= this.#maxSessions) this.#reject(socket);
    else {
      this.counters.accepted++;
      const session = new Session(this.#context, this.#forget);
      session.number = ++this.#numbered;
      this.#sessions.add(session);
      const isShared = isPlain && readShared(socket, (chunk) => session.onData(chunk));
      session.attach(new SocketTransport(socket, session, this.#peer, isPlain, !isShared));
      this.onSession('new', session);
      if (this.#timer === undefined) this.#watchLater();
    }
  }

  readonly #forget = (session: Session): void => {
    this.#sessions.delete(session);
    this.onSession('close', session);
    if (this.#sessions.size === 0) this.#onLastClosed();
  };

  #reject(socket: Socket): void {
    this.counters.rejected++;
    socket.on('error', () => {});
    if (this.#rejected.size >= maxRejected) {
      socket.destroy();
      return;
    }
    this.#rejected.add(socket);
    socket.once('close', () => this.#rejected.delete(socket));
    socket.resume();
    socket.once('end', () => socket.destroy());
    socket.end(refusal);
    this.#context.clock.setTimer(this.#context.bounds.lingerTimeout, () => socket.destroy(), false);
  }

  /** A client cannot receive an error before the handshake, so a connection over the limit is closed without one. */
  #beginHandshake(socket: Socket): void {
    if (this.#underTls.size >= this.#maxSessions) {
      this.counters.rejected++;
      socket.destroy();
      return;
    }
    const peer = peerOf(socket);
    this.#underTls.add(socket);
    socket.once('close', () => {
      this.#underTls.delete(socket);
      this.#endHandshake(peer);
    });
    if (peer === undefined) return;
    const end = (): void => {
      this.counters.failed++;
      socket.destroy();
    };
    this.#handshakes.set(peer, this.#context.clock.setTimer(this.#handshakeTimeout, end, false));
  }

  #endHandshake(peer: string | undefined): void {
    if (peer === undefined) return;
    this.#handshakes.get(peer)?.clear();
    this.#handshakes.delete(peer);
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

/** The key of the handshake; undefined where the client has no port. */
function peerOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}

/**
 * The address on which a server listens, with the assigned port. The system does not report the path of an inherited
 * Unix socket.
 */
function boundAddress(asked: ListenAddress, server: Server): Address {
  if ('path' in asked) return asked;
  const bound = server.address();
  const { address = '', port = 0 } = typeof bound === 'object' ? (bound ?? {}) : {};
  if ('host' in asked) return { host: asked.host, port: port === 0 ? asked.port : port };
  return address === '' ? { path: formatAddress(asked) } : { host: address, port };
}
