/**
 * The far end of a connection in the hands of a test: it sees each write and says what the node says, when it likes.
 *
 *   Connection, Handshake, Pool ─write─▶ ScriptedTransport ─ writes, take() ─▶ test
 *                               ◀─onData─                  ◀─ say('HD\r\n') ──
 */
import { latin1Of } from '../../src/base/bytes.ts';
import type { DialOptions } from '../../src/net/dial.ts';
import type { Transport, TransportEvents } from '../../src/net/transport.ts';

/** One transport. */
export class ScriptedTransport implements Transport {
  readonly peer = 'memory';
  /** What was written: a byte string for each write. */
  readonly writes: string[] = [];
  /** The chunks of each write, by reference. */
  readonly chunks: (readonly (string | Uint8Array)[])[] = [];
  /** True: the kernel takes nothing, so writes are held. */
  isBlocked = false;
  bufferedBytes = 0;
  isClosed = false;
  readonly #events: TransportEvents;
  /** As a socket's read buffer: the same memory each time. */
  readonly #shared: Buffer = Buffer.alloc(256 * 1024);
  #taken = 0;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  write(chunks: readonly (string | Uint8Array)[]): boolean {
    if (this.isClosed) throw new Error('written to a transport that was destroyed');
    this.chunks.push(chunks);
    this.writes.push(chunks.map((chunk) => (typeof chunk === 'string' ? chunk : latin1Of(chunk))).join(''));
    if (this.isBlocked) for (const chunk of chunks) this.bufferedBytes += chunk.length;
    return !this.isBlocked;
  }

  get isFlushed(): boolean {
    return this.bufferedBytes === 0;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.destroy();
  }

  destroySoon(): void {
    this.destroy();
  }

  reset(): void {
    this.destroy();
  }

  destroy(): void {
    this.isClosed = true;
  }

  /** What was written since the last time. */
  take(): string {
    const text = this.writes.slice(this.#taken).join('');
    this.#taken = this.writes.length;
    return text;
  }

  /** Bytes (a byte string) arrive, where they are wanted if they are. */
  say(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at < bytes.length;) {
      const target = this.#events.onReadTarget?.();
      const into = target ?? this.#shared;
      const count = Math.min(into.length, bytes.length - at);
      bytes.copy(into, 0, at, at + count);
      if (target === undefined) {
        this.#events.onData(this.#shared.subarray(0, count));
        this.#shared.fill(0xee, 0, count);
      } else this.#events.onFilled?.(count);
      at += count;
    }
  }

  /** The kernel takes what was held. */
  drain(): void {
    this.isBlocked = false;
    this.bufferedBytes = 0;
    this.#events.onDrain();
  }

  /** The node sends its end. */
  finish(): void {
    this.#events.onEnd();
  }

  /** It is closed: by a reset, or after `destroy`. */
  drop(error?: Error): void {
    this.isClosed = true;
    this.#events.onClose(error);
  }
}

/** One attempt to connect. */
export class ScriptedDial {
  readonly transport: ScriptedTransport;
  readonly options: DialOptions;
  readonly #onOpen: () => void;

  constructor(options: DialOptions, events: TransportEvents, onOpen: () => void) {
    this.options = options;
    this.transport = new ScriptedTransport(events);
    this.#onOpen = onOpen;
  }

  /** The node accepts: bytes can be sent. */
  accept(): void {
    this.#onOpen();
  }

  /** The node accepts and answers the question that opens a connection. */
  open(answer = 'MN\r\n'): ScriptedTransport {
    this.accept();
    this.transport.take();
    this.transport.say(answer);
    return this.transport;
  }

  /** Nobody listens. */
  refuse(message = 'connect ECONNREFUSED'): void {
    this.transport.drop(new Error(message));
  }
}

/** Stands in for `dial`: keeps every attempt for the test. */
export class ScriptedDialler {
  readonly dials: ScriptedDial[] = [];
  readonly dial = (options: DialOptions, events: TransportEvents, onOpen: () => void): ScriptedTransport => {
    const dial = new ScriptedDial(options, events, onOpen);
    this.dials.push(dial);
    return dial.transport;
  };

  /** The last attempt. */
  get last(): ScriptedDial {
    const last = this.dials.at(-1);
    if (last === undefined) throw new Error('nobody dialled');
    return last;
  }
}
