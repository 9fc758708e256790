/** Nodes and clients of the tests of adapters. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer as createRelay, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Client, type ClientOptions, createClient } from '../../src/client/index.ts';
import { createServer, type Server } from '../../src/server/index.ts';
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

/** Another address of a node, which can be cut off while the node keeps its items. */
export interface Relay {
  readonly address: string;
  /** From now on, requests arrive and replies do not. */
  mute(): void;
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** A relay to a node, until the test ends. */
export async function startRelay(node: string): Promise<Relay> {
  const [host, nodePort] = node.split(':');
  const sockets = new Set<Socket>();
  const replies = new Set<Socket>();
  const relay = createRelay((socket) => {
    const other = connect(Number(nodePort), host);
    for (const end of [socket, other]) {
      sockets.add(end);
      end
        .on('error', () => {})
        .on('close', () => {
          for (const both of [socket, other]) both.destroy();
        });
    }
    socket.pipe(other).pipe(socket);
    replies.add(other);
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  const { port } = relay.address() as AddressInfo;
  const cut = async (): Promise<void> => {
    const closed = once(relay, 'close');
    relay.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  onTestFinished(async () => {
    if (relay.listening) await cut();
  });
  return {
    address: `127.0.0.1:${port}`,
    mute() {
      for (const other of replies) other.unpipe().resume();
    },
    cut,
    async restore() {
      await once(relay.listen(port, '127.0.0.1'), 'listening');
    },
  };
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
