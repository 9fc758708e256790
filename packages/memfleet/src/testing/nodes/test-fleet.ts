/** `startFleet`: several embedded servers, with faults for one of them or all. */
import type { Client, ClientOptions } from '../../client/index.ts';
import { InvalidArgumentError } from '../../core/errors.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import type { Injection } from '../faults/injections.ts';
import type { CommandLog } from '../relay/command-log.ts';
import type { Relay } from '../relay/relay.ts';
import { Kit } from './kit.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';
import { type RelayedServer, startRelayedServer, type TestServer, type TestServerOptions } from './test-server.ts';

/** Several embedded memcached servers that listen. Made by `startFleet`. */
export class TestFleet implements TestNode {
  /** The servers. */
  readonly nodes: readonly TestServer[];
  /** The commands that all of them received. */
  readonly commands: CommandLog;
  readonly #relays: readonly Relay[];
  readonly #kit: Kit;

  constructor(nodes: readonly RelayedServer[], options: TestNodeOptions) {
    this.nodes = nodes;
    this.#relays = nodes.map(({ relay }) => relay);
    this.#kit = new Kit(options, () => this.#relays);
    this.commands = this.#kit.commands;
    for (const relay of this.#relays) relay.logTo(this.commands);
  }

  /** `memcached://host:port,host:port`. */
  get url(): string {
    return `memcached://${this.names.join(',')}`;
  }

  /** The names of the nodes, `host:port`, for the option `nodes` of a client. */
  get names(): readonly string[] {
    return this.#relays.map(({ name }) => name);
  }

  /** The seed of everything random in its faults. */
  get seed(): number {
    return this.#kit.injector.seed;
  }

  /** The number of open connections to all nodes. */
  get connections(): number {
    return this.nodes.reduce((sum, node) => sum + node.connections, 0);
  }

  /** Makes a client of all nodes, which `stop` closes. */
  client<T = unknown>(options: ClientOptions<T> = {}): Client<T> {
    return this.#kit.client({ nodes: this.names, ...options });
  }

  /** The node with this name, such as `fleet.node(client.nodeOf(key))`. Throws InvalidArgumentError. */
  node(name: string): TestServer {
    const found = this.nodes[this.names.indexOf(name)];
    if (found === undefined) throw new InvalidArgumentError(`no node of the fleet is ${name}`);
    return found;
  }

  /** Begins a fault of all nodes: what it counts, it counts over all of them. */
  inject(fault: Fault | FaultScript): Injection {
    return this.#kit.injector.inject(fault);
  }

  /** Removes all faults, those of single nodes included. */
  async clearFaults(): Promise<void> {
    await this.#kit.injector.clear();
    await Promise.all(this.nodes.map((node) => node.clearFaults()));
  }

  /** Resolves when the condition holds. It is checked whenever something happens to a connection or command. */
  until(condition: () => boolean): Promise<void> {
    return Promise.race(this.nodes.map((node) => node.until(condition)));
  }

  /** Closes the clients made by `client`, and stops all nodes. Idempotent. */
  stop(): Promise<void> {
    return this.#kit.stop(this, () => Promise.all(this.nodes.map((node) => node.stop())));
  }

  /** `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * Starts embedded memcached servers in this process, each on a free port of 127.0.0.1. All listen when the promise
 * resolves. `size`: the number of nodes. Rejects with InvalidOptionError.
 *
 * @example
 * await using fleet = await startFleet(3);
 * const cache = fleet.client();
 * await fleet.nodes[0].down(); // a third of the keys has no node
 */
export async function startFleet(size: number, options: TestServerOptions = {}): Promise<TestFleet> {
  if (!Number.isInteger(size) || size < 1)
    throw new InvalidArgumentError(`startFleet takes a number of nodes from 1, not ${String(size)}`);
  const nodes: RelayedServer[] = [];
  try {
    for (let made = 0; made < size; made++) nodes.push(await startRelayedServer(options));
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
  return new TestFleet(nodes, options);
}
