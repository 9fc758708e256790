/** Fleets of every kind for processes with caches: each can lose the node of a key, and get it back. */
import type { ClientOptions } from '../../../src/client/index.ts';
import { createProxy } from '../../../src/proxy/index.ts';
import { createServer } from '../../../src/server/index.ts';
import { createCluster } from '../../../src/testing/index.ts';
import { startMemcached } from '../../support/real-memcached.ts';

/** A fleet that runs. */
export interface CacheFleet {
  /** For a client in another process. */
  readonly client: ClientOptions & { readonly nodes: string | readonly string[] };
  /** Ends the node of a key, and starts it again on the same port. */
  restart(key: string): Promise<void>;
  stop(): Promise<void>;
}

const memcachedArgs = ['-t', '1', '-m', '64'];

const addressOf = (address: object | undefined): string =>
  `127.0.0.1:${address !== undefined && 'port' in address ? String(address.port) : ''}`;

async function memcached(): Promise<CacheFleet> {
  const first = await startMemcached(memcachedArgs);
  let node = first;
  return {
    client: { nodes: `127.0.0.1:${first.port}` },
    async restart() {
      await node.stop();
      node = await startMemcached([...memcachedArgs, '-p', String(first.port)]);
    },
    stop: () => node.stop(),
  };
}

async function server(): Promise<CacheFleet> {
  let node = createServer({ port: 0 });
  const address = await node.listen();
  return {
    client: { nodes: addressOf(address) },
    async restart() {
      await node.destroy();
      node = createServer({ port: 'port' in address ? address.port : 0 });
      await node.listen();
    },
    stop: () => node.destroy(),
  };
}

async function proxied(): Promise<CacheFleet> {
  const behind = await memcached();
  const { nodes } = behind.client;
  const quick = { ejectTime: 20, ejectTimeMax: 20, pool: { backoff: { initial: 1, max: 20 } } };
  const proxy = createProxy({
    listeners: [{ port: 0, route: 'main' }],
    clusters: { main: { nodes, timeout: 10_000, ...quick } },
  });
  const [address] = await proxy.listen();
  return {
    client: { nodes: addressOf(address) },
    restart: (key) => behind.restart(key),
    async stop() {
      await proxy.destroy();
      await behind.stop();
    },
  };
}

async function couchbase(): Promise<CacheFleet> {
  const cluster = createCluster({ nodes: 3, replicas: 1 });
  await cluster.listen();
  return {
    client: { nodes: cluster.nodes.map(({ name }) => name), couchbase: cluster.credentials },
    async restart(key) {
      const node = cluster.nodeOf(`:1:${key}`);
      if (node === undefined) throw new Error(`no node has ${key}`);
      await cluster.killNode(node);
      await cluster.startNode(node);
    },
    stop: () => cluster.destroy(),
  };
}

/** How each is started. */
export const cacheFleets: readonly (readonly [name: string, start: () => Promise<CacheFleet>])[] = [
  ['memcached', memcached],
  ['the embedded server', server],
  ['the proxy before memcached', proxied],
  ['a Couchbase cluster', couchbase],
];
