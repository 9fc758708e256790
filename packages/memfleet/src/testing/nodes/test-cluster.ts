/** `startCluster`: a simulated Couchbase cluster that listens, with faults in front of its data ports. */
import type { Client, ClientOptions } from '../../client/index.ts';
import { type ClusterOptions, resolveClusterOptions, type ResolvedClusterOptions } from '../cluster/options.ts';
import { SimulatedCluster } from '../cluster/simulated-cluster.ts';
import type { DataFront, SimulatedNode } from '../cluster/simulated-node.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import type { Injection } from '../faults/injections.ts';
import type { CommandLog } from '../relay/command-log.ts';
import { Relay } from '../relay/relay.ts';
import { Kit } from './kit.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';

/** The options of `startCluster`: those of `createCluster`, and those of all nodes of the testing kit. */
export interface TestClusterOptions extends TestNodeOptions, ClusterOptions {}

/** A simulated Couchbase cluster that listens. Made by `startCluster`. */
export class TestCluster implements TestNode {
  /** The cluster itself: its nodes, its map, rebalance, failover. */
  readonly cluster: SimulatedCluster;
  /** The commands that all nodes received, those that open a connection included. */
  readonly commands: CommandLog;
  readonly #bucket: string;
  readonly #relays: Relay[] = [];
  readonly #kit: Kit;

  constructor(options: ResolvedClusterOptions, kit: TestNodeOptions) {
    this.#kit = new Kit(kit, () => this.#relays);
    this.commands = this.#kit.commands;
    this.#bucket = options.buckets[0]?.name ?? '';
    this.cluster = new SimulatedCluster(options, (id) => this.#frontOf(id, options));
  }

  /** `couchbase://user:password@host:port,host:port/bucket`. */
  get url(): string {
    const { username, password } = this.cluster.credentials;
    const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
    return `${this.cluster.connectionString.replace('://', `://${login}`)}/${this.#bucket}`;
  }

  /** The nodes in the map. */
  get nodes(): readonly SimulatedNode[] {
    return this.cluster.nodes;
  }

  /** The seed of everything random in its faults. */
  get seed(): number {
    return this.#kit.injector.seed;
  }

  /** The number of open connections to all data ports. */
  get connections(): number {
    return this.#relays.reduce((sum, relay) => sum + relay.connections, 0);
  }

  /** Makes a client of the first bucket, which `stop` closes. */
  client<T = unknown>(options: ClientOptions<T> = {}): Client<T> {
    const couchbase = { bucket: this.#bucket, ...this.cluster.credentials, ...options.couchbase };
    return this.#kit.client({ nodes: this.nodes.map(({ name }) => name), ...options, couchbase });
  }

  /** Begins a fault of all data ports: what it counts, it counts over all of them. */
  inject(fault: Fault | FaultScript): Injection {
    return this.#kit.injector.inject(fault);
  }

  /** Removes all faults. */
  clearFaults(): Promise<void> {
    return this.#kit.injector.clear();
  }

  /** Resolves when the condition holds. It is checked whenever something happens to a connection or command. */
  async until(condition: () => boolean): Promise<void> {
    await Promise.race(this.#relays.map((relay) => relay.until(condition)));
  }

  /** Closes the clients made by `client`, resets all other connections and frees the ports. Idempotent. */
  stop(): Promise<void> {
    return this.#kit.stop(this, () => this.cluster.destroy());
  }

  /** `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #frontOf(id: number, { host, port, clock }: ResolvedClusterOptions): DataFront {
    const relay = new Relay({ host, port: port === 0 ? 0 : port + id, clock });
    relay.logTo(this.commands);
    this.#relays.push(relay);
    this.#kit.injector.join(relay);
    return {
      up: async (target) => {
        await relay.up(target);
        return relay.port;
      },
      down: (kill) => relay.down(kill),
    };
  }
}

/**
 * Starts a simulated Couchbase cluster in this process, on free ports of 127.0.0.1. All its nodes listen when the
 * promise resolves. Faults happen at the data ports; the REST ports and those for TLS have none. Rejects with
 * InvalidOptionError.
 *
 * @example
 * await using cluster = await startCluster({ nodes: 3 });
 * const client = cluster.client();
 */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { seed, maxCommands, ...rest } = options;
  const cluster = new TestCluster(resolveClusterOptions(rest), { seed, maxCommands });
  await cluster.cluster.listen();
  return cluster;
}
