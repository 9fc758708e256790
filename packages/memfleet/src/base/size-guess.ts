/** Estimates the size of the larger entries from those before: the estimate rises at once and falls slowly. */
export class SizeGuess {
  /** In bytes. */
  bytes: number;

  constructor(first: number) {
    this.bytes = first;
  }

  /** Records the size of one entry in bytes. */
  learn(bytes: number): void {
    this.bytes = Math.max(bytes, this.bytes - Math.ceil((this.bytes - bytes) / 8));
  }
}
