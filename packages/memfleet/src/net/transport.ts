/**
 * A raw duplex of bytes: all that Connection and Session see of a socket, so tests run them over memory.
 */
import type { ClientCertificate } from './client-certificate.ts';

/** The events of a transport, for its one owner. */
export interface TransportEvents {
  /** Bytes arrived; they may be overwritten after the call. */
  onData(chunk: Uint8Array): void;
  /** `count` bytes were read into the memory that `onReadTarget` returned. */
  onFilled?(count: number): void;
  /** The memory for the next bytes (large values); undefined = the transport's own buffer. */
  onReadTarget?(): Uint8Array | undefined;
  /** The bytes for which `write` returned false have been sent. */
  onDrain(): void;
  /** The other side sent its end. The transport stays writable until `end` or `destroy`. */
  onEnd(): void;
  /** The transport is closed. Called once; no event follows. `error` is set unless it closed normally. */
  onClose(error: Error | undefined): void;
}

/** The owner of a connection that is closed at once. */
export const ignoredEvents: TransportEvents = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };

/** A duplex stream of bytes: the part of a socket that connections and sessions use. */
export interface Transport {
  /**
   * Sends the chunks (bytes or byte strings) in order. False: the bytes are held in memory; wait for `onDrain` before
   * sending much more. After it, `isFlushed` says whether the chunks' memory may be reused.
   */
  write(chunks: readonly (string | Uint8Array)[]): boolean;
  /** True when everything written so far has been handed to the kernel, so its memory may be written over. */
  readonly isFlushed: boolean;
  /** Bytes written but still held in this process. */
  readonly bufferedBytes: number;
  /** Stops reading, which exerts back-pressure on the peer. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Sends what is buffered, then the end. */
  end(): void;
  /** Sends what is buffered, then closes, without waiting for the end of the peer. `onClose` follows. */
  destroySoon(): void;
  /** Closes now. `onClose` follows. */
  destroy(error?: Error): void;
  /** Closes now, and the peer receives a reset; with TLS, as `destroy`. `onClose` follows. */
  reset(): void;
  /** Keeps the process running, which is the initial state. */
  ref?(): void;
  /** It does not keep the process running. */
  unref?(): void;
  /** The peer, for messages: `host:port`, a socket path, or `memory`. */
  readonly peer: string;
  /** The certificate that the client presented; undefined = none was requested or presented. */
  readonly clientCertificate?: ClientCertificate | undefined;
  /** The peer's address, `tcp:host:port` or `unix:path`, as far as it is known. */
  readonly remote?: string;
}

/** A host and a port. */
export interface InternetAddress {
  /** The address or host name, IPv6 without brackets. */
  readonly host: string;
  /** The port. */
  readonly port: number;
}

/** Where a node listens. */
export type Address =
  | InternetAddress
  /** A Unix domain socket. */
  | { readonly path: string };

/** An address to listen on, or the descriptor of a socket that listens already. */
export type ListenAddress = Address | { readonly fd: number };

/** A host in the form that sockets accept: URLs have IPv6 addresses in brackets. */
export function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** The address that options specify; `defaults` apply where neither a path nor a descriptor is given. */
export function listenAddressOf(
  { path, fd }: { readonly path?: string | undefined; readonly fd?: number | undefined },
  { host, port }: { readonly host: string; readonly port: number },
): ListenAddress {
  if (fd !== undefined) return { fd };
  return path === undefined ? { host: unbracketed(host), port } : { path };
}

/** `host:port` (IPv6 in brackets), the path, or `fd:3`. */
export function formatAddress(address: ListenAddress): string {
  if ('fd' in address) return `fd:${address.fd}`;
  if ('path' in address) return address.path;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
