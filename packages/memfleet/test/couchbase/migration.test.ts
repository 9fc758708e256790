/** Migrations between a bucket and a fleet of memcached nodes. */
import { expect, onTestFinished, test } from 'vitest';
import { createMigration } from '../../src/client/index.ts';
import { startServer } from '../../src/testing/index.ts';
import { startCluster } from '../testing/support/start-cluster.ts';

test.each(['from', 'to'] as const)(
  'durable writes of the bucket reach the other fleet, where the bucket is "%s"',
  async (side) => {
    const cluster = await startCluster({ nodes: 3, replicas: 1 });
    const server = await startServer();
    onTestFinished(() => server.stop());
    const bucket = {
      nodes: cluster.nodes.map(({ name }) => name),
      couchbase: { ...cluster.credentials, durability: 'majority' },
    } as const;
    const plain = server.url;
    const migration = createMigration({
      phase: 'write-both',
      ...(side === 'from' ? { from: bucket, to: plain } : { from: plain, to: bucket }),
    });
    onTestFinished(() => migration.client.close());
    const { client } = migration;
    await client.set('k', 1);
    await client.set('k', 2);
    await client.delete('gone');
    await expect.poll(() => migration.stats()).toMatchObject({ mirrored: 3, mirrorFailures: 0 });
  },
);
