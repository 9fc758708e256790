import { afterAll, beforeAll, expect, test } from 'vitest';
import { crc32Libmemcached } from '../../src/hash/crc32.ts';
import { describeReal, type RealMemcached, startMemcached } from '../support/real-memcached.ts';
import { testClient } from './support/fake-cluster.ts';

const vbuckets = 64;

describeReal('a static map over real memcached nodes', () => {
  let nodes: RealMemcached[] = [];

  beforeAll(async () => {
    nodes = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  });

  test('every key lies where the map says, and every command works', async () => {
    const map = {
      numReplicas: 1,
      serverList: nodes.map(({ port }) => `127.0.0.1:${port}`),
      vBucketMap: Array.from({ length: vbuckets }, (_, vbucket) => [vbucket % 3, (vbucket + 1) % 3]),
    };
    // HELLO puts a stock memcached out of step.
    const client = testClient({ couchbase: { map, hello: false } });
    const keys = Array.from({ length: 200 }, (_, i) => `key ${i} é`);
    await client.setMany(keys.map((key) => [key, { key }] as const));
    expect(await client.getMany([...keys, 'none'])).toEqual(new Map(keys.map((key) => [key, { key }] as const)));
    for (const [index, { port }] of nodes.entries()) {
      const alone = testClient({ nodes: `127.0.0.1:${port}`, protocol: 'binary' });
      const held = [...(await alone.getMany(keys)).keys()];
      const expected = keys.filter(
        (key) => (crc32Libmemcached(Buffer.from(key).toString('latin1')) & (vbuckets - 1)) % 3 === index,
      );
      expect(held).toEqual(expected);
    }
    expect(await client.add('key 0 é', 1)).toBe(false);
    expect(await client.replace('none', 1)).toBe(false);
    expect(await client.incr('counter', 2, { initial: 40 })).toBe(40);
    expect(await client.incr('counter', 2)).toBe(42);
    expect(await client.get('counter')).toBe(42);
    expect(await client.touch('counter', 100)).toBe(true);
    expect(await client.getAndTouch('counter', 100)).toBe(42);
    const found = await client.getWithCas('key 1 é');
    expect(await client.cas('key 1 é', 'new', found!.cas)).toBe('stored');
    expect(await client.cas('key 1 é', 'newer', found!.cas)).toBe('exists');
    expect(await client.append('key 1 é', '!')).toBe(true);
    expect(await client.get('key 1 é')).toBe('new!');
    expect(await client.deleteMany(['key 1 é', 'none'])).toEqual(
      new Map([
        ['key 1 é', true],
        ['none', false],
      ]),
    );
    expect((await client.version()).size).toBe(3);
    await client.flush();
    expect(await client.getMany(keys)).toEqual(new Map());
  });
});
