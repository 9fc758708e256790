/**
 * How many answers of one session may be in flight, so that a pipeline of large values does not fill the memory: their
 * number, times what such answers took before, is bounded. A session begins with few, and has one more for each that
 * came, which doubles them with every trip to the node: so it learns what size they have while there is room for the
 * largest.
 */
import { SizeGuess } from '../base/size-guess.ts';

/** Answers in flight may take so many times what may be held for a client that does not read. */
const share = 4;

/** Limits the replies in flight of one session by their expected size in bytes. */
export class OutputWindow {
  readonly #guess = new SizeGuess(0);
  #most: number;

  /** `first`: so many answers may be in flight while nothing is known of their size. */
  constructor(first: number) {
    this.#most = first;
  }

  /** One answer took so many bytes. */
  learn(bytes: number): void {
    this.#guess.learn(bytes);
    this.#most++;
  }

  /** So many answers came at once and took so many bytes together. */
  learnAll(count: number, bytes: number): void {
    if (count === 0) return;
    this.#guess.learn(bytes / count);
    this.#most += count;
  }

  /** How many more may be in flight, of a session that has `load` now. */
  room(load: number, softOutput: number): number {
    const bySize = this.#guess.bytes === 0 ? Infinity : Math.floor((softOutput * share) / this.#guess.bytes);
    return Math.max(load === 0 ? 1 : 0, Math.min(this.#most, bySize) - load);
  }

  /** One answer more than `load` would be too many. */
  isFull(load: number, softOutput: number): boolean {
    return load > 0 && (load >= this.#most || (load + 1) * this.#guess.bytes > softOutput * share);
  }
}
