/** The official SDK finds the server groups of the simulated cluster. */
import { connect, ReadPreference } from 'couchbase';
import { expect, onTestFinished, test } from 'vitest';
import { startCluster } from './support/start-cluster.ts';

test('the official SDK reads copies of its own server group only', async () => {
  const cluster = await startCluster({ nodes: 4, replicas: 3, groups: ['east', 'west'] });
  const text = `${cluster.connectionString}?server_group=west`;
  const sdk = await connect(text, { ...cluster.credentials, timeouts: { kvTimeout: 8000 } });
  onTestFinished(() => sdk.close());
  const items = sdk.bucket('default').defaultCollection();
  const keys = Array.from({ length: 20 }, (_, index) => `key:${index}`);
  for (const key of keys) await items.upsert(key, key);
  const groups = new Set<string | undefined>();
  for (const node of cluster.nodes) {
    node.fault = ({ key, name }) => {
      if (keys.includes(key) && (name === 'get' || name === 'getReplica')) groups.add(node.group);
      return undefined;
    };
  }
  for (const key of keys) {
    const { content } = await items.getAnyReplica(key, { readPreference: ReadPreference.SelectedServerGroup });
    expect(content).toBe(key);
  }
  expect([...groups]).toEqual(['west']);
});
