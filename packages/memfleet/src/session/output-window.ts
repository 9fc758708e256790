/**
 * Limits the replies of one session in flight, so that a pipeline of large values does not fill the memory: their
 * number, times the size of earlier replies, is bounded. A session begins with few, and may have one more for each
 * reply that arrived, which doubles the number with every round trip to the node: it thus learns the size of the
 * replies while there is room for the largest.
 */
import { SizeGuess } from '../base/size-guess.ts';

/** The bound on replies in flight, as a multiple of the bound on bytes held for a client that does not read. */
const share = 4;

/** Limits the replies in flight of one session by their expected size in bytes. */
export class OutputWindow {
  readonly #guess = new SizeGuess(0);
  #most: number;

  /** `first`: the number of replies that may be in flight while their size is unknown. */
  constructor(first: number) {
    this.#most = first;
  }

  /** Records the size of one reply in bytes. */
  learn(bytes: number): void {
    this.#guess.learn(bytes);
    this.#most++;
  }

  /** Records the total size of replies that arrived at once. */
  learnAll(count: number, bytes: number): void {
    if (count === 0) return;
    this.#guess.learn(bytes / count);
    this.#most += count;
  }

  /** The number of further replies that may be in flight, of a session that has `load` now. */
  room(load: number, maxOutput: number): number {
    const bySize = this.#guess.bytes === 0 ? Infinity : Math.floor((maxOutput * share) / this.#guess.bytes);
    return Math.max(load === 0 ? 1 : 0, Math.min(this.#most, bySize) - load);
  }

  /** Whether one reply more than `load` would be too many. */
  isFull(load: number, maxOutput: number): boolean {
    return load > 0 && (load >= this.#most || (load + 1) * this.#guess.bytes > maxOutput * share);
  }
}
