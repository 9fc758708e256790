/** Many callers at once, each serving one page after another with a pause between. */
import { setImmediate } from 'node:timers/promises';
import { drawWait, type Random, seededRandom } from './random.ts';

/** How much traffic. */
export interface TrafficOptions {
  readonly callers: number;
  /** Mean pause between two pages of a caller, in ms; 0 = none. */
  readonly think: number;
  readonly seed: number;
  /** Serves a page; must not reject. */
  readonly page: (random: Random) => Promise<void>;
}

/** See the head of this file. Begins at once. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #callers: Promise<unknown>;
  /** Ends the pauses. */
  readonly #wakers = new Set<() => void>();
  #isStopped = false;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const callers = Array.from({ length: options.callers }, (_, index) =>
      this.#run(seededRandom(options.seed + index)),
    );
    this.#callers = Promise.all(callers);
  }

  /** No new pages; fulfils when those in progress are served. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const wake of this.#wakers) wake();
    await this.#callers;
  }

  async #run(random: Random): Promise<void> {
    const { think, page } = this.#options;
    // They do not all come in the same moment.
    if (think > 0) await this.#pause(random() * think);
    while (!this.#isStopped) {
      await page(random);
      // Without a pause, calls that fail at once would never let the event loop turn.
      await (think > 0 ? this.#pause(drawWait(think, random)) : setImmediate());
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakers.add(wake);
    });
  }
}
