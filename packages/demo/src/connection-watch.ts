/** How many connections the nodes themselves count. */
import { type Client, createClient } from 'memfleet';
import { rootCause, UsageError } from './failure.ts';
import type { Fleet } from './fleet-of-nodes.ts';

/** Connections that the run has made to each node; undefined where the node does not answer. */
type Counts = readonly (number | undefined)[];

/** Counts the connections at the nodes themselves. */
export class ConnectionWatch {
  readonly #count: () => Promise<Counts>;
  readonly close: () => void;
  /** Those of the last sample. */
  counts: Counts = [];
  #last: number[] = [];
  /** By the node's index. */
  #peaks = new Map<number, number>();

  constructor(count: () => Promise<Counts>, close: () => void = () => {}) {
    this.#count = count;
    this.close = close;
  }

  /**
   * Asks a cluster, or memcached's statistics over one connection to each node. Throws UsageError naming the nodes that
   * do not answer.
   */
  static async open({ cluster, names }: Fleet): Promise<ConnectionWatch> {
    if (cluster !== undefined) return new ConnectionWatch(() => cluster.sessions());
    const clients = names.map((nodes) =>
      createClient({ nodes, pool: { max: 1 }, timeout: 2000, connectTimeout: 2000, retry: false }),
    );
    const close = (): void => clients.forEach((client) => client.destroy());
    const answers = await Promise.allSettled(clients.map(connectionsOf));
    const problems = answers.flatMap((answer, index) =>
      answer.status === 'rejected' ? `${names[index]} (${rootCause(answer.reason as Error)})` : [],
    );
    if (problems.length > 0) {
      close();
      throw new UsageError(`cannot reach ${problems.join(', ')}`);
    }
    // Before the run: the watch's own, memcached's listening sockets, those of others.
    const before = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 0));
    const count = (client: Client, index: number): Promise<number | undefined> =>
      connectionsOf(client).then(
        (connections) => Math.max(0, connections - (before[index] as number)),
        () => undefined,
      );
    return new ConnectionWatch(() => Promise.all(clients.map(count)), close);
  }

  async sample(): Promise<void> {
    this.counts = await this.#count();
    for (const [index, count] of this.counts.entries()) {
      if (count === undefined) continue;
      // What two samples in a row have at least: a socket that is just being closed does not count.
      this.#peaks.set(index, Math.max(this.#peaks.get(index) ?? 0, Math.min(count, this.#last[index] ?? 0)));
      this.#last[index] = count;
    }
  }

  /** The highest count of any node since the last call. */
  takePeak(): number {
    const peak = Math.max(0, ...this.#peaks.values());
    this.#peaks.clear();
    return peak;
  }
}

async function connectionsOf(client: Client): Promise<number> {
  const [stats] = (await client.serverStats()).values();
  return Number(stats?.['curr_connections'] ?? Number.NaN);
}
