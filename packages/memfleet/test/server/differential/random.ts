/** Numbers that a seed determines (xorshift32), and choices by them. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e37_79b9;
    for (let at = 0; at < 8; at++) this.#next();
  }

  #next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return this.#next() % end;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** Some of the choices, in any order. */
  some<T>(choices: readonly T[], odds: number): T[] {
    const chosen = choices.filter(() => this.once(odds));
    for (let at = chosen.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [chosen[at], chosen[other]] = [chosen[other] as T, chosen[at] as T];
    }
    return chosen;
  }
}
