/** The processes of a fleet: nodes that can die and start again, and clients. */
import { type Client, type ClientOptions, createClient } from 'memfleet';
import { createServer, type Server } from 'memfleet/server';
import type { Host } from 'memfleet/testing';
import type { Options } from '../../plan.ts';
import type { Stage } from '../../stage.ts';
import { addressOf, nodeAt, serverOf } from './fleet-options.ts';
import { clientNames, nodeNames } from './plan.ts';

/** Starts the nodes. */
export async function startNodes(stage: Stage, options: Options): Promise<Map<string, Server>> {
  const servers = new Map<string, Server>();
  for (const [index, name] of nodeNames(options).entries()) {
    const host = stage.world.host(name);
    const start = async (): Promise<void> => {
      const server = createServer(serverOf(options, host, addressOf(index)));
      servers.set(name, server);
      await server.listen();
    };
    await stage.add(name, { host, start, node: nodeAt(index) });
  }
  return servers;
}

/** Closes whatever then has these names. */
export function closeAll(things: ReadonlyMap<string, { close(): Promise<void> }>): () => Promise<void> {
  return async () => {
    for (const thing of things.values()) await thing.close();
  };
}

/** Notes what a client tells of its nodes. */
export function watchClient(stage: Stage, name: string, client: Client<string>): void {
  client.on('eject', ({ node }) => stage.eject(name, node));
  client.on('readmit', ({ node }) => stage.readmit(name, node));
  client.on('topology', () => stage.count('topology'));
  client.on('disconnect', ({ error, node }) => stage.lose(name, node, error));
}

/** Starts the clients; `optionsOf`: the options of one that runs on a host. */
export async function startClients(
  stage: Stage,
  options: Options,
  optionsOf: (host: Host) => ClientOptions<string>,
): Promise<Map<string, Client<string>>> {
  const clients = new Map<string, Client<string>>();
  for (const name of clientNames(options)) {
    const host = stage.world.host(name);
    const start = (): Promise<void> => {
      const client = createClient<string>(optionsOf(host));
      watchClient(stage, name, client);
      clients.set(name, client);
      return Promise.resolve();
    };
    await stage.add(name, { host, start });
  }
  return clients;
}
