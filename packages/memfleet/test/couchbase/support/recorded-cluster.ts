/** A cluster with collections, whose requests are recorded, and its clients. */
import type { Client, ClientOptions } from '../../../src/client/index.ts';
import type { ClusterOptions, NodeRequest, SimulatedCluster } from '../../../src/testing/index.ts';
import { startCluster } from '../../testing/support/start-cluster.ts';
import { testClient } from './fake-cluster.ts';

/** A cluster that records what its nodes receive. It has the collections `shop.carts` and `shop.orders`. */
export interface RecordedCluster extends SimulatedCluster {
  readonly seen: NodeRequest[];
}

/** Starts such a cluster. */
export async function startRecorded(options: ClusterOptions = {}): Promise<RecordedCluster> {
  const cluster = await startCluster({ nodes: 3, replicas: 1, ...options });
  cluster.collections().createCollection('shop', 'carts');
  cluster.collections().createCollection('shop', 'orders');
  const seen: NodeRequest[] = [];
  cluster.fault = (request) => void seen.push(request);
  return Object.assign(cluster, { seen });
}

/** A client of its default bucket. */
export function clientOf(cluster: SimulatedCluster, options: Partial<ClientOptions> = {}): Client {
  return testClient({
    nodes: cluster.nodes.map(({ name }) => name),
    couchbase: { bucket: 'default', ...cluster.credentials },
    ...options,
  });
}

/** The number of requests of this name. */
export function asked(seen: readonly NodeRequest[], name = 'getCollectionId'): number {
  return seen.filter((request) => request.name === name).length;
}
