/** What a test sees of the commands of collections, and does to them. */
import { expect, onTestFinished, test } from 'vitest';
import { reset, startCluster, when } from '../../src/testing/index.ts';

test('the recorded commands have the key and the id of the collection apart, and faults find them by the key', async () => {
  const cluster = await startCluster({ nodes: 2 });
  onTestFinished(() => cluster.stop());
  cluster.cluster.collections().createCollection('shop', 'carts');
  const client = cluster.client({ retry: false });
  const carts = client.collection('shop', 'carts');
  await client.set('key', 1);
  await carts.set('key', 2);
  const shown = cluster.commands.ofKey('key').map(({ collection, name, key }) => [name, key, collection]);
  expect(shown).toEqual([
    ['set', 'key', 0],
    ['set', 'key', 8],
  ]);
  const injection = cluster.inject(when({ key: 'key' }, reset()));
  await expect(carts.get('key')).rejects.toMatchObject({ code: 'ERR_CONNECTION_CLOSED' });
  await injection.remove();
  expect(await carts.get('key')).toBe(2);
});
