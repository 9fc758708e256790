/** Views of a client for one collection of its bucket: every call, and what lies on them. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCache } from '../../src/cache/index.ts';
import { createClient, createMigration } from '../../src/client/index.ts';
import { UnknownCollectionError } from '../../src/core/collection.ts';
import { UnsupportedError } from '../../src/core/errors.ts';
import { FakeClock } from '../../src/testing/index.ts';
import { timeFor, turnsFor } from '../support/turns.ts';
import { asked, clientOf, startRecorded } from './support/recorded-cluster.ts';

describe('a view of a collection', () => {
  test('keeps its items apart from those of other collections, by every call', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster);
    const views = [client, client.collection('shop', 'carts'), client.collection('shop', 'orders')];
    for (const [n, view] of views.entries()) {
      expect(await view.set('key', n)).toBe(true);
      await view.setMany({ a: `a${n}`, b: `b${n}` });
      expect(await view.add('added', n)).toBe(true);
      expect(await view.incr('count', 1, { initial: 10 * n + 1 })).toBe(10 * n + 1);
      expect(await view.withPrefix('p:').set('key', `prefixed ${n}`)).toBe(true);
    }
    for (const [n, view] of views.entries()) {
      expect(await view.get('key')).toBe(n);
      expect(await view.getMany(['a', 'b', 'none'])).toEqual(
        new Map([
          ['a', `a${n}`],
          ['b', `b${n}`],
        ]),
      );
      expect(await view.incr('count')).toBe(10 * n + 2);
      expect(await view.decr('count')).toBe(10 * n + 1);
      expect(await view.getFromReplica('key')).toBe(n);
      expect(await view.getAnyReplica('key')).toBe(n);
      expect(await view.get('p:key')).toBe(`prefixed ${n}`);
      const { cas } = (await view.getWithCas('key'))!;
      expect(await view.cas('key', n, cas)).toBe('stored');
      expect(await view.getOrSet('loaded', () => `loaded ${n}`)).toBe(`loaded ${n}`);
      expect(await view.touch('key', 100)).toBe(true);
      expect(await view.getAndTouch('key', 100)).toBe(n);
      expect((await view.items.get('key'))!.value).toBe(n);
      expect((await view.items.set('item', n)).result).toBe('stored');
      const held = (await view.bucket.getAndLock('key', 10))!;
      expect(held.value).toBe(n);
      expect(await view.bucket.unlock('key', held.cas)).toBe('unlocked');
      expect(await view.append('a', '!')).toBe(true);
      expect(await view.get('a')).toBe(`a${n}!`);
    }
    expect(await views[1]!.delete('key')).toBe(true);
    expect(await Promise.all(views.map((view) => view.get('key')))).toEqual([0, undefined, 2]);
    expect(await views[2]!.deleteMany(['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', true],
        ['b', true],
        ['c', false],
      ]),
    );
    expect(await views[1]!.get('b')).toBe('b1');
    expect(cluster.stats().nodes.reduce((sum, { misplaced }) => sum + misplaced, 0)).toBe(0);
  });

  test('has the calls of buckets, each about its own items', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster);
    const views = [client, client.collection('shop', 'carts'), client.collection('shop', 'orders')];
    for (const [n, view] of views.entries()) {
      await view.set('doc', { n }, { ttl: 100 * (n + 1), durability: 'majority' });
      for (let item = 0; item <= n; item++) await view.withPrefix('p:').set(`${item}`, n);
    }
    for (const [n, view] of views.entries()) {
      expect((await view.bucket.lookupIn('doc', [{ get: 'n' }]))!.values).toEqual([n]);
      await view.bucket.mutateIn('doc', [{ set: 'more', value: n }]);
      expect(await view.get('doc')).toEqual({ n, more: n });
      expect(await view.bucket.exists('doc')).toBe(true);
      expect(await view.bucket.exists('0')).toBe(false);
      expect(await view.ttlOf('doc')).toBeGreaterThan(100 * n);
      const found = new Map<string, unknown>();
      for await (const { key, value } of view.withPrefix('p:').bucket.scan()) found.set(key, value);
      expect(found).toEqual(new Map(Array.from({ length: n + 1 }, (_, item) => [`${item}`, n])));
    }
    const keys: string[] = [];
    for await (const key of views[2]!.bucket.scan({ keysOnly: true })) keys.push(key);
    expect(keys.toSorted()).toEqual(['doc', 'p:0', 'p:1', 'p:2']);
  });

  test('that does not exist cannot be scanned', async () => {
    const clock = new FakeClock();
    const cluster = await startRecorded({ clock });
    const client = clientOf(cluster, { timeout: 300, clock });
    await turnsFor(clock, client.get('key'));
    const scanning = client.collection('shop', 'nothing').bucket.scan({ timeout: 300 });
    await expect(timeFor(clock, client, scanning.next())).rejects.toBeInstanceOf(UnknownCollectionError);
  });

  test('of the default collection has the items of the client', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster);
    await client.set('key', 1);
    expect(await client.collection('_default', '_default').get('key')).toBe(1);
    expect(asked(cluster.seen)).toBe(0);
  });

  test('has the prefix and the nodes of its client, and views of its own', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster, { prefix: 'app:' });
    const view = client.collection('shop', 'carts').with({ ttl: 100 });
    await view.set('key', 1);
    expect(await client.collection('shop', 'carts').get('key')).toBe(1);
    expect(view.nodeOf('key')).toBe(client.nodeOf('key'));
    expect(cluster.inspect('app:key', 'default', 'shop.carts').some(({ value }) => value !== undefined)).toBe(true);
    expect(view.items.limits.maxKeyLength).toBe(242);
    expect(client.items.limits.maxKeyLength).toBe(246);
  });

  test('is below a cache, whose entries are those of the collection alone', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster);
    const caches = [client, client.collection('shop', 'carts')].map((view) => createCache({ client: view, ttl: 60 }));
    for (const cache of caches) onTestFinished(() => cache.close());
    const loads = caches.map((cache, n) => cache.getOrSet('key', () => `value ${n}`));
    expect(await Promise.all(loads)).toEqual(['value 0', 'value 1']);
    expect(await caches[1]!.getOrSet('key', () => 'other')).toBe('value 1');
    await caches[1]!.delete('key');
    expect(await caches[0]!.get('key')).toBe('value 0');
    expect(await caches[1]!.get('key')).toBeUndefined();
  });

  test('shares neither gets nor loads in progress with the same key of another collection', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster, { coalesce: true });
    const carts = client.collection('shop', 'carts');
    await Promise.all([client.set('key', 'default'), carts.set('key', 'carts')]);
    expect(await Promise.all([client.get('key'), carts.get('key'), carts.get('key')])).toEqual([
      'default',
      'carts',
      'carts',
    ]);
    const loaded = [client, carts, client.collection('shop', 'carts')].map((view, n) => view.getOrSet('new', () => n));
    expect(await Promise.all(loaded)).toEqual([0, 1, 1]);
  });

  test('has keys of 246 bytes', async () => {
    const cluster = await startRecorded();
    const carts = clientOf(cluster).collection('shop', 'carts');
    expect(await carts.set('k'.repeat(246), 1)).toBe(true);
    for (const key of ['k'.repeat(247), 'ü'.repeat(124), ''])
      await expect(carts.set(key, 1)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' });
    await expect(carts.getMany(['k'.repeat(247)])).rejects.toThrow(/at most 246/);
  });

  test('can be the client itself, by an option or in the connection string', async () => {
    const cluster = await startRecorded();
    const { username, password } = cluster.credentials;
    const hosts = cluster.nodes.map(({ name }) => name).join(',');
    const clients = [
      clientOf(cluster, { couchbase: { ...cluster.credentials, collection: 'shop.carts' } }),
      createClient(`couchbase://${username}:${password}@${hosts}/default?collection=shop.carts`),
    ];
    onTestFinished(() => clients[1]!.close());
    await clientOf(cluster).set('key', 'default');
    for (const [n, client] of clients.entries()) {
      await client.set('key', n);
      expect(await client.getMany(['key'])).toEqual(new Map([['key', n]]));
      expect(await client.collection('_default', '_default').get('key')).toBe('default');
      expect(await client.collection('shop', 'orders').get('key')).toBeUndefined();
    }
    expect(cluster.inspect('key', 'default', 'shop.carts').some(({ value }) => value !== undefined)).toBe(true);
  });

  test('is refused for names that cannot be, and where the fleet is no bucket', async () => {
    const cluster = await startRecorded();
    const client = clientOf(cluster);
    for (const name of ['', 'a.b', 'a b', 'a\n', 'ä', '_', '_a', '%a', '_default2', 'x'.repeat(252), 7, undefined]) {
      expect(() => client.collection(name as string, 'carts')).toThrow(/^the name of the scope must be/);
      expect(() => client.collection('shop', name as string)).toThrow(/^the name of the collection must be/);
      const collection = `shop.${name as string}`;
      if (typeof name === 'string')
        expect(() => clientOf(cluster, { couchbase: { collection } })).toThrow(
          /"couchbase.collection" must be a string/,
        );
    }
    for (const name of ['a', '-', '0_%-', 'x'.repeat(251), '_default'])
      expect(() => client.collection(name, name)).not.toThrow();
    expect(() => client.collection('_system', '_query')).not.toThrow();
    expect(() => client.collection('shop', '_system')).toThrow(/collection/);
    const plain = createClient('127.0.0.1:1');
    expect(() => plain.collection('shop', 'carts')).toThrow(UnsupportedError);
    const from = { nodes: cluster.nodes[0]!.name, couchbase: { bucket: 'default', ...cluster.credentials } };
    const migration = createMigration({ from, to: from });
    expect(() => migration.client.collection('shop', 'carts')).toThrow(UnsupportedError);
    await Promise.all([plain.close(), migration.client.close()]);
  });
});
