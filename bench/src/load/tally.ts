/** What connections count. */
import { percentile } from '../statistics.ts';

/** Latencies up to so many microseconds, one counter each; slower ones share the last. */
const longest = 1 << 20;

/** Shared by all connections of one measurement. */
export class Tally {
  requests = 0;
  isMeasuring = false;
  isOver = false;
  readonly #latencies = new Uint32Array(longest);
  #timed = 0;

  /** An exchange of `commands` commands that began at `since` has ended. */
  end(commands: number, since: number): void {
    if (!this.isMeasuring) return;
    this.requests += commands;
    const microseconds = Math.round((performance.now() - since) * 1000);
    const at = Math.min(longest - 1, microseconds);
    this.#latencies[at] = (this.#latencies[at] as number) + 1;
    this.#timed++;
  }

  /** In microseconds; NaN when nothing ended. */
  latency(p: number): number {
    if (this.#timed === 0) return percentile([], p);
    let left = this.#timed * p;
    let at = 0;
    while (at < longest - 1 && (left -= this.#latencies[at] as number) > 0) at++;
    return at;
  }
}
