/** Nodes and clients of the tests of adapters. */
import { onTestFinished } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import { createServer, type Server } from '../../src/server/index.ts';
import { RelayedNode } from '../../src/testing/nodes/relayed-node.ts';
import { startNode as startScripted } from '../support/harness.ts';

/** A node that can be stopped and started again on its port. */
export interface TestNode {
  readonly address: string;
  readonly server: () => Server;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A node that listens until the test ends. */
export async function startNode(): Promise<TestNode> {
  let server = createServer({ port: 0 });
  const listening = await server.listen();
  const port = 'port' in listening ? listening.port : 0;
  onTestFinished(() => server.destroy());
  return {
    address: `127.0.0.1:${port}`,
    server: () => server,
    stop: async () => server.destroy(),
    async start() {
      server = createServer({ port });
      await server.listen();
    },
  };
}

/**
 * A second address of a node, `relay.name`, which takes faults while the node keeps its items: `down()` resets the
 * connections and refuses others until `up()`. Gone when the test ends.
 */
export async function startRelay(address: string): Promise<RelayedNode> {
  const [host = '', port] = address.split(':');
  const node = new RelayedNode({});
  onTestFinished(() => node.stop());
  await node.open({ host, port: Number(port), stop: () => Promise.resolve() });
  return node;
}

/** A client of nodes, until the test ends. */
export function clientOf(nodes: string | readonly string[], options: ClientOptions = {}): Client {
  const list = typeof nodes === 'string' ? [nodes] : [...nodes];
  const client = createClient({ nodes: list, ejectTime: 10, ...options });
  onTestFinished(() => client.destroy());
  return client;
}

/** A client of a node of its own. */
export async function startClient(options: ClientOptions = {}): Promise<Client> {
  return clientOf((await startNode()).address, options);
}

/** A client of a node that counts what reaches it. */
export interface CountedClient {
  readonly client: Client;
  /** How many chunks of requests, and how many requests, the node received during a call. */
  readonly count: (call: () => Promise<unknown>) => Promise<{ chunks: number; requests: number }>;
}

/** A client with one connection to a node that counts. */
export async function startCounted(): Promise<CountedClient> {
  let [chunks, requests] = [0, 0];
  const node = await startScripted({
    onConnection: ({ socket }) => void socket.on('data', () => chunks++),
    onCommand: () => void requests++,
  });
  const client = clientOf(node.address, { pool: { max: 1 } });
  await client.ready();
  return {
    client,
    async count(call) {
      [chunks, requests] = [0, 0];
      await call();
      return { chunks, requests };
    },
  };
}
