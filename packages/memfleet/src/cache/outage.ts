import type { Clock } from '../base/clock.ts';

const most = 1000;

interface Kept {
  readonly value: unknown;
  readonly until: number;
}

/**
 * Values that were loaded while their node was out, each for a moment: so a process loads a key once in that time, and
 * not once for each caller.
 */
export class OutageValues {
  readonly #clock: Clock;
  readonly #ttl: number;
  readonly #values = new Map<string, Kept>();

  /** `ttl`: ms; 0 = nothing is kept. */
  constructor(clock: Clock, ttl: number) {
    this.#clock = clock;
    this.#ttl = ttl;
  }

  find(key: string): { readonly value: unknown } | undefined {
    const kept = this.#values.get(key);
    if (kept === undefined || kept.until > this.#clock.now()) return kept;
    this.#values.delete(key);
    return undefined;
  }

  keep(key: string, value: unknown): void {
    if (this.#ttl === 0) return;
    this.#values.delete(key);
    this.#values.set(key, { value, until: this.#clock.now() + this.#ttl });
    // The oldest comes first.
    for (const [oldest, { until }] of this.#values) {
      if (this.#values.size <= most && until > this.#clock.now()) break;
      this.#values.delete(oldest);
    }
  }

  drop(key: string): void {
    if (this.#values.size > 0) this.#values.delete(key);
  }
}
