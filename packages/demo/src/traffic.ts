/** Many callers at once, each serving one page after another with a pause between. */
import { setMaxListeners } from 'node:events';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
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

/** Concurrent callers that request pages; they start at once. */
export class Traffic {
  readonly #options: TrafficOptions;
  /** Ends the pauses. */
  readonly #stopping = new AbortController();
  /** Callers that have not ended. */
  callers = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal);
    for (let index = 0; index < options.callers; index++) void this.#run(seededRandom(options.seed + index));
  }

  /** No new pages; those in progress are served. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(random: Random): Promise<void> {
    const { think, page } = this.#options;
    this.callers++;
    // They do not all come in the same moment.
    if (think > 0) await this.#pause(random() * think);
    while (!this.#stopping.signal.aborted) {
      await page(random);
      // Without a pause, calls that fail at once would never let the event loop turn.
      await (think > 0 ? this.#pause(drawWait(think, random)) : setImmediate());
    }
    this.callers--;
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
