/**
 * One end of a simulated connection: a Transport with the habits of Node's sockets.
 *
 *   write ─▶ [held, by reference] ─ room ─▶ Pipe ═══▶ the other end
 *   events ◀─ reads ◀────────────────────── Pipe ◀═══
 *
 * Held memory is copied when the window has room, as the kernel does: a sender that writes over it too early is seen.
 */
import { ReadBuffer } from '../../net/read-buffer.ts';
import type { Transport, TransportEvents } from '../../net/transport.ts';
import { type Agenda, type Owner, rank } from './agenda.ts';
import type { Link } from './link.ts';
import { Pipe } from './pipe.ts';
import type { Death, Site } from './site.ts';

/** What an end needs. */
export interface EndParts {
  readonly agenda: Agenda;
  readonly site: Site;
  readonly peerSite: string;
  readonly peer: string;
  readonly remote: string;
  /** The way to this end, and what is drawn on it. */
  readonly link: Link;
  readonly random: () => number;
  /** Whether this end has dialled: such sockets end when the other side has. */
  readonly isDialled: boolean;
  readonly onBytes: ((from: string, to: string, chunk: Uint8Array) => void) | undefined;
  readonly onClosed: (end: SimulatedTransport) => void;
}

/** The memory that is read into. */
interface Reads {
  next(): Uint8Array;
  filled(count: number): void;
}

/** Above so many held bytes `write` returns false. */
const highWaterMark = 16 * 1024;
const sharedSize = 64 * 1024;
const shared = Buffer.alloc(sharedSize);
const spoiled = 0xee;

/** Accepted sockets share one buffer, which is overwritten after each read. */
class SharedReads implements Reads {
  readonly #events: TransportEvents;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  next(): Uint8Array {
    return shared;
  }

  filled(count: number): void {
    this.#events.onData(count === sharedSize ? shared : shared.subarray(0, count));
    shared.fill(spoiled, 0, count);
  }
}

/** One end of a connection. */
export class SimulatedTransport implements Transport {
  readonly peer: string;
  readonly remote: string;
  /** What comes from the other end. */
  readonly incoming: Pipe;
  readonly #parts: EndParts;
  #outgoing: Pipe | undefined;
  #events: TransportEvents | undefined;
  #reads: Reads | undefined;
  #isOpen = false;
  #isClosed = false;
  /** Lost with the power: whatever comes is answered by a reset. */
  #isUnknown = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #needsDrain = false;
  #isDrainPlanned = false;
  #isPaused = false;
  #isReadPlanned = false;
  #isEnding = false;
  #closesSoon = false;
  #hasSentEnd = false;
  #hasSeenEnd = false;

