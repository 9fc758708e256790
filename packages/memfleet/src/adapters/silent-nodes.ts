/**
 * Nodes that accept requests and do not reply. A page makes several calls one after the other, and each would wait for
 * the client's timeout: for a second after one of them, calls to its node fail at once.
 */
import { type Clock, systemClock } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import { TimeoutError } from '../core/errors.ts';

/** Milliseconds. */
const pause = 1000;

interface Silence {
  readonly until: number;
  readonly error: TimeoutError;
}

/** The silent nodes of a client. */
export class SilentNodes {
  readonly #client: Client<never>;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, Silence>();

  constructor(client: Client<never>, clock: Clock = systemClock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Makes a call for a key, or rejects with the error of the call before. */
  async run<R>(key: string, call: () => Promise<R>): Promise<R> {
    const node = this.#client.items.nodeOf(key)?.node;
    const silence = node === undefined ? undefined : this.#nodes.get(node);
    if (silence !== undefined && silence.until > this.#clock.now()) throw silence.error;
    try {
      return await call();
    } catch (error) {
      if (node !== undefined && error instanceof TimeoutError)
        this.#nodes.set(node, { until: this.#clock.now() + pause, error });
      throw error;
    }
  }
}
