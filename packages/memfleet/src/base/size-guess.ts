/** About what one of the larger of some things takes, learned from those before: up at once, down slowly. */
export class SizeGuess {
  /** In bytes. */
  bytes: number;

  constructor(first: number) {
    this.bytes = first;
  }

  /** One took so many bytes. */
  learn(bytes: number): void {
    this.bytes = Math.max(bytes, this.bytes - Math.ceil((this.bytes - bytes) / 8));
  }
}
