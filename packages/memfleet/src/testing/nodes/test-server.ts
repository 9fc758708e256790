/** `startServer`: an embedded memcached server for tests, with faults in front of it. */
import { createServer, type ServerOptions } from '../../server/index.ts';
import { RelayedNode } from './relayed-node.ts';
import { TestItems } from './test-items.ts';
import type { SingleNode, TestNodeOptions } from './test-node.ts';

/** The options of `startServer`: those of the server, without those that say where it listens. */
export interface TestServerOptions
  extends TestNodeOptions, Omit<ServerOptions, 'port' | 'path' | 'fd' | 'mode' | 'alsoListen' | 'udp' | 'tcp'> {}

/** An embedded memcached server that listens. Made by `startServer`. */
export interface TestServer extends SingleNode {
  /** Its items, without a client. */
  readonly items: TestItems;
}

/** A server with the relay in front of it. */
export type RelayedServer = RelayedNode & TestServer;

/** `startServer`, with the relay in front of the server. */
export async function startRelayedServer(options: TestServerOptions): Promise<RelayedServer> {
  const { seed, maxCommands, host, ...rest } = options;
  const node = new RelayedNode({ seed, maxCommands, host, clock: options.clock });
  const server = createServer({ ...rest, host: '127.0.0.1', port: 0 });
  const address = await server.listen();
  const port = 'port' in address ? address.port : 0;
  await node.open({ host: '127.0.0.1', port, stop: () => server.destroy() });
  return Object.assign(node, { items: new TestItems(server.store) });
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
export function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  return startRelayedServer(options);
}
