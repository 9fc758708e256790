import { type Random, systemRandom } from './chance.ts';

/** The delay before another attempt. */
export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  readonly initial: number;
  /** The longest wait in milliseconds. */
  readonly max: number;
  /** The factor by which each wait is longer than the one before. */
  readonly factor: number;
  /** The random share of each wait: 0.2 gives 80 to 120 %. */
  readonly jitter: number;
}

/** Growing waits with jitter, so that many clients of one node do not come back at the same moment. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #tries = 0;

  constructor(options: BackoffOptions, random: Random = systemRandom) {
    this.#options = options;
    this.#random = random;
  }

  /** The number of delays returned since the last `reset()`. */
  get tries(): number {
    return this.#tries;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const { initial, max, factor } = this.#options;
    const plain = Math.min(max, initial * factor ** this.#tries++);
    return withJitter(plain, this.#options.jitter, this.#random);
  }

  reset(): void {
    this.#tries = 0;
  }
}

/** `value` × (1 ± share), evenly drawn. */
export function withJitter(value: number, share: number, random: () => number): number {
  return value * (1 + share * (2 * random() - 1));
}
