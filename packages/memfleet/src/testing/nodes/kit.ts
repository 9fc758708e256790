/** What a node of the testing kit has, or several nodes together: the log of commands, the faults, the clients. */
import type { Client, ClientOptions } from '../../client/index.ts';
import { createClient } from '../../client/index.ts';
import { Injector } from '../faults/injections.ts';
import { CommandLog } from '../relay/command-log.ts';
import type { Relay } from '../relay/relay.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';

const maxCommands = 10_000;

/** The log of commands, the faults and the clients of one node or several. */
export class Kit {
  readonly commands: CommandLog;
  readonly injector: Injector;
  readonly #clients: { close(): Promise<void> }[] = [];
  #stopped: Promise<void> | undefined;

  /** `relays`: those in front of the nodes, at any time. */
  constructor(options: TestNodeOptions, relays: () => readonly Relay[]) {
    this.commands = new CommandLog(options.maxCommands ?? maxCommands);
    this.injector = new Injector(options.seed, relays);
  }

  /** Whether `stop` was called. */
  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Makes a client, which `stop` closes. */
  client<T>(options: ClientOptions<T>): Client<T> {
    const client = createClient<T>(options);
    this.#clients.push(client);
    return client;
  }

  /** Clears the faults of `node`, closes the clients, then calls `end`, which ends the nodes. Idempotent. */
  stop(node: Pick<TestNode, 'clearFaults'>, end: () => Promise<unknown>): Promise<void> {
    this.#stopped ??= this.#stop(node, end);
    return this.#stopped;
  }

  async #stop(node: Pick<TestNode, 'clearFaults'>, end: () => Promise<unknown>): Promise<void> {
    // A client that waits for a reply that a fault holds back would wait for its timeout.
    await node.clearFaults();
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await end();
  }
}
