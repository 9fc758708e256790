/**
 * Calls that outlast an outage: what failed on the way to a node is called again, with growing pauses, until it has
 * failed for too long. What a node refused is not.
 */
import {
  AuthenticationError,
  InvalidArgumentError,
  InvalidKeyError,
  MemcacheError,
  ServerError,
  UnsupportedError,
  ValueTooLargeError,
} from 'memfleet';
import type { ReasonName } from './outcome.ts';
import type { PacerTime } from './pacer.ts';

const firstPause = 100;
const longestPause = 2000;

/** Errors that are about the item, and not about the way to its node. */
const ofItem: readonly (readonly [type: abstract new (...given: never[]) => MemcacheError, reason: ReasonName])[] = [
  [ValueTooLargeError, 'tooLarge'],
  [InvalidKeyError, 'unsupported'],
  [UnsupportedError, 'unsupported'],
  [InvalidArgumentError, 'unsupported'],
  [ServerError, 'refused'],
];

/** The reason why an item is skipped; undefined for errors that may pass. */
export function skipReasonOf(error: unknown): ReasonName | undefined {
  const found = ofItem.find(([type]) => error instanceof type)?.[1];
  // memcached: `SERVER_ERROR object too large for cache`; binary: `Too large.`
  return found === 'refused' && /too large/i.test((error as Error).message) ? 'tooLarge' : found;
}

/** Makes calls for one run. */
export class Persistence {
  readonly #patience: number;
  readonly #time: PacerTime;
  /** Nobody waits for a node any more. */
  isOver = false;

  /** `patience`: ms after which a call that keeps failing is given up. */
  constructor(patience: number, time: PacerTime) {
    this.#patience = patience;
    this.#time = time;
  }

  /** Rejects with the last error. */
  async call<T>(make: () => Promise<T>): Promise<T> {
    const giveUp = this.#time.now() + this.#patience;
    for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
      try {
        return await make();
      } catch (error) {
        const isFinal = skipReasonOf(error) !== undefined || error instanceof AuthenticationError;
        if (isFinal || !(error instanceof MemcacheError) || this.isOver || this.#time.now() + pause > giveUp)
          throw error;
      }
      await this.#time.sleep(pause);
    }
  }
}
