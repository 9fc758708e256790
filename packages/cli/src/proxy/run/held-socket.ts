/**
 * An accepted socket between two processes: nothing is read from it before it has an owner.
 *
 * Node begins to read a socket when it is made, also one that has come from another process, and stops only by
 * `pauseOnConnect` of the server that accepts it. The handle below it stops and continues. It is no public interface:
 * where it is missing, clients stay with the worker that has accepted them.
 */
import type { Socket } from 'node:net';

interface Handle {
  readStart(): number;
  readStop(): number;
}

/** A socket that is not read. */
export class HeldSocket {
  readonly socket: Socket;
  readonly #handle: Handle;

  private constructor(socket: Socket, handle: Handle) {
    this.socket = socket;
    this.#handle = handle;
  }

  /** In the turn in which the socket was made. Undefined: this runtime cannot. */
  static of(socket: Socket): HeldSocket | undefined {
    const handle = (socket as unknown as { _handle?: Partial<Handle> | null })._handle;
    if (typeof handle?.readStop !== 'function' || typeof handle.readStart !== 'function') return undefined;
    handle.readStop();
    // Otherwise the server counts the socket, once it was sent, until all processes report that it is closed.
    (socket as unknown as { server: unknown }).server = undefined;
    return new HeldSocket(socket, handle as Handle);
  }

  /** It is read again. */
  release(): Socket {
    this.#handle.readStart();
    return this.socket;
  }

  /** Closes it in this process only. */
  drop(): void {
    this.socket.destroy();
  }
}
