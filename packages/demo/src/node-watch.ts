/** Asks the nodes themselves how many connections they have, over one connection of its own to each. */
import { type Client, createClient } from 'memfleet';
import { rootCause } from './outage-log.ts';

/** Who knows how many connections the nodes have. */
export interface ConnectionWatch {
  /** Connections that the run has made to each node; undefined where the node does not answer. */
  sample(): Promise<(number | undefined)[]>;
  /** The highest count of each node since the last call. */
  takePeaks(): number[];
  close(): void;
}

/** Nodes that do not answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

interface Watched {
  readonly name: string;
  readonly client: Client;
  /** Connections that were there before the run: the watch's own, memcached's listening sockets, those of others. */
  baseline: number;
  /** The count of the last sample. */
  last: number;
  /** The highest count that two samples in a row had at least: a socket that is just being closed does not count. */
  peak: number;
}

/** See the head of this file. */
export class NodeWatch implements ConnectionWatch {
  readonly #nodes: readonly Watched[];

  private constructor(nodes: readonly Watched[]) {
    this.#nodes = nodes;
  }

  /** Throws UnreachableError naming the nodes that do not answer. */
  static async open(names: readonly string[]): Promise<NodeWatch> {
    const nodes = names.map((name): Watched => {
      const client = createClient({ nodes: name, pool: { max: 1 }, timeout: 2000, connectTimeout: 2000, retry: false });
      return { name, client, baseline: 0, last: 0, peak: 0 };
    });
    const watch = new NodeWatch(nodes);
    const answers = await Promise.allSettled(nodes.map(connectionsOf));
    const problems = answers.flatMap((answer, index) => {
      if (answer.status === 'rejected') return `${nodes[index]?.name} (${rootCause(answer.reason as Error)})`;
      (nodes[index] as Watched).baseline = answer.value;
      return [];
    });
    if (problems.length === 0) return watch;
    watch.close();
    throw new UnreachableError(`cannot reach ${problems.join(', ')}`);
  }

  async sample(): Promise<(number | undefined)[]> {
    const answers = await Promise.allSettled(this.#nodes.map(connectionsOf));
    return answers.map((answer, index) => {
      if (answer.status === 'rejected') return undefined;
      const node = this.#nodes[index] as Watched;
      const count = Math.max(0, answer.value - node.baseline);
      node.peak = Math.max(node.peak, Math.min(count, node.last));
      node.last = count;
      return count;
    });
  }

  takePeaks(): number[] {
    return this.#nodes.map((node) => {
      const { peak } = node;
      node.peak = 0;
      return peak;
    });
  }

  close(): void {
    for (const { client } of this.#nodes) client.destroy();
  }
}

async function connectionsOf({ client, name }: Watched): Promise<number> {
  const stats = await client.serverStats();
  return Number(stats.get(name)?.['curr_connections'] ?? Number.NaN);
}
