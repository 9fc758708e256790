/** A client of memfleet and the official SDK on one cluster. */
import { type Collection, connect } from 'couchbase';
import { onTestFinished } from 'vitest';
import { type Client, createClient } from '../../../src/client/index.ts';
import type { SimulatedCluster } from '../../../src/testing/index.ts';

/** Both are closed when the test ends. */
export async function both(cluster: SimulatedCluster): Promise<{ sdk: Collection; client: Client }> {
  const { username, password } = cluster.credentials;
  const client = createClient(`${cluster.connectionString.replace('//', `//${username}:${password}@`)}?timeout=8000`);
  onTestFinished(() => client.destroy());
  const connection = await connect(cluster.connectionString, {
    ...cluster.credentials,
    timeouts: { kvTimeout: 8000 },
  });
  onTestFinished(() => connection.close());
  return { sdk: connection.bucket('default').defaultCollection(), client };
}
