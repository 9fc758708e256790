/** What every node of the testing kit can do, and the one that is a node behind a relay. */
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Client, ClientOptions } from '../../client/index.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import type { Injection } from '../faults/injections.ts';
import type { CommandLog } from '../relay/command-log.ts';
import { Relay } from '../relay/relay.ts';
import { Kit } from './kit.ts';

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

/** What a relay stands in front of. */
interface RelayTarget {
  readonly host: string;
  readonly port: number;
  /** Ends the node itself. */
  stop(): Promise<unknown>;
}

/** A node behind a relay. */
export class RelayedNode implements SingleNode {
  readonly relay: Relay;
  readonly commands: CommandLog;
  readonly #kit: Kit;
  #target: RelayTarget | undefined;

  constructor(options: TestNodeOptions & { readonly clock?: Clock | undefined; readonly host?: string | undefined }) {
    const { clock = systemClock, host = '127.0.0.1' } = options;
    this.relay = new Relay({ host, port: 0, clock });
    this.#kit = new Kit(options, () => [this.relay]);
    this.commands = this.#kit.commands;
    this.relay.logTo(this.commands);
  }

  get host(): string {
    return this.relay.host;
  }

  get port(): number {
    return this.relay.port;
  }

  get url(): string {
    return `memcached://${this.relay.name}`;
  }

  get seed(): number {
    return this.#kit.injector.seed;
  }

  get connections(): number {
    return this.relay.connections;
  }

  /** Listens in front of the node, which ends where that fails. */
  async open(target: RelayTarget): Promise<void> {
    this.#target = target;
    try {
      await this.up();
    } catch (error) {
      await target.stop();
      throw error;
    }
  }

  client<T = unknown>(options: ClientOptions<T> = {}): Client<T> {
    return this.#kit.client({ nodes: this.relay.name, ...options });
  }

  inject(fault: Fault | FaultScript): Injection {
    return this.#kit.injector.inject(fault);
  }

  clearFaults(): Promise<void> {
    return this.#kit.injector.clear();
  }

  until(condition: () => boolean): Promise<void> {
    return this.relay.until(condition);
  }

  down(): Promise<void> {
    return this.relay.down();
  }

  async up(): Promise<void> {
    if (!this.#kit.isStopped && this.#target !== undefined) await this.relay.up(this.#target);
  }

  stop(): Promise<void> {
    return this.#kit.stop(this, async () => {
      await this.relay.down();
      await this.#target?.stop();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
