/** The nodes of a run: three processes of ours, a simulated cluster in one, or those of the user. */
import { ClusterProcess } from './cluster-process.ts';
import { launchEmbedded } from './embedded-node.ts';
import { NodeProcess } from './node-process.ts';
import { findMemcached, memcachedLauncher } from './real-node.ts';
import { moveDelay } from './schedule.ts';

/** `given` nodes are somebody's: they are never stopped. */
export type FleetKind = 'embedded' | 'memcached' | 'given' | 'simulated';

/** How many nodes are started. */
const count = 3;
/** vBuckets of a cluster: few enough to see them move. */
const vbuckets = 64;

/** The machine lacks what was asked for. */
export class NoMemcachedError extends Error {
  override readonly name = 'NoMemcachedError';
}

/** See the head of this file. */
export class FleetOfNodes {
  readonly kind: FleetKind;
  /** Where the nodes are those of a cluster. */
  readonly cluster: ClusterProcess | undefined;
  readonly #processes: readonly NodeProcess[];
  readonly #given: readonly string[];

  private constructor(
    kind: FleetKind,
    processes: readonly NodeProcess[],
    given: readonly string[],
    cluster?: ClusterProcess,
  ) {
    this.kind = kind;
    this.cluster = cluster;
    this.#processes = processes;
    this.#given = given;
  }

  /** Somebody's nodes, as `memfleet` names them. */
  static of(names: readonly string[]): FleetOfNodes {
    return new FleetOfNodes('given', [], names);
  }

  /** Starts a cluster, the rebalances of which take a share of a run of so many seconds. `onLost` as of `start`. */
  static async simulate(seconds: number, onLost: (name: string, why: string) => void): Promise<FleetOfNodes> {
    const settings = { nodes: count, vbuckets, moveDelay: moveDelay(seconds, vbuckets / (count + 1)) };
    const cluster = await ClusterProcess.start(settings, (why) => onLost('the cluster', why));
    return new FleetOfNodes('simulated', [], [], cluster);
  }

  /** Starts nodes. `onLost` hears of one that ends by itself. Rejects when one does not come up; nothing is left running then. */
  static async start(
    kind: 'embedded' | 'memcached',
    onLost: (name: string, why: string) => void,
  ): Promise<FleetOfNodes> {
    let launch = launchEmbedded;
    if (kind === 'memcached') {
      const program = findMemcached();
      if (program === undefined)
        throw new NoMemcachedError(
          'there is no memcached on the PATH (Debian: apt install memcached); without --real the embedded server is used',
        );
      launch = memcachedLauncher(program);
    }
    const processes = Array.from(
      { length: count },
      () => new NodeProcess(launch, (node, why) => onLost(node.name, why)),
    );
    const fleet = new FleetOfNodes(kind, processes, []);
    const starts = await Promise.allSettled(processes.map((node) => node.start()));
    const failure = starts.find((start) => start.status === 'rejected');
    if (failure !== undefined) {
      await fleet.close();
      throw new Error(`a node could not be started: ${(failure.reason as Error).message}`);
    }
    return fleet;
  }

  /** The nodes' addresses, in order. */
  get names(): readonly string[] {
    if (this.cluster !== undefined) return this.cluster.names;
    return this.kind === 'given' ? this.#given : this.#processes.map((node) => node.name);
  }

  /** Kills the node at an index. */
  async stop(index: number): Promise<void> {
    await this.#processes[index]?.stop();
  }

  /** Brings it back, empty, on the same port. */
  async restart(index: number): Promise<void> {
    await this.#processes[index]?.start();
  }

  /** Kills the processes that were started. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([this.cluster?.stop(), ...this.#processes.map((node) => node.stop())]);
  }
}
