/**
 * How many answers of one session may be under way, so that a pipeline of large values does not fill the memory: their number, times what such answers took before, is
 * bounded.
 */
import { SizeGuess } from '../base/size-guess.ts';

/** Answers under way may take so many times what may be held for a client that does not read; so many may be while their size is not known yet. */
const share = 4;
const firstWindow = 128;

/** See the head of this file. */
export class AnswerWindow {
  readonly #guess: SizeGuess;

  /** `softOutput`: bytes that may be held for a client that does not read. */
  constructor(softOutput: number) {
    this.#guess = new SizeGuess((softOutput * share) / firstWindow);
  }

  /** One answer took so many bytes. */
  learn(bytes: number): void {
    this.#guess.learn(bytes);
  }

  /** One answer more than `load` would be too many. */
  isFull(load: number, softOutput: number): boolean {
    return load > 0 && (load + 1) * this.#guess.bytes > softOutput * share;
  }
}
