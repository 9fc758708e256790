/**
 * What every node of the testing kit can do, and the part that all of them have: a relay in front of the node, the log
 * of its commands, its faults, and the clients that were made for it.
 */
import { type Clock, systemClock } from '../../base/clock.ts';
import type { Client, ClientOptions } from '../../client/index.ts';
import { createClient } from '../../client/index.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import { type Injection, Injector } from '../faults/injections.ts';
import { CommandLog } from '../relay/command-log.ts';
import { Relay } from '../relay/relay.ts';

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

const maxCommands = 10_000;

/** The log of a node or fleet. */
export function logOf(options: TestNodeOptions): CommandLog {
  return new CommandLog(options.maxCommands ?? maxCommands);
}

/** The clients that belong to a node: they are closed before it stops. */
export class OwnClients {
  readonly #clients: { close(): Promise<void> }[] = [];

  make<T>(options: ClientOptions<T>): Client<T> {
    const client = createClient<T>(options);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
  }
}

/** What a relay stands in front of. */
interface RelayTarget {
  readonly host: string;
  readonly port: number;
  /** Ends the node itself. */
  stop(): Promise<unknown>;
}

/** A node behind a relay, which has the log of its commands, its faults and its clients. */
export class RelayedNode implements SingleNode {
  readonly relay: Relay;
  readonly commands: CommandLog;
  readonly #injector: Injector;
  readonly #clients = new OwnClients();
  #target: RelayTarget | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: TestNodeOptions & { readonly clock?: Clock | undefined; readonly host?: string | undefined }) {
    const { clock = systemClock, host = '127.0.0.1', seed } = options;
    this.commands = logOf(options);
    this.relay = new Relay({ host, port: 0, clock });
    this.relay.logTo(this.commands);
    this.#injector = new Injector(seed, () => [this.relay]);
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
    return this.#injector.seed;
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
    return this.#clients.make({ nodes: this.relay.name, ...options });
  }

  inject(fault: Fault | FaultScript): Injection {
    return this.#injector.inject(fault);
  }

  clearFaults(): Promise<void> {
    return this.#injector.clear();
  }

  until(condition: () => boolean): Promise<void> {
    return this.relay.until(condition);
  }

  down(): Promise<void> {
    return this.relay.down();
  }

  async up(): Promise<void> {
    if (this.#stopped === undefined && this.#target !== undefined) await this.relay.up(this.#target);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    // A client that waits for a reply that a fault holds back would wait for its timeout.
    await this.clearFaults();
    await this.#clients.close();
    await this.relay.down();
    await this.#target?.stop();
  }
}
