import { describe, expect, test } from 'vitest';
import { status } from '../../src/core/status.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { feature, parseFeatures } from '../../src/protocol/binary/hello.ts';
import { leb128Text } from '../../src/protocol/binary/leb128.ts';
import { opcode } from '../../src/protocol/binary/opcodes.ts';
import type { SimulatedCluster } from '../../src/testing/index.ts';
import { type Answer, DataClient } from './support/data-client.ts';
import { startCluster } from './support/start-cluster.ts';

const features = [feature.xerror, feature.json, feature.collections];

/** A session of one node, where every key is at home. */
async function sessionWith(cluster: SimulatedCluster, wanted = features): Promise<DataClient> {
  return DataClient.ready(cluster, cluster.nodes[0], 'default', wanted);
}

function named(cluster: SimulatedCluster, id: number, key: string): { key: string; vbucket: number } {
  return { key: leb128Text(id) + key, vbucket: cluster.vbucketOf(key) };
}

const zeros = '\0'.repeat(8);

describe('the ids of collections', () => {
  test('are given by name, with the number of the manifest', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    cluster.collections().createCollection('shop', 'carts');
    const client = await sessionWith(cluster);
    const idOf = async (value: string, code: number = couchbaseOpcode.getCollectionId): Promise<string> =>
      (await client.ask(code, { value })).extras.toString('hex');
    expect(await idOf('shop.carts')).toBe('000000000000000200000008');
    for (const path of ['_default._default', '.', '_default.', '._default'])
      expect(await idOf(path)).toBe('000000000000000200000000');
    expect(await idOf('shop', couchbaseOpcode.getScopeId)).toBe('000000000000000200000008');
    expect(await idOf('shop.other', couchbaseOpcode.getScopeId)).toBe('000000000000000200000008');
  });

  test('are refused for unknown names with the number of the manifest, for impossible ones as invalid', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    cluster.collections().createCollection('shop', 'carts');
    const client = await sessionWith(cluster);
    const ask = (value: string): Promise<Answer> => client.ask(couchbaseOpcode.getCollectionId, { value });
    const unknown = await ask('shop.nothing');
    expect(unknown.code).toBe(status.unknownCollection);
    expect(unknown.datatype).toBe(1);
    expect(JSON.parse(unknown.value)).toMatchObject({ manifest_uid: '2' });
    expect((await ask('nothing.carts')).code).toBe(status.unknownScope);
    for (const path of ['', 'shop', 'a.b.c', 'sh op.carts', '_x.carts'])
      expect((await ask(path)).code).toBe(status.invalidArguments);
  });

  test('are in the manifest, as in the one by REST', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    cluster.collections().createCollection('shop', 'carts', { maxTtl: 60 });
    const client = await sessionWith(cluster);
    const expected = {
      uid: '2',
      scopes: [
        { name: '_default', uid: '0', collections: [{ name: '_default', uid: '0' }] },
        { name: 'shop', uid: '8', collections: [{ name: 'carts', uid: '8', maxTTL: 60 }] },
      ],
    };
    expect(JSON.parse((await client.ask(couchbaseOpcode.getCollectionsManifest)).value)).toEqual(expected);
    const { username, password } = cluster.credentials;
    const url = `${cluster.restUrls[0]}/pools/default/buckets/default/scopes`;
    const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
    expect(await (await fetch(url, { headers })).json()).toEqual(expected);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { method: 'POST', body: 'name=x' })).status).toBe(401);
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
    const made = await fetch(url, { method: 'POST', headers: form, body: 'name=new' });
    expect(await made.json()).toEqual({ uid: '3' });
    expect(cluster.document()).toMatchObject({
      collectionsManifestUid: '3',
      bucketCapabilities: expect.arrayContaining(['collections']) as string[],
    });
  });
});

