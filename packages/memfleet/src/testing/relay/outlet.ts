/** What a client receives, in order: bytes at once, or some at a time, and in the end the end. */
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../../base/clock.ts';
import { Fifo } from '../../base/fifo.ts';

interface Drip {
  readonly ms: number;
  readonly bytes: number;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly drip: Drip | undefined;
  /** What follows the bytes. */
  readonly onSent: (() => void) | undefined;
}

/** The writing side of a connection to a client. */
export class Outlet {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #waiting = new Fifo<Piece>();
  #dripping: Timer | undefined;
  #isClosed = false;
  #isPaused = false;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
  }

  /** Whether the client's kernel takes no more at the moment. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  /** Sends bytes behind those that were given before; `onSent` is called when they were handed over. */
  send(bytes: Uint8Array, drip?: Drip, onSent?: () => void): void {
    if (this.#isClosed) return;
    this.#waiting.push({ bytes, drip, onSent });
    if (this.#dripping === undefined && !this.#isPaused) this.#next();
  }

  /** What is sent meanwhile is one write. */
  together(send: () => void): void {
    this.#socket.cork();
    send();
    this.#socket.uncork();
  }

  /** Sends what it has, then the end. */
  end(): void {
    this.send(new Uint8Array(0), undefined, () => {
      this.#isClosed = true;
      this.#socket.end();
    });
  }

  /** Sends nothing until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#dripping === undefined) this.#next();
  }

  /** Drops everything. */
  close(): void {
    this.#isClosed = true;
    this.#dripping?.clear();
  }

  #next(): void {
    while (!this.#isClosed && !this.#isPaused) {
      const piece = this.#waiting.shift();
      if (piece === undefined) return;
      if (piece.drip !== undefined && piece.bytes.length > 0) {
        this.#drip(piece, piece.drip);
        return;
      }
      if (piece.bytes.length > 0) this.#socket.write(piece.bytes);
      piece.onSent?.();
    }
  }

  #drip(piece: Piece, { ms, bytes: count }: Drip): void {
    this.#dripping = this.#clock.setTimer(
      ms,
      () => {
        this.#dripping = undefined;
        if (this.#isClosed) return;
        this.#socket.write(piece.bytes.subarray(0, count));
        const rest = piece.bytes.subarray(count);
        if (rest.length > 0) this.#drip({ ...piece, bytes: rest }, { ms, bytes: count });
        else {
          piece.onSent?.();
          if (!this.#isPaused) this.#next();
        }
      },
      false,
    );
  }
}
