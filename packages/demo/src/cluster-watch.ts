/** Asks the simulated cluster how many connections its nodes have. */
import type { ClusterProcess } from './cluster-process.ts';
import type { ConnectionWatch } from './node-watch.ts';

/** See the head of this file. */
export class ClusterWatch implements ConnectionWatch {
  readonly #cluster: ClusterProcess;
  #last: readonly number[] = [];
  #peaks: number[] = [];

  constructor(cluster: ClusterProcess) {
    this.#cluster = cluster;
  }

  async sample(): Promise<(number | undefined)[]> {
    const answer = await this.#cluster.tell('').catch(() => undefined);
    if (answer === undefined) return this.#last.map(() => undefined);
    const counts = answer.stats.nodes.map(({ sessions }) => sessions);
    // As of `NodeWatch`: a socket that is just being closed does not count.
    this.#peaks = counts.map((count, index) =>
      Math.max(this.#peaks[index] ?? 0, Math.min(count, this.#last[index] ?? 0)),
    );
    this.#last = counts;
    return counts;
  }

  takePeaks(): number[] {
    const peaks = this.#peaks;
    this.#peaks = [];
    return peaks;
  }

  close(): void {}
}
