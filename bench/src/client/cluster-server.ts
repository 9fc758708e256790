/**
 * The simulated cluster that clients of Couchbase are measured on, in a process of its own: it says where it is and
 * serves until its parent goes.
 */
import { createCluster } from 'memfleet/testing';
import type { ClusterAddress } from './entrant.ts';

const cluster = createCluster({ nodes: 3, vbuckets: 1024, replicas: 1 });
cluster.collections().createCollection('bench', 'items');
await cluster.listen();
process.on('disconnect', () => process.exit(0));
const address: ClusterAddress = { connectionString: cluster.connectionString, ...cluster.credentials };
process.send?.(address);
