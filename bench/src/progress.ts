/** What is being done, on stderr, so that stdout holds the result alone. */
export class Progress {
  readonly #steps: number;
  readonly #startedAt = performance.now();
  #done = 0;

  constructor(steps: number) {
    this.#steps = steps;
  }

  /** A step is done; the text says which and what came out. */
  step(text: string): void {
    this.#done++;
    const elapsed = (performance.now() - this.#startedAt) / 1000;
    const left = (elapsed / this.#done) * (this.#steps - this.#done);
    process.stderr.write(`[${this.#done}/${this.#steps}, ${clock(left)} left] ${text}\n`);
  }
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
