/**
 * Long values are decoded in a turn of their own: a text of 1 MB takes most of a millisecond (docs/performance.md,
 * "long values"), and the replies that are in by then go first. Bytes take no time.
 *
 *   read: a long value ─▶ held ─▶ other reads of this turn: their replies ─▶ end of the turn ─▶ decoded
 *   read: a reply to a call on the same key ─▶ held behind it
 */
import { type Clock, systemLoop } from '../base/clock.ts';
import type { Reply } from '../core/reply.ts';
import type { Transcoder } from './transcoder.ts';
import { isHandedOver } from './transcoders.ts';

/** The length of a long value in bytes. */
export const leastLong: number = 256 * 1024;

interface Held {
  readonly key: string;
  readonly decode: () => void;
}

/** The long values of a client that wait for the end of the turn. */
export class LongValues {
  /** The number of calls in progress: a lone one has nobody to wait for. */
  calls = 0;
  /** Whether a value is held. */
  isHolding = false;
  readonly #clock: Clock;
  #held: Held[] = [];
  readonly #decodeAll = (): void => {
    const held = this.#held;
    this.#held = [];
    this.isHolding = false;
    for (const { decode } of held) decode();
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the reply to a call on this key must be held: its value is long, or that of a call before it is held. */
  holds(key: string, reply: Reply, transcoder: Transcoder<unknown>): boolean {
    if (reply.length >= leastLong && this.calls > 1 && !isHandedOver(transcoder, reply.flags)) return true;
    return this.#held.some((one) => one.key === key);
  }

  /** Calls `decode` at the end of the turn. It must not throw. */
  add(key: string, decode: () => void): void {
    this.#held.push({ key, decode });
    if (this.isHolding) return;
    this.isHolding = true;
    // The loop, also where a test moves the clock: it reads the sockets.
    const { loop = systemLoop } = this.#clock;
    loop.afterTurn(this.#decodeAll);
  }
}
