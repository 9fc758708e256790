/** The way from one place of a simulated network to another. */
import { type Agenda, noOwner, rank } from './agenda.ts';

/**
 * How bytes are cut into segments: as they were written, at 1460 bytes, into 1 to 9 bytes, or anywhere.
 */
export type Cut = 'whole' | 'segments' | 'tiny' | 'anywhere';

/** How a way is. */
export interface LinkOptions {
  /** Milliseconds from one end to the other. @default 0.2 */
  readonly latency?: number | undefined;
  /** Up to so many milliseconds more, drawn for each segment; segments stay in order. @default 0.1 */
  readonly jitter?: number | undefined;
  /** Bytes that leave in a millisecond. @default Infinity */
  readonly bytesPerMs?: number | undefined;
  /** Bytes that are sent and not read: beyond them, the sender holds the rest. @default 262144 */
  readonly window?: number | undefined;
  /** How bytes are cut into segments. @default 'whole' */
  readonly cut?: Cut | undefined;
}

/** The options of a link, completed. */
export type LinkState = { readonly [Name in keyof LinkOptions]-?: NonNullable<LinkOptions[Name]> };

const defaults: LinkState = { latency: 0.2, jitter: 0.1, bytesPerMs: Infinity, window: 256 * 1024, cut: 'whole' };
/** The kernel sends again at growing intervals: what was lost arrives up to so many ms after the way is open again. */
const longestWait = 2000;

/** A way in one direction. */
export class Link {
  /** How it is now. */
  state: LinkState;
  readonly #agenda: Agenda;
  readonly #random: () => number;
  readonly #base: LinkOptions;
  readonly #changes = new Set<LinkOptions>();
  readonly #blocks = new Set<object>();
  #blockedAt = 0;
  #isBlocked = false;
  #waiting: (() => void)[] = [];

  constructor(agenda: Agenda, random: () => number, base: LinkOptions) {
    this.#agenda = agenda;
    this.#random = random;
    this.#base = base;
    this.state = completed([base]);
  }

  /** Whether nothing passes now. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** The time of one segment from end to end. `random`: that of its connection. */
  delay(random: () => number): number {
    const { latency, jitter } = this.state;
    return jitter === 0 ? latency : latency + random() * jitter;
  }

  /** Changes the way until the returned function is called. */
  change(options: LinkOptions): () => void {
    const change = { ...options };
    const apply = (): void => {
      this.state = completed([this.#base, ...this.#changes]);
    };
    this.#changes.add(change);
    apply();
    return () => {
      if (this.#changes.delete(change)) apply();
    };
  }

  /** Lets nothing pass until the returned function is called. */
  block(): () => void {
    const block = {};
    if (this.#blocks.size === 0 && !this.#isBlocked) this.#blockedAt = this.#agenda.now;
    this.#blocks.add(block);
    this.#isBlocked = true;
    return () => {
      if (!this.#blocks.delete(block) || this.#blocks.size > 0) return;
      const outage = this.#agenda.now - this.#blockedAt;
      const wait = this.#random() * Math.min(outage, longestWait);
      this.#agenda.plan(this.#agenda.now + wait, rank.read, noOwner, () => this.#open());
    };
  }

  /** Calls `send` now, or when the way is open again. */
  pass(send: () => void): void {
    if (this.#isBlocked) this.#waiting.push(send);
    else send();
  }

  #open(): void {
    if (this.#blocks.size > 0) return;
    this.#isBlocked = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const send of waiting) send();
  }
}

function completed(layers: readonly LinkOptions[]): LinkState {
  const all: Record<string, unknown> = { ...defaults };
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer)) if (value !== undefined) all[name] = value;
  return all as LinkState;
}
