/**
 * A raw duplex of bytes. Connection and Session see nothing else of a socket, so tests run them over memory.
 */

/** What a transport tells its one owner. */
export interface TransportEvents {
  /** Bytes arrived; they may be overwritten after the call. */
  onData(chunk: Uint8Array): void;
  /** `count` bytes were read into what `onReadTarget` gave. */
  onFilled?(count: number): void;
  /** Where the next bytes are wanted (large values); undefined = wherever the transport likes. */
  onReadTarget?(): Uint8Array | undefined;
  /** The bytes that made `write` answer false have left. */
  onDrain(): void;
  /** The other side sent its end. The transport stays writable until `end` or `destroy`. */
  onEnd(): void;
  /** Closed for good, once; nothing comes afterwards. `error` when it did not end well. */
  onClose(error: Error | undefined): void;
}

/** A duplex stream of bytes: the part of a socket that connections and sessions use. */
export interface Transport {
  /**
   * Sends the chunks (bytes or byte strings) in order. False: the bytes are held in memory; wait for `onDrain` before
   * sending much more. After it, `isFlushed` tells whether the chunks' memory may be reused.
   */
  write(chunks: readonly (string | Uint8Array)[]): boolean;
  /** True when everything written so far has been handed to the kernel, so its memory may be written over. */
  readonly isFlushed: boolean;
  /** Bytes written but still held in this process. */
  readonly bufferedBytes: number;
  /** Stops reading, so that the other side feels it. */
  pause(): void;
  resume(): void;
  /** Sends what is buffered, then the end. */
  end(): void;
  /** Closes now. `onClose` follows. */
  destroy(error?: Error): void;
  /** It keeps the process running, as it does from the beginning. */
  ref?(): void;
  /** It does not keep the process running. */
  unref?(): void;
  /** The peer, for messages: `host:port`, a socket path, or `memory`. */
  readonly peer: string;
  /** Where the other side is, `tcp:host:port` or `unix:path`, as far as that is known. */
  readonly remote?: string;
}

/** Where a node listens. */
export type Address =
  | { readonly host: string; readonly port: number }
  /** A Unix domain socket. */
  | { readonly path: string };

/** Where to listen: an address, or a socket that listens already and was handed over as this descriptor. */
export type ListenAddress = Address | { readonly fd: number };

/** A host as sockets take it: URLs have IPv6 addresses in brackets. */
export function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** What options say of where to listen; `defaults` count where neither a path nor a descriptor is given. */
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
