/** Nodes with items for tests of copies, and what they hold. */
import { type Client, createClient, type Transcoder } from 'memfleet';
import { createServer, type Server, type ServerOptions } from 'memfleet/server';
import { onTestFinished } from 'vitest';

/** An embedded node of this test. */
export interface TestNode {
  readonly server: Server;
  /** `host:port`. */
  readonly address: string;
}

export async function startNode(options: ServerOptions = {}): Promise<TestNode> {
  const server = createServer({ port: 0, ...options });
  const address = await server.listen();
  onTestFinished(() => server.destroy());
  return { server, address: 'port' in address ? `127.0.0.1:${address.port}` : '' };
}

export function startNodes(count: number): Promise<TestNode[]> {
  return Promise.all(Array.from({ length: count }, () => startNode()));
}

export const addressesOf = (nodes: readonly TestNode[]): string => nodes.map(({ address }) => address).join(',');

/** Values are bytes; their flags are their length. */
const measured: Transcoder<Uint8Array> = {
  encode: (value) => ({ data: value, flags: value.length }),
  decode: (stored) => stored.bytes(),
};

/** A client that sees bytes. It is closed with the test. */
export function bytesClient(nodes: string, locator = 'ketama'): Client<Uint8Array> {
  const times = { timeout: 9000, connectTimeout: 9000 };
  const client = createClient({ nodes, locator, transcoder: measured, maxItemSize: 8 << 20, ...times });
  onTestFinished(() => client.close());
  return client;
}
