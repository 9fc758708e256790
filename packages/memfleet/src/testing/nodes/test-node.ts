/** What every node of the testing kit can do. */
import type { Client, ClientOptions } from '../../client/index.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import type { Injection } from '../faults/injections.ts';
import type { CommandLog } from '../relay/command-log.ts';

/** The options that all nodes of the testing kit have. */
export interface TestNodeOptions {
  /**
   * The number from which everything random in its faults is made.
   *
   * @default that of the environment variable MEMFLEET_SEED, or a new one, which is printed at its first use
   */
  readonly seed?: number | undefined;
  /** The number of commands that are kept in `commands`. @default 10 000 */
  readonly maxCommands?: number | undefined;
}

/** A node, or nodes, for tests: what `startServer`, `startFleet`, `startCluster` and `spawnMemcached` return. */
export interface TestNode extends AsyncDisposable {
  /** The connection string, for `createClient` and for programs under test. */
  readonly url: string;
  /** The commands that it received. */
  readonly commands: CommandLog;
  /** The seed of everything random in its faults. */
  readonly seed: number;
  /** The number of open connections. */
  readonly connections: number;
  /** Makes a client, which `stop` closes. */
  client<T = unknown>(options?: ClientOptions<T>): Client<T>;
  /** Begins a fault, which lasts until it is removed. */
  inject(fault: Fault | FaultScript): Injection;
  /** Removes all faults. */
  clearFaults(): Promise<void>;
  /** Resolves when the condition holds. It is checked whenever something happens to a connection or command. */
  until(condition: () => boolean): Promise<void>;
  /** Closes the clients made by `client`, resets all other connections and frees the port. Idempotent. */
  stop(): Promise<void>;
}

/** A node with one address. */
export interface SingleNode extends TestNode {
  /** The address that it listens on. */
  readonly host: string;
  /** The port, a free one. */
  readonly port: number;
  /** Goes down: connections are reset, the port refuses. Its items stay. */
  down(): Promise<void>;
  /** Comes back on the same port, with its items. */
  up(): Promise<void>;
}
