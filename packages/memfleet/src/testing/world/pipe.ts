/**
 * One direction of a simulated connection: what both kernels and the way between them hold.
 *
 *   send ─ copied, cut ─▶ link ─ bandwidth, latency ─▶ [arrived] ─ readInto ─▶ receiver
 *             room ◀───────────────── what was read ──────────────────┘
 */
import { type Agenda, type Owner, type Planned, rank } from './agenda.ts';
import type { Cut, Link } from './link.ts';

/** The end of a direction: in order behind its bytes, or a reset. */
export type Mark = 'end' | 'reset';

interface Segment {
  /** A mark has no bytes. */
  readonly bytes: Uint8Array;
  readonly mark: Mark | undefined;
  readonly departs: number;
  readonly arrives: number;
}

/** The sizes of Ethernet. */
const segmentSize = 1460;
const tinySize = 9;
const noBytes = new Uint8Array(0);

/** The size of the next piece. */
const pieces: Record<Cut, (rest: number, random: () => number) => number> = {
  whole: (rest) => rest,
  segments: () => segmentSize,
  tiny: (_rest, random) => 1 + Math.floor(random() * tinySize),
  anywhere: (rest, random) => 1 + Math.floor(random() * rest),
};

/** What a pipe needs. */
export interface PipeParts {
  readonly agenda: Agenda;
  readonly link: Link;
  readonly random: () => number;
  /** The owner of arrivals: the kernel of the receiver, which outlives its process. */
  readonly kernel: Owner;
  /** Something has arrived. */
  readonly onArrival: () => void;
}

/** One direction of a connection. */
export class Pipe {
  readonly #parts: PipeParts;
  /** In order; the arrival of the first is planned. */
  #way: Segment[] = [];
  #planned: Planned | undefined;
  #arrived: Segment[] = [];
  /** Bytes of the first arrived segment that were read. */
  #readOfFirst = 0;
  /** Bytes sent and not read. */
  #unread = 0;
  /** The time at which the last byte has left. */
  #freeAt = 0;
  #lastArrival = 0;
  /** Counts resets: what was sent before one and has not left is dropped. */
  #generation = 0;
  #isReset = false;

  constructor(parts: PipeParts) {
    this.#parts = parts;
  }

  /** The number of bytes that `send` accepts now. */
  get room(): number {
    return this.#isReset ? Infinity : Math.max(0, this.#parts.link.state.window - this.#unread);
  }

  /** Whether bytes have arrived and are not read. */
  get hasBytes(): boolean {
    return this.#arrived[0]?.mark === undefined && this.#arrived.length > 0;
  }

  /** What has arrived behind the bytes that were read. */
  get mark(): Mark | undefined {
    return this.#arrived[0]?.mark;
  }

  /** Whether a reset has arrived, also behind bytes that are not read. */
  get wasReset(): boolean {
    return this.#arrived.at(-1)?.mark === 'reset';
  }

  /** Takes the end, behind which a reset may come. */
  takeEnd(): void {
    if (this.mark === 'end') this.#arrived.shift();
  }

  /** Sends bytes, which are copied. */
  send(bytes: Uint8Array): void {
    if (this.#isReset) return;
    const { link, random } = this.#parts;
    this.#unread += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const size = Math.min(bytes.length - at, pieces[link.state.cut](bytes.length - at, random));
      // A slice of a Buffer would be a view of it.
      this.#pass(Uint8Array.prototype.slice.call(bytes, at, at + size), undefined);
      at += size;
    }
  }

  /** Sends the end. */
  end(): void {
    if (!this.#isReset) this.#pass(noBytes, 'end');
  }

  /** Sends a reset. What has not left is dropped; nothing can be sent after it. */
  reset(): void {
    if (this.#isReset) return;
    this.drop();
    this.#isReset = true;
    this.#pass(noBytes, 'reset');
  }

  /** Drops what has not left, as when the power fails. */
  drop(): void {
    const { now } = this.#parts.agenda;
    this.#generation++;
    this.#way = this.#way.filter(({ departs }) => departs <= now);
    this.#freeAt = now;
    this.#lastArrival = this.#way.at(-1)?.arrives ?? now;
    if (this.#planned !== undefined) this.#parts.agenda.cancel(this.#planned);
    this.#planned = undefined;
    this.#planNext();
  }

  /** Reads bytes into `target`; returns their number. */
  readInto(target: Uint8Array): number {
    let count = 0;
    while (count < target.length && this.hasBytes) {
      const { bytes } = this.#arrived[0] as Segment;
      const size = Math.min(target.length - count, bytes.length - this.#readOfFirst);
      target.set(bytes.subarray(this.#readOfFirst, this.#readOfFirst + size), count);
      count += size;
      this.#readOfFirst += size;
      if (this.#readOfFirst === bytes.length) {
        this.#arrived.shift();
        this.#readOfFirst = 0;
      }
    }
    this.#unread -= count;
    return count;
  }

  /** Forgets what has arrived. Returns whether there were bytes. */
  discard(): boolean {
    const hadBytes = this.#arrived.some(({ mark }) => mark === undefined);
    this.#arrived = [];
    this.#readOfFirst = 0;
    this.#unread = 0;
    return hadBytes;
  }

  #pass(bytes: Uint8Array, mark: Mark | undefined): void {
    const generation = this.#generation;
    this.#parts.link.pass(() => {
      if (generation === this.#generation) this.#depart(bytes, mark);
    });
  }

  #depart(bytes: Uint8Array, mark: Mark | undefined): void {
    const { agenda, link, random } = this.#parts;
    const departs = Math.max(agenda.now, this.#freeAt);
    this.#freeAt = departs + bytes.length / link.state.bytesPerMs;
    const arrives = Math.max(this.#lastArrival, this.#freeAt + link.delay(random));
    this.#lastArrival = arrives;
    this.#way.push({ bytes, mark, departs, arrives });
    this.#planNext();
  }

  #planNext(): void {
    const [first] = this.#way;
    if (this.#planned !== undefined || first === undefined) return;
    const { agenda, kernel } = this.#parts;
    this.#planned = agenda.plan(first.arrives, rank.read, kernel, this.#arrive);
  }

  readonly #arrive = (): void => {
    const { now } = this.#parts.agenda;
    this.#planned = undefined;
    let count = 0;
    for (const { arrives } of this.#way) {
      if (arrives > now) break;
      count++;
    }
    if (count > 0) this.#arrived.push(...this.#way.splice(0, count));
    this.#planNext();
    if (count > 0) this.#parts.onArrival();
  };
}
