/** A client of a Couchbase bucket in named collections: ids, refusals, and nodes that know more or less than others. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCache } from '../../src/cache/index.ts';
import { type Client, type ClientOptions, createClient, createMigration } from '../../src/client/index.ts';
import { UnknownCollectionError } from '../../src/core/collection.ts';
import { UnsupportedError } from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import {
  type ClusterOptions,
  createCluster,
  type NodeRequest,
  type SimulatedCluster,
} from '../../src/testing/index.ts';

/** A cluster that records what its nodes receive. */
async function start(options: ClusterOptions = {}): Promise<SimulatedCluster & { readonly seen: NodeRequest[] }> {
  const cluster = createCluster({ nodes: 3, replicas: 1, ...options });
  onTestFinished(() => cluster.destroy());
  await cluster.listen();
  cluster.collections().createCollection('shop', 'carts');
  cluster.collections().createCollection('shop', 'orders');
  const seen: NodeRequest[] = [];
  cluster.fault = (request) => void seen.push(request);
  return Object.assign(cluster, { seen });
}

function clientOf(cluster: SimulatedCluster, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    nodes: cluster.nodes.map(({ name }) => name),
    couchbase: { bucket: 'default', ...cluster.credentials },
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

function asked(seen: readonly NodeRequest[], name = 'getCollectionId'): number {
  return seen.filter((request) => request.name === name).length;
}

describe('a view of a collection', () => {
  test('keeps its items apart from those of other collections, by every call', async () => {
    const cluster = await start();
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
    const cluster = await start();
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

  test('is scanned only if it is there', async () => {
    const cluster = await start();
    const client = clientOf(cluster, { timeout: 300 });
    const scanning = client.collection('shop', 'nothing').bucket.scan({ timeout: 300 });
    await expect(scanning.next()).rejects.toBeInstanceOf(UnknownCollectionError);
  });

  test('of the default collection is the client as it is', async () => {
    const cluster = await start();
    const client = clientOf(cluster);
    await client.set('key', 1);
    expect(await client.collection('_default', '_default').get('key')).toBe(1);
    expect(asked(cluster.seen)).toBe(0);
  });

  test('has calls of the client: other views of it, its nodes, its statistics', async () => {
    const cluster = await start();
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
    const cluster = await start();
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
    const cluster = await start();
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
    const cluster = await start();
    const carts = clientOf(cluster).collection('shop', 'carts');
    expect(await carts.set('k'.repeat(246), 1)).toBe(true);
    for (const key of ['k'.repeat(247), 'ü'.repeat(124), ''])
      await expect(carts.set(key, 1)).rejects.toMatchObject({ code: 'ERR_INVALID_KEY' });
    await expect(carts.getMany(['k'.repeat(247)])).rejects.toThrow(/at most 246/);
  });

  test('is where the calls of the client are, by an option or in the connection string', async () => {
    const cluster = await start();
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
    const cluster = await start();
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

describe('the id of a collection', () => {
  test('is asked once for all calls that need it, from any view', async () => {
    const cluster = await start();
    const client = clientOf(cluster);
    const keys = Array.from({ length: 50 }, (_, n) => `key ${n}`);
    await Promise.all(keys.map((key) => client.collection('shop', 'carts').set(key, key)));
    expect(asked(cluster.seen)).toBe(1);
    await client.collection('shop', 'orders').set('key', 1);
    await client.collection('shop', 'orders').get('key');
    expect(asked(cluster.seen)).toBe(2);
  });

  test('keeps calls of one key in their order while it is not known', async () => {
    const cluster = await start();
    const carts = clientOf(cluster).collection('shop', 'carts');
    const calls = Array.from({ length: 20 }, (_, n) => carts.set('key', n));
    const read = carts.get('key');
    await Promise.all(calls);
    expect(await read).toBe(19);
  });

  test('is asked again when the collection was removed and made again', async () => {
    const cluster = await start();
    const carts = clientOf(cluster).collection('shop', 'carts');
    await carts.set('key', 1);
    cluster.collections().dropCollection('shop', 'carts');
    cluster.collections().createCollection('shop', 'carts');
    expect(await carts.get('key')).toBeUndefined();
    expect(await carts.set('key', 2)).toBe(true);
    expect(await carts.get('key')).toBe(2);
    expect(asked(cluster.seen)).toBe(2);
  });

  test('that changes again and again is asked again at once: calls in flight all arrive', async () => {
    const cluster = await start();
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    await carts.set('key', 1);
    let changes = 0;
    let sets = 0;
    cluster.fault = ({ name }) => {
      if (name === 'set' && ++sets % 50 === 0 && changes < 10) {
        changes++;
        cluster.collections().dropCollection('shop', 'carts');
        cluster.collections().createCollection('shop', 'carts');
      }
      return undefined;
    };
    const stored = await Promise.all(Array.from({ length: 300 }, (_, n) => carts.set(`key ${n}`, n)));
    expect(stored.every(Boolean)).toBe(true);
    expect(changes).toBe(10);
  });

  test('is asked until the deadline: a call may come before its collection', async () => {
    const cluster = await start();
    const client = clientOf(cluster, { timeout: 20_000 });
    const views = [client.collection('shop', 'later'), client.collection('new', 'one')];
    const stored = views.map((view) => view.set('key', 1));
    cluster.fault = ({ name }) => {
      if (name !== 'getCollectionId' || ++asks < 4) return undefined;
      cluster.fault = undefined;
      cluster.collections().createCollection('shop', 'later');
      cluster.collections().createCollection('new', 'one');
      return undefined;
    };
    let asks = 0;
    expect(await Promise.all(stored)).toEqual([true, true]);
  });

  test('that is not there at the deadline is an error with its names, and nothing was sent', async () => {
    const cluster = await start();
    const client = clientOf(cluster, { timeout: 300 });
    const error = await client
      .collection('shop', 'nothing')
      .set('key', 1)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnknownCollectionError);
    expect(error).toMatchObject({
      code: 'ERR_UNKNOWN_COLLECTION',
      scope: 'shop',
      collection: 'nothing',
      sent: false,
      message: 'set "key": the bucket has no collection shop.nothing',
    });
    await expect(client.collection('nothing', 'carts').get('key')).rejects.toThrow('the bucket has no scope nothing');
    await expect(client.collection('shop', 'nothing').getMany(['a', 'b'])).rejects.toMatchObject({
      code: 'ERR_PARTIAL_RESULT',
    });
    expect(asked(cluster.seen)).toBeGreaterThan(2);
    expect(asked(cluster.seen, 'set')).toBe(0);
  });

  test('stays where a node has an older manifest: the call is sent again until that node knows it', async () => {
    const cluster = await start();
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    await carts.set('known', 1);
    cluster.seen.length = 0;
    let refusals = 0;
    cluster.fault = (request) => {
      cluster.seen.push(request);
      if (request.name !== 'set' || ++refusals > 4) return undefined;
      return { kind: 'status', status: status.unknownCollection, body: JSON.stringify({ manifest_uid: '1' }) };
    };
    expect(await carts.set('key', 2)).toBe(true);
    expect(asked(cluster.seen)).toBe(0);
    expect(asked(cluster.seen, 'set')).toBe(5);
  });

  test('is asked again after many refusals, whatever the manifests are, and where a refusal names none', async () => {
    const cluster = await start();
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    await carts.set('known', 1);
    for (const body of ['{"manifest_uid":"1"}', '{"manifest_uid":"zz"}', 'no JSON', '']) {
      cluster.seen.length = 0;
      cluster.fault = (request) => {
        cluster.seen.push(request);
        const isRefused = request.name === 'set' && asked(cluster.seen) === 0;
        return isRefused ? { kind: 'status', status: status.unknownCollection, body } : undefined;
      };
      expect(await carts.set('key', 2)).toBe(true);
      expect(asked(cluster.seen)).toBe(1);
    }
  });

  test('comes from another node where one is dead, silent or refuses', async () => {
    const cluster = await start();
    await cluster.killNode(cluster.nodes[2]!);
    for (const fault of [
      { kind: 'drop' },
      { kind: 'silence' },
      { kind: 'status', status: status.internalError },
      { kind: 'status', status: status.busy },
    ] as const) {
      const first = cluster.nodes[0]!;
      first.fault = ({ name }) => (name === 'getCollectionId' ? fault : undefined);
      const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
      const key = Array.from({ length: 100 }, (_, n) => `key ${n}`).find((k) => cluster.nodeOf(k) === first)!;
      for (let n = 0; n < 3; n++) expect(await carts.set(key, n)).toBe(true);
    }
  });

  test('that no node gives is the error of all waiting calls, at once', async () => {
    const cluster = await start();
    cluster.fault = ({ name }) =>
      name === 'getCollectionId' ? { kind: 'status', status: status.internalError } : undefined;
    const carts = clientOf(cluster, { timeout: 20_000 }).collection('shop', 'carts');
    const calls = await Promise.allSettled([carts.get('a'), carts.set('b', 1)]);
    for (const call of calls)
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CONNECT', sent: false } });
  });

  test('is waited for no longer than the deadline of each call', async () => {
    const cluster = await start();
    cluster.fault = ({ name }) => (name === 'getCollectionId' ? { kind: 'silence' } : undefined);
    const carts = clientOf(cluster, { retry: false }).collection('shop', 'carts');
    const error = await carts.get('a', { timeout: 100 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT', sent: false });
    const controller = new AbortController();
    const aborted = carts.get('a', { timeout: 10_000, signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR', sent: false });
  });

  test('is not waited for by a client that closes', async () => {
    const cluster = await start();
    cluster.fault = ({ name }) => (name === 'getCollectionId' ? { kind: 'silence' } : undefined);
    for (const end of ['close', 'destroy'] as const) {
      const client = clientOf(cluster, { timeout: 20_000 });
      await client.get('warm');
      const call = client.collection('shop', 'carts').get('a');
      call.catch(() => {});
      await client[end]();
      await expect(call).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    }
  });
});

describe('nodes without collections', () => {
  test('have the default one, and refuse the others', async () => {
    const cluster = await start({ traits: { collections: false } });
    const client = clientOf(cluster);
    expect(await client.set('key', 1)).toBe(true);
    expect(await client.get('key')).toBe(1);
    await expect(client.collection('shop', 'carts').get('key')).rejects.toThrow(UnsupportedError);
  });

  test('among others refuse what is theirs', async () => {
    const cluster = await start();
    const client = clientOf(cluster);
    const carts = client.collection('shop', 'carts');
    await carts.set('key', 1);
    // A node that was replaced by an older one.
    cluster.traits.collections = false;
    const [node] = cluster.nodes;
    await cluster.killNode(node!);
    await cluster.startNode(node!);
    const key = Array.from({ length: 100 }, (_, n) => `key ${n}`).find((k) => cluster.nodeOf(k) === node)!;
    await expect.poll(() => client.set(key, 1).catch(() => false)).toBe(true);
    await expect(carts.set(key, 1)).rejects.toThrow(UnsupportedError);
  });
});
