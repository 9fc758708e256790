/**
 * One connection of a client that speaks the protocol by itself: it pipelines whatever it is given, in odd pieces, and
 * leaves when it likes.
 *
 *   send ─▶ [held while half of a request is out] ─▶ bytes ═══▶ the session
 *   replies ◀─ wire ◀─────────────────────────────── bytes ◀═══
 */
import type { HostOptions } from 'memfleet/testing';
import type { RawReply, Request, Wire } from './request.ts';

/** What a session tells its owner. */
export interface RawSessionEvents {
  onReply(reply: RawReply): void;
  /** Bytes came that are not the protocol. */
  onNonsense(error: Error): void;
  /** Called once. `end`: the other side sent its end; `reset`: the connection broke, or was never made. */
  onClose(how: 'end' | 'reset'): void;
}

/** Where it runs, and whom it calls. */
export interface RawSessionParts {
  readonly host: Pick<HostOptions, 'clock' | 'network'>;
  readonly address: { readonly host: string; readonly port: number };
  readonly wire: Wire;
  readonly events: RawSessionEvents;
}

/** A connection. */
export class RawSession {
  readonly #parts: RawSessionParts;
  readonly #transport: ReturnType<HostOptions['network']['dial']>;
  #isOpen = false;
  #isClosed = false;
  /** Sends nothing more. */
  #isEnding = false;
  /** What waits behind the second half of a request. */
  #held: string[] | undefined;
  #received = '';

  constructor(parts: RawSessionParts) {
    this.#parts = parts;
    const { address, host } = parts;
    this.#transport = host.network.dial(
      { address, keepAliveDelay: 30_000 },
      {
        onData: (chunk) => this.#onData(chunk),
        onDrain: () => {},
        onEnd: () => this.#close('end'),
        onClose: () => this.#close('reset'),
      },
      () => {
        this.#isOpen = true;
      },
    );
  }

  /** Whether bytes could be sent: before, nothing has reached the other side. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether requests can still be sent on it. */
  get isUsable(): boolean {
    return !this.#isClosed && !this.#isEnding;
  }

  /** Whether it sent its end, or left. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Sends a request; with `split` its second half so many ms later. */
  send(request: Request, split: number | undefined): void {
    const bytes = this.#parts.wire.encode(request);
    if (this.#held !== undefined) {
      this.#held.push(bytes);
      return;
    }
    if (split === undefined) {
      this.#transport.write([bytes]);
      return;
    }
    const half = Math.ceil(bytes.length / 2);
    this.#transport.write([bytes.slice(0, half)]);
    this.#held = [bytes.slice(half)];
    this.#parts.host.clock.setTimer(split, () => this.#release());
  }

  /** Sends its end, behind what was sent; replies are still read. */
  halfClose(): void {
    if (!this.isUsable) return;
    this.#isEnding = true;
    this.#release();
    this.#transport.end();
  }

  /** Leaves in the middle of a request, whose first bytes these are. */
  leave(bytes: string): void {
    if (!this.isUsable) return;
    this.#isEnding = true;
    this.#release();
    this.#transport.write([bytes]);
    this.#transport.end();
  }

  /** Breaks the connection. */
  reset(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isEnding = true;
    this.#transport.reset();
  }

  /** Reads nothing for a while. */
  stall(ms: number): void {
    if (this.#isClosed) return;
    this.#transport.pause();
    this.#parts.host.clock.setTimer(ms, () => this.#transport.resume());
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && !this.#isClosed) this.#transport.write(held);
  }

  #onData(chunk: Uint8Array): void {
    this.#received += Buffer.from(chunk).toString('latin1');
    let at = 0;
    try {
      for (;;) {
        const decoded = this.#parts.wire.decode(this.#received.slice(at));
        if (decoded === undefined) break;
        const [reply, length] = decoded;
        at += length;
        this.#parts.events.onReply(reply);
      }
    } catch (error) {
      this.#parts.events.onNonsense(error as Error);
    }
    this.#received = this.#received.slice(at);
  }

  #close(how: 'end' | 'reset'): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.events.onClose(how);
  }
}
