/** Buckets of type memcached: what they lack is an UnsupportedError, whether the type is known yet or not. */
import { expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { UnsupportedError } from '../../src/core/errors.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

async function started(): Promise<Client> {
  const cluster = await startCluster({ nodes: 3, buckets: ['default', { name: 'cache', type: 'memcached' }] });
  cluster.collections().createCollection('shop', 'carts');
  return testClient({
    nodes: cluster.nodes.map(({ name }) => name),
    couchbase: { ...cluster.credentials, bucket: 'cache' },
  });
}

test('a bucket of type memcached has the default collection only', async () => {
  const client = await started();
  expect(await client.set('key', 1)).toBe(true);
  expect(await client.getMany(['key'])).toEqual(new Map([['key', 1]]));
  await expect(client.collection('shop', 'carts').get('key')).rejects.toThrow(UnsupportedError);
});

test('a bucket of type memcached refuses durable writes, the first call included', async () => {
  const client = await started();
  for (let call = 0; call < 2; call++) {
    const error = await client.set('key', 1, { durability: 'majority' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ message: expect.stringContaining('have no durability levels'), ambiguous: false });
    expect(await client.get('key')).toBeUndefined();
  }
});
