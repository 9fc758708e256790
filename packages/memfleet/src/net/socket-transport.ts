/**
 * A Transport over a `net.Socket` or `tls.TLSSocket` that is connected already (accepted, or dialled by `dial.ts`).
 *
 * `isFlushed` rests on Node's synchronous try-write: when `writableLength` is 0 after `write`, libuv has given every
 * byte to the kernel. This holds for plain TCP and Unix sockets only. A TLS socket encrypts later, so its `isFlushed`
 * is never true.
 */
import type { Socket } from 'node:net';
import { type ClientCertificate, clientCertificateOf } from './client-certificate.ts';
import { resetSocket } from './reset-socket.ts';
import type { Transport, TransportEvents } from './transport.ts';

/** The events of a socket for the transport's owner. */
class Receiver {
  readonly events: TransportEvents;
  error: Error | undefined = undefined;
  #isClosed = false;

  constructor(events: TransportEvents) {
    this.events = events;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.events.onClose(this.error);
  }
}

const receiver: unique symbol = Symbol('receiver');

interface ReceivedSocket extends Socket {
  [receiver]?: Receiver;
}

// One set of listeners for all sockets: functions of its own would take a connection 400 bytes.

function onData(this: ReceivedSocket, chunk: Buffer): void {
  this[receiver]!.events.onData(chunk);
}

function onDrain(this: ReceivedSocket): void {
  this[receiver]!.events.onDrain();
}

function onEnd(this: ReceivedSocket): void {
  this[receiver]!.events.onEnd();
}

/** At the error, not at the `close` that follows: bytes written in between are dropped, but would count as sent. */
function onError(this: ReceivedSocket, error: Error): void {
  this[receiver]!.error ??= error;
  this[receiver]!.close();
}

function onClose(this: ReceivedSocket): void {
  this[receiver]!.close();
}

/** A Transport over a connected socket. */
export class SocketTransport implements Transport {
  readonly peer: string;
  readonly #socket: Socket;
  readonly #receiver: Receiver;
  readonly #isPlain: boolean;

  /**
   * `isPlain`: the socket's writes reach the kernel synchronously (not TLS). `readsData` false: the owner receives the
   * bytes in another way.
   */
  constructor(socket: Socket, events: TransportEvents, peer: string, isPlain: boolean, readsData = true) {
    this.#socket = socket;
    this.#receiver = new Receiver(events);
    this.#isPlain = isPlain;
    this.peer = peer;
    (socket as ReceivedSocket)[receiver] = this.#receiver;
    if (readsData) socket.on('data', onData);
    socket.on('drain', onDrain);
    socket.on('end', onEnd);
    socket.on('error', onError);
    socket.once('close', onClose);
  }

  write(chunks: readonly (string | Uint8Array)[]): boolean {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return true;
    const first = chunks[0];
    if (chunks.length === 1 && first !== undefined) return socket.write(first, 'latin1');
    socket.cork();
    let isWritable = true;
    for (const chunk of chunks) isWritable = socket.write(chunk, 'latin1');
    socket.uncork();
    return isWritable;
  }

  get clientCertificate(): ClientCertificate | undefined {
    return clientCertificateOf(this.#socket);
  }

  get remote(): string {
    const { remoteAddress: host, remotePort: port } = this.#socket;
    if (host === undefined || port === undefined) return 'unix:';
    return host.includes(':') ? `tcp6:[${host}]:${port}` : `tcp:${host}:${port}`;
  }

  get isFlushed(): boolean {
    return this.#isPlain && this.#socket.writableLength === 0;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  end(): void {
    this.#socket.end();
  }

  destroySoon(): void {
    this.#socket.destroySoon();
  }

  destroy(error?: Error): void {
    this.#receiver.error ??= error;
    this.#socket.destroy();
  }

  reset(): void {
    if (this.#isPlain) resetSocket(this.#socket);
    else this.#socket.destroy();
  }
}
