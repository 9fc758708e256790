/** Opens a socket to a node: TCP, Unix domain socket, TLS; Nagle off, keep-alive on, reads into reused buffers. */
import { connect as connectSocket, type Socket } from 'node:net';
import {
  connect as connectTls,
  type ConnectionOptions as TlsOptions,
  createSecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { ReadBuffer } from './read-buffer.ts';
import { SocketTransport } from './socket-transport.ts';
import { type Address, formatAddress, type Transport, type TransportEvents } from './transport.ts';

export type { TlsOptions };

/** How to dial. */
export interface DialOptions {
  /** The node. */
  readonly address: Address;
  /** TLS with these options of `tls.connect`; undefined = plain. */
  readonly tls?: TlsOptions | undefined;
  /** Milliseconds without traffic after which the kernel probes the connection. */
  readonly keepAliveDelay: number;
}

/**
 * Begins to dial. `onOpen` when bytes can be sent (after the TLS handshake); `events.onClose` when it failed or ended
 * later.
 *
 * `onread` gives plain sockets a lasting buffer, and large values their own buffer as read target (docs/performance.md,
 * "reads into large values"). TLS sockets have no such option: their bytes are copied.
 */
export function dial(options: DialOptions, events: TransportEvents, onOpen: () => void): Transport {
  const { address } = options;
  const peer = formatAddress(address);
  const where = 'path' in address ? { path: address.path } : { host: address.host, port: address.port };
  const settings = { ...where, noDelay: true, keepAlive: true, keepAliveInitialDelay: options.keepAliveDelay };
  if (options.tls !== undefined) {
    const servername = 'host' in address ? serverName(address.host) : undefined;
    const socket: Socket = connectTls({
      ...(servername === undefined ? {} : { servername }),
      ...options.tls,
      ...settings,
    });
    socket.once('secureConnect', onOpen);
    return new SocketTransport(socket, events, peer, false);
  }
  const reads = new ReadBuffer(events);
  const socket = connectSocket({
    ...settings,
    onread: {
      buffer: () => reads.next(),
      callback: (count) => {
        reads.filled(count);
        return true;
      },
    },
  });
  socket.once('connect', onOpen);
  return new SocketTransport(socket, events, peer, true, false);
}

/** SNI names must not be IP addresses (RFC 6066, section 3). */
function serverName(host: string): string | undefined {
  return /^[\d.]+$|:/.test(host) ? undefined : host;
}

/** The defect of the key, certificate or other options of TLS; undefined = none. */
export function tlsProblem(tls: SecureContextOptions): Error | undefined {
  try {
    createSecureContext(tls);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
