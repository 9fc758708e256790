/** `startServer`: an embedded memcached server for tests, with faults in front of it. */
import type { Client, ClientOptions } from '../../client/index.ts';
import { createServer, type Server, type ServerOptions } from '../../server/index.ts';
import type { Fault, FaultScript } from '../faults/fault.ts';
import type { Injection } from '../faults/injections.ts';
import type { CommandLog } from '../relay/command-log.ts';
import { TestItems } from './test-items.ts';
import { NodeFront, type SingleNode, type TestNodeOptions } from './test-node.ts';

/** The options of `startServer`: those of the server, without those that say where it listens. */
export interface TestServerOptions
  extends TestNodeOptions, Omit<ServerOptions, 'port' | 'path' | 'fd' | 'mode' | 'alsoListen' | 'udp' | 'tcp'> {}

/** An embedded memcached server that listens. Made by `startServer`. */
export class TestServer implements SingleNode {
  /** Its items, without a client. */
  readonly items: TestItems;
  readonly #server: Server;
  readonly #front: NodeFront;
  #stopped: Promise<void> | undefined;

  constructor(server: Server, front: NodeFront) {
    this.#server = server;
    this.#front = front;
    this.items = new TestItems(server.store);
    fronts.set(this, front);
  }

  /** The address that it listens on. */
  get host(): string {
    return this.#front.relay.host;
  }

  /** The port, a free one. */
  get port(): number {
    return this.#front.relay.port;
  }

  /** `memcached://host:port`. */
  get url(): string {
    return this.#front.url;
  }

  /** The commands that it received. */
  get commands(): CommandLog {
    return this.#front.log;
  }

  /** The seed of what faults draw. */
  get seed(): number {
    return this.#front.injector.seed;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#front.relay.connections;
  }

  /** Makes a client of this server, which `stop` closes. */
  client<T = unknown>(options?: ClientOptions<T>): Client<T> {
    return this.#front.client(options);
  }

  /** Begins a fault, which lasts until it is removed. */
  inject(fault: Fault | FaultScript): Injection {
    return this.#front.injector.inject(fault);
  }

  /** Removes all faults. */
  clearFaults(): Promise<void> {
    return this.#front.injector.clear();
  }

  /** Resolves when the condition holds. It is checked whenever something happens to a connection or command. */
  until(condition: () => boolean): Promise<void> {
    return this.#front.relay.until(condition);
  }

  /** Goes down: connections are reset, the port refuses. Its items stay. */
  down(): Promise<void> {
    return this.#front.relay.down();
  }

  /** Comes back on the same port, with its items. */
  up(): Promise<void> {
    return this.#front.reopen();
  }

  /** Closes the clients made by `client`, resets all other connections and frees the port. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    await this.#front.close();
    await this.#server.destroy();
  }
}

const fronts = new WeakMap<TestServer, NodeFront>();

/** What stands in front of a server. */
export function frontOf(server: TestServer): NodeFront {
  return fronts.get(server) as NodeFront;
}

/**
 * Starts an embedded memcached server in this process on a free port of 127.0.0.1. It listens when the promise
 * resolves. Rejects with InvalidOptionError.
 *
 * @example
 * await using server = await startServer();
 * const cache = server.client();
 * await cache.set('a', 1);
 */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { seed, maxCommands, host, ...rest } = options;
  const front = new NodeFront({ seed, maxCommands, host, clock: options.clock });
  const server = createServer({ ...rest, host: '127.0.0.1', port: 0 });
  const address = await server.listen();
  await front.open({ host: '127.0.0.1', port: 'port' in address ? address.port : 0 });
  return new TestServer(server, front);
}
