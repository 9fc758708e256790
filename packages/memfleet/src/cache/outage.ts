import type { Clock } from '../base/clock.ts';

const most = 1000;

interface Kept {
  readonly value: unknown;
  readonly tagVersions: string;
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

  /** `tagVersions`: those that the caller has read; '' = none. */
  find(key: string, tagVersions: string): { readonly value: unknown } | undefined {
    const kept = this.#values.get(key);
    if (kept === undefined || (kept.until > this.#clock.now() && kept.tagVersions === tagVersions)) return kept;
    this.#values.delete(key);
    return undefined;
  }

  /** `tagVersions`: those before the load. */
  keep(key: string, value: unknown, tagVersions: string): void {
    if (this.#ttl === 0) return;
    this.#values.delete(key);
    this.#values.set(key, { value, tagVersions, until: this.#clock.now() + this.#ttl });
    // The oldest comes first.
    for (const [oldest, { until }] of this.#values) {
      if (this.#values.size <= most && until > this.#clock.now()) break;
      this.#values.delete(oldest);
    }
  }

  drop(key: string): void {
    if (this.#values.size > 0) this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }
}
