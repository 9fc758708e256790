/** Servers and their clients, which are gone when the test ends. */
import { onTestFinished } from 'vitest';
import { createServer, type Server, type ServerOptions } from '../../src/server/index.ts';
import { TcpClient } from '../support/tcp-client.ts';

/** A server that listens: on any free port, unless the options say where. */
export async function start(options: ServerOptions = {}): Promise<Server> {
  const server = createServer(options.path === undefined ? { port: 0, ...options } : options);
  onTestFinished(() => server.destroy());
  await server.listen();
  return server;
}

/** A connection to the server. */
export async function connectTo(server: Server, tls?: object): Promise<TcpClient> {
  const { address } = server;
  if (address === undefined) throw new Error('does not listen');
  const client = await TcpClient.connect(address, tls);
  onTestFinished(() => client.close());
  return client;
}