describe('a connection with collections', () => {
  test('reads the id of a collection before each key, and has it in the replies that return the key', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    cluster.collections().createCollection('shop', 'carts');
    const client = await sessionWith(cluster);
    const cart = named(cluster, 8, 'k');
    await client.ask(opcode.set, { ...cart, value: 'cart', extras: zeros });
    expect((await client.ask(opcode.get, named(cluster, 0, 'k'))).code).toBe(status.keyNotFound);
    expect(await client.ask(opcode.getK, cart)).toMatchObject({ code: 0, key: '\x08k', value: 'cart' });
    expect(cluster.inspect('k', 'default', 'shop.carts')[0]!.value?.toString()).toBe('cart');
    expect(cluster.stats().nodes[0]!.misplaced).toBe(0);
  });

  test('is refused a key without an id, with one that is cut off, too long a way to say it, or reserved', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    const client = await sessionWith(cluster);
    for (const key of ['k', '\0', '\x80', '\x80\0k', '\xff\xff\xff\xff\xff\x01k', '\x07k'])
      expect((await client.ask(opcode.get, { key })).code).toBe(status.invalidArguments);
    expect((await client.ask(opcode.noop)).code).toBe(0);
  });

  test('is refused an unknown opcode as unknown, whatever its key is', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    const client = await sessionWith(cluster);
    for (const code of [0xee, couchbaseOpcode.subdocReplaceBodyWithXattr])
      expect((await client.ask(code, named(cluster, 0, 'k'))).code).toBe(status.unknownCommand);
    expect((await client.ask(0xee, { key: 'k' })).code).toBe(status.unknownCommand);
  });

  test('has keys of 250 bytes in the default collection, and of 246 in others', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    cluster.collections().createCollection('shop', 'carts');
    const client = await sessionWith(cluster);
    const codeOf = async (id: number, length: number): Promise<number> =>
      (await client.ask(opcode.set, { ...named(cluster, id, 'k'.repeat(length)), extras: zeros })).code;
    expect(await codeOf(0, 250)).toBe(0);
    expect(await codeOf(0, 251)).toBe(status.invalidArguments);
    expect(await codeOf(8, 246)).toBe(0);
    expect(await codeOf(8, 247)).toBe(status.invalidArguments);
  });

  test('learns that a collection is gone, and that a new one of the name has another id', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    const admin = cluster.collections();
    admin.createCollection('shop', 'carts');
    const client = await sessionWith(cluster);
    await client.ask(opcode.set, { ...named(cluster, 8, 'k'), extras: zeros });
    admin.dropCollection('shop', 'carts');
    admin.createCollection('shop', 'carts');
    const gone = await client.ask(opcode.get, named(cluster, 8, 'k'));
    expect(gone.code).toBe(status.unknownCollection);
    expect(JSON.parse(gone.value)).toMatchObject({ manifest_uid: '4' });
    expect((await client.ask(opcode.get, named(cluster, 9, 'k'))).code).toBe(status.keyNotFound);
    admin.dropScope('shop');
    expect((await client.ask(opcode.get, named(cluster, 9, 'k'))).code).toBe(status.unknownCollection);
    expect(cluster.stats().nodes[0]!.items.active).toBe(0);
  });

  test('observes items of collections', async () => {
    const cluster = await startCluster({ nodes: 1, replicas: 0 });
    cluster.collections().createCollection('shop', 'carts');
    const client = await sessionWith(cluster);
    const cart = named(cluster, 8, 'k');
    await client.ask(opcode.set, { ...cart, extras: zeros });
    const entry = (key: string): string => `${String.fromCharCode(0, cart.vbucket, 0, key.length)}${key}`;
    const { value } = await client.ask(couchbaseOpcode.observe, { value: entry('\x08k') + entry('\0k') });
    expect(value.slice(0, 7)).toBe(`${entry('\x08k')}\x01`);
    expect(value.slice(15, 22)).toBe(`${entry('\0k')}\x80`);
  });
});

test('a connection without collections has the default one only, and its keys as they are', async () => {
  const cluster = await startCluster({ nodes: 1, replicas: 0 });
  const plain = await sessionWith(cluster, [feature.xerror]);
  await plain.ask(opcode.set, { key: '\x08k', value: 'plain', extras: zeros });
  const other = await sessionWith(cluster);
  expect((await other.ask(opcode.get, named(cluster, 0, '\x08k'))).value).toBe('plain');
});

test('nodes without collections neither grant them nor know their commands', async () => {
  const cluster = await startCluster({ nodes: 1, replicas: 0, traits: { collections: false } });
  const client = await sessionWith(cluster);
  expect(parseFeatures((await client.hello(features)).value)).toEqual([feature.xerror, feature.json]);
  expect((await client.ask(couchbaseOpcode.getCollectionId, { value: '.' })).code).toBe(status.unknownCommand);
  expect(cluster.document()['bucketCapabilities']).not.toContain('collections');
});

test('names that cannot be are refused with the words of a real node', async () => {
  const cluster = await startCluster({ nodes: 1 });
  const admin = cluster.collections();
  for (const name of ['', '_own', '%x', 'a b', 'a.b', 'x'.repeat(252)])
    expect(() => admin.createScope(name)).toThrow(/^name - /);
  admin.createScope('shop');
  expect(() => admin.createScope('shop')).toThrow('Scope with name "shop" already exists');
  expect(() => admin.dropScope('_default')).toThrow(/not allowed/);
  expect(() => admin.createCollection('shop', 'x', { maxTtl: -2 })).toThrow(/maxTTL/);
  expect(admin.names).toEqual(['_default._default']);
  expect(admin.uid).toBe(1);
});
