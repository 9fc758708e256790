/**
 * Where connections come from: the kernel (session/system-network.ts), or a simulation in memory (testing/world).
 *
 *   dial ──▶ Transport ═══ bytes ═══ Transport ──▶ attach ◀── Port
 */
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import type { DialOptions } from './dial.ts';
import type { Address, ListenAddress, Transport, TransportEvents } from './transport.ts';

/** Dials and listens. The default is that of the kernel; `memfleet/testing` has a simulated one. */
export interface Network {
  /**
   * Begins to dial. `onOpen` when bytes can be sent (after the TLS handshake); `events.onClose` when it failed or ended
   * later. Neither is called during the call.
   */
  dial(options: DialOptions, events: TransportEvents, onOpen: () => void): Transport;
  /** Makes a port, which does not listen yet. */
  port(options: PortOptions, events: PortEvents): Port;
}

/** How a port listens. */
export interface PortOptions {
  /** For the time limit of TLS handshakes. */
  readonly clock: Clock;
  /** Connections that the kernel holds until they are accepted. */
  readonly acceptQueue: number;
  /** The permissions of a Unix socket; undefined = according to the umask. */
  readonly mode?: number | undefined;
  /** TLS with these options of `tls.createServer`; undefined = plain. */
  readonly tls?: TlsOptions | undefined;
  /** The time limit of a TLS handshake in milliseconds. */
  readonly handshakeTimeout: number;
  /** The maximum number of TLS connections, including those in their handshake. */
  readonly maxTls: number;
  /** Asked for each accepted socket before anything is read from it: true = the socket has another owner. */
  readonly handOver?: ((socket: Socket) => boolean) | undefined;
}

/** The options of a port that can be changed while it listens. */
export type PortChanges = Pick<PortOptions, 'mode' | 'tls' | 'handshakeTimeout' | 'maxTls'>;

/** Gives an accepted connection its owner, which receives its events from then on. */
export type Attach = (events: TransportEvents) => Transport;

/** The events of a port, for its one owner. */
export interface PortEvents {
  /** A connection is open (after its TLS handshake). `attach` is called once, before this returns. */
  onConnection(attach: Attach): void;
  /** A connection was lost while it was accepted: its TLS handshake failed, or file descriptors are used up. */
  onFailed(): void;
  /** A connection was closed before its TLS handshake, because there were `maxTls`. */
  onRejected(): void;
}

/** A place that accepts connections. */
export interface Port {
  /**
   * Begins to accept; resolves with the address, whose port is the assigned one. May be called again, for further
   * addresses. Rejects with the error of the system when that is not possible.
   */
  listen(address: ListenAddress): Promise<Address>;
  /** Serves a socket that another process, or this one, has accepted. Only ports of the kernel can. */
  adopt?(socket: Socket): void;
  /** Changes the options from now on; `tls`: the certificates of new connections. */
  configure(changes: PortChanges): void;
  /** Drops the connections below TLS, also those in their handshake. */
  dropTls(): void;
  /** Stops accepting. Resolves when the addresses are free and the last connection is closed. Once. */
  close(): Promise<void>;
}
