/**
 * A port of the kernel: TCP or a Unix socket, plain or TLS.
 *
 *   connection ─ handOver ─ plain ─────────────────────────────▶ onConnection
 *                  │ └ TLS ─ handshake, with a time limit ─ over ──▶ onConnection
 *                  │           └ too many, failed, too late ─▶ closed
 *                  └ true: another process ─▶ its adopt
 */
import { chmodSync, existsSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import type { Timer } from '../base/clock.ts';
import type { Network, Port, PortChanges, PortEvents, PortOptions } from '../net/network.ts';
import { readShared } from '../net/shared-reads.ts';
import { SocketTransport } from '../net/socket-transport.ts';
import { type Address, formatAddress, type ListenAddress } from '../net/transport.ts';
import { removeStaleSocket } from './stale-socket.ts';

const keepAliveDelay = 60_000;
/** Half-open: a client that has sent its end still receives its replies. */
const socketSettings = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: keepAliveDelay,
  allowHalfOpen: true,
} as const;

/** A listening port or Unix socket of the kernel. */
export class SystemPort implements Port {
  readonly #events: PortEvents;
  #options: PortOptions;
  readonly #server: Server;
  /** What serves an accepted socket: the session, or the handshake before it. */
  readonly #serve: (socket: Socket) => void;
  /** Further sockets, whose connections are treated as those of the first. */
  readonly #further: Server[] = [];
  /** The sockets under TLS sockets, including those in the middle of their handshake. */
  readonly #underTls = new Set<Socket>();
  /** The deadlines of TLS handshakes, by the client's address and port. */
  readonly #handshakes = new Map<string, Timer>();
  #path: string | undefined;
  #peer = '';
  #isListening = false;

  constructor(options: PortOptions, events: PortEvents) {
    this.#options = options;
    this.#events = events;
    const { tls, handshakeTimeout } = options;
    if (tls === undefined) {
      this.#serve = (socket) => this.#accept(socket, true);
      this.#server = createServer(socketSettings);
    } else {
      // Node's own timeout restarts with every byte; for a client without a port, as on a Unix socket, it is the only
      // one.
      // Counted only after the handshake: a client that leaves in the middle of it would keep its place.
      const settings = { handshakeTimeout, ...tls, ...socketSettings, allowHalfOpen: false };
      const server = createTlsServer(settings, (socket) => {
        socket.allowHalfOpen = true;
        this.#endHandshake(peerOf(socket));
        this.#accept(socket, false);
      });
      // The listener of `tls.Server` wraps the socket at once, also one that is handed over.
      const wrap = server.listeners('connection');
      server.removeAllListeners('connection');
      this.#serve = (socket) => {
        this.#beginHandshake(socket);
        for (const one of wrap) one.call(server, socket);
      };
      this.#server = server;
    }
    this.#server.on('connection', (socket: Socket) => {
      if (this.#options.handOver?.(socket) !== true) this.#serve(socket);
    });
  }

  async listen(address: ListenAddress): Promise<Address> {
    if (this.#isListening) return this.#listenAlso(address);
    this.#isListening = true;
    const server = this.#server;
    const { mode } = this.#options;
    if ('path' in address) await removeStaleSocket(address.path);
    await this.#bind(server, address);
    server.on('tlsClientError', () => this.#events.onFailed());
    if ('path' in address) {
      this.#path = address.path;
      if (mode !== undefined) chmodSync(address.path, mode);
    }
    const bound = boundAddress(address, server);
    this.#peer = `client of ${formatAddress(bound)}`;
    return bound;
  }

  async #listenAlso(address: ListenAddress): Promise<Address> {
    // TLS begins where the first server receives the socket.
    const server = createServer({ ...socketSettings, allowHalfOpen: !(this.#server instanceof TlsServer) }, (socket) =>
      this.#server.emit('connection', socket),
    );
    await this.#bind(server, address);
    this.#further.push(server);
    return boundAddress(address, server);
  }

  async #bind(server: Server, address: ListenAddress): Promise<void> {
    const { acceptQueue: backlog } = this.#options;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...address, backlog }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    // Later errors are failed accepts, for lack of file descriptors: that connection is lost, the next may succeed.
    server.on('error', () => this.#events.onFailed());
  }

  adopt(socket: Socket): void {
    socket.allowHalfOpen = !(this.#server instanceof TlsServer);
    this.#serve(socket);
  }

  configure(changes: PortChanges): void {
    const { mode, tls } = changes;
    this.#options = { ...this.#options, ...changes };
    if (tls !== undefined && this.#server instanceof TlsServer) this.#server.setSecureContext(tls);
    // A socket file that was removed has no permissions to change, and no client can connect through it.
    if (this.#path !== undefined && mode !== undefined && existsSync(this.#path)) chmodSync(this.#path, mode);
  }

  dropTls(): void {
    for (const socket of this.#underTls) socket.destroy();
  }

  close(): Promise<void> {
    for (const server of this.#further) server.close();
    // The port is free before the last session receives the close event of its socket.
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #accept(socket: Socket, isPlain: boolean): void {
    this.#events.onConnection((events) => {
      const isShared = isPlain && readShared(socket, events);
      return new SocketTransport(socket, events, this.#peer, isPlain, !isShared);
    });
  }

  /** A client cannot receive an error before the handshake, so a connection over the limit is closed without one. */
  #beginHandshake(socket: Socket): void {
    const { clock, handshakeTimeout, maxTls } = this.#options;
    if (this.#underTls.size >= maxTls) {
      this.#events.onRejected();
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
      this.#events.onFailed();
      socket.destroy();
    };
    this.#handshakes.set(peer, clock.setTimer(handshakeTimeout, end, false));
  }

  #endHandshake(peer: string | undefined): void {
    if (peer === undefined) return;
    this.#handshakes.get(peer)?.clear();
    this.#handshakes.delete(peer);
  }
}

/** The listening half of the kernel's network. */
export const systemPorts: Pick<Network, 'port'> = { port: (options, events) => new SystemPort(options, events) };

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