  constructor(parts: EndParts) {
    const { agenda, link, peer, random, remote, site } = parts;
    this.#parts = parts;
    this.peer = peer;
    this.remote = remote;
    this.incoming = new Pipe({ agenda, link, random, kernel: site.kernel, onArrival: () => this.#read() });
  }

  /** The life that it belongs to. */
  get owner(): Owner {
    return this.#parts.site.owner;
  }

  /** The names of its place and of the other one. */
  get places(): readonly [string, string] {
    return [this.#parts.site.name, this.#parts.peerSite];
  }

  /** Whether it is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The way to the other end: bytes can be sent. */
  connect(outgoing: Pipe): void {
    this.#outgoing = outgoing;
    this.#isOpen = true;
    this.#pump();
  }

  /** Its owner, to which what has arrived is given. */
  attach(events: TransportEvents): this {
    this.#events = events;
    this.#reads = this.#parts.isDialled ? new ReadBuffer(events) : new SharedReads(events);
    this.#readLater();
    return this;
  }

  /** The dial has failed. */
  fail(error: Error): void {
    if (!this.#isClosed) this.#close(error);
  }

  write(chunks: readonly (string | Uint8Array)[]): boolean {
    if (this.#isClosed || this.#isEnding) return true;
    let isWritable = true;
    for (const given of chunks) {
      const chunk = typeof given === 'string' ? Buffer.from(given, 'latin1') : given;
      if (chunk.length === 0) continue;
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      isWritable = this.#heldBytes < highWaterMark;
    }
    if (!isWritable) this.#needsDrain = true;
    this.#pump();
    // A socket that does not read finds out that it was reset when it writes.
    if ((this.#isPaused || this.#hasSeenEnd) && this.incoming.wasReset) {
      const code = this.#hasSeenEnd ? 'EPIPE' : 'ECONNRESET';
      this.#later(() => this.#wasReset(`write ${code}`, code));
    }
    return isWritable;
  }

  get isFlushed(): boolean {
    return this.#heldBytes === 0;
  }

  get bufferedBytes(): number {
    return this.#heldBytes;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#readLater();
  }

  end(): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.#pump();
  }

  destroySoon(): void {
    if (this.#isClosed) return;
    this.#closesSoon = true;
    this.end();
    if (this.#hasSentEnd) this.destroy();
  }

  destroy(error?: Error): void {
    if (this.#isClosed) return;
    // A kernel that is asked to close before everything was read sends a reset.
    if (this.incoming.hasBytes) this.#outgoing?.reset();
    else if (!this.#hasSentEnd) this.#outgoing?.end();
    this.#close(error);
  }

  reset(): void {
    if (this.#isClosed) return;
    this.#outgoing?.reset();
    this.#close(undefined);
  }

  /** Its process has died: nothing is called any more. */
  kill(how: Death): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held = [];
    if (how === 'silent') {
      this.#isUnknown = true;
      this.#outgoing?.drop();
      // A peer that waits for room probes for it, and learns of the end when there is power again.
      if (this.incoming.room === 0) this.#parts.site.machine.stuck.push(() => this.#refuse());
    } else if (how === 'reset' || this.incoming.hasBytes) this.#outgoing?.reset();
    else if (!this.#hasSentEnd) this.#outgoing?.end();
    this.#parts.onClosed(this);
  }

  /** Something between both ends breaks the connection: both receive a reset, also where the other one is closed. */
  breakOff(): void {
    this.#outgoing?.reset();
    this.incoming.reset();
  }

  #pump(): void {
    const pipe = this.#outgoing;
    if (pipe === undefined || this.#isClosed) return;
    for (let [first] = this.#held; first !== undefined; [first] = this.#held) {
      const size = Math.min(first.length, pipe.room);
      if (size === 0) return;
      pipe.send(size === first.length ? first : first.subarray(0, size));
      this.#heldBytes -= size;
      if (size === first.length) this.#held.shift();
      else this.#held[0] = first.subarray(size);
    }
    if (this.#needsDrain) this.#drainLater();
    if (!this.#isEnding || this.#hasSentEnd) return;
    this.#hasSentEnd = true;
    pipe.end();
    if (this.#closesSoon) this.destroy();
    else if (this.#hasSeenEnd) this.#later(() => this.destroy());
  }

  #drainLater(): void {
    if (this.#isDrainPlanned) return;
    this.#isDrainPlanned = true;
    this.#later(() => {
      this.#isDrainPlanned = false;
      if (this.#isClosed || this.#heldBytes > 0) return;
      this.#needsDrain = false;
      this.#events?.onDrain();
    });
  }

  /** The other end has read: there may be room. */
  onRoom(): void {
    if (this.#heldBytes > 0) this.#pump();
  }

  /** Called after each read that made room. */
  onRead: () => void = () => {};

  #readLater(): void {
    if (this.#isReadPlanned) return;
    if (!this.incoming.hasBytes && this.incoming.mark === undefined) return;
    this.#isReadPlanned = true;
    this.#later(() => {
      this.#isReadPlanned = false;
      this.#read();
    });
  }

  /** One read: each is a macrotask of its own. */
  #read(): void {
    if (this.#isClosed) this.#refuse();
    // The kernel tells whoever still has bytes to write, even if nothing is read any more.
    else if (this.#heldBytes > 0 && this.incoming.wasReset) this.#wasReset('write ECONNRESET', 'ECONNRESET');
    else if (this.#events !== undefined && !this.#isPaused && this.#isOpen) {
      if (this.incoming.hasBytes) this.#readBytes();
      else if (this.incoming.mark === 'reset' && !this.#hasSeenEnd) this.#wasReset('read ECONNRESET', 'ECONNRESET');
      else if (this.incoming.mark === 'end') this.#sawEnd();
    }
  }

  #readBytes(): void {
    const reads = this.#reads as Reads;
    const { onBytes, peerSite, site } = this.#parts;
    const target = reads.next();
    const count = this.incoming.readInto(target);
    onBytes?.(peerSite, site.name, target.subarray(0, count));
    this.onRead();
    try {
      reads.filled(count);
    } finally {
      if (!this.#isClosed && !this.#isPaused) this.#readLater();
    }
  }

  #sawEnd(): void {
    this.incoming.takeEnd();
    this.#hasSeenEnd = true;
    this.#events?.onEnd();
    if (this.#isClosed) return;
    if (this.#parts.isDialled) this.end();
    if (this.#hasSentEnd) this.#later(() => this.destroy());
  }

  #wasReset(message: string, code: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#parts.onClosed(this);
    this.#events?.onClose(systemError(message, code));
  }

  /** What arrives at a closed end is answered by a reset. */
  #refuse(): void {
    const { machine } = this.#parts.site;
    if (machine.isDark) {
      machine.stuck.push(() => this.#refuse());
      return;
    }
    const hadBytes = this.incoming.discard();
    if (hadBytes || this.#isUnknown) this.#outgoing?.reset();
  }

  #close(error: Error | undefined): void {
    this.#isClosed = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#parts.onClosed(this);
    this.incoming.discard();
    this.#later(() => {
      if (!this.owner.isGone) this.#events?.onClose(error);
    });
  }

  #later(callback: () => void): void {
    const { agenda, site } = this.#parts;
    agenda.plan(agenda.now, rank.read, site.kernel, callback);
  }
}

/** An error of the system, as Node makes it. */
export function systemError(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
