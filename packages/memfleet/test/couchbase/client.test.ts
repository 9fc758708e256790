/** A client of a Couchbase bucket: which node gets a command, refusals, and maps that change. */
import { describe, expect, test } from 'vitest';
import { ServerError } from '../../src/core/errors.ts';
import { serverOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { feature } from '../../src/protocol/binary/hello.ts';
import { deadAddress } from '../support/harness.ts';
import { FakeCluster, keysOf, type Rows } from './support/fake-cluster.ts';

const two: Rows = [[0], [1], [0], [1]];
const swapped: Rows = [[1], [0], [1], [0]];
const allKeys = keysOf.flat();

/** Data commands that came to each node. */
function heard(cluster: FakeCluster): number[] {
  return cluster.nodes.map((node) => node.commands.length);
}

describe('a client of a Couchbase bucket', () => {
  test('sends each key to the node that has its vBucket', async () => {
    const cluster = await FakeCluster.start(2, two);
    const client = cluster.client();
    for (const [vbucket, keys] of keysOf.entries()) {
      for (const key of keys) {
        expect(await client.set(key, `value of ${key}`)).toBe(true);
        expect(cluster.nodes[vbucket % 2]!.items.has(key)).toBe(true);
        expect(await client.get(key)).toBe(`value of ${key}`);
        expect(client.nodeOf(key)).toBe(cluster.addresses[vbucket % 2]);
      }
    }
    expect(heard(cluster)).toEqual([14, 18]);
  });

  test('says the vBucket to a single node as well', async () => {
    const cluster = await FakeCluster.start(1, [[0], [0], [0], [0]]);
    const client = cluster.client();
    await client.set('name', 1);
    expect(cluster.nodes[0]!.commands[0]!.vbucket).toBe(3);
  });

  test('hands a call its error when a node replies with one that nothing helps', async () => {
    const cluster = await FakeCluster.start(1, [[0]], {
      script: ({ verb }) => (verb === 'get' ? { code: 4 } : undefined),
    });
    await expect(cluster.client().get('a')).rejects.toMatchObject({ code: 'ERR_SERVER', status: 4 });
  });

  test('learns the nodes at the start from any node', async () => {
    const cluster = await FakeCluster.start(3, [[2], [2], [2], [2]]);
    const client = cluster.client({ nodes: [await deadAddress(), cluster.addresses[1]!] });
    await client.set('a', 1);
    expect(heard(cluster)).toEqual([0, 0, 1]);
  });

  test('keeps one connection to each node, and none of the start', async () => {
    const cluster = await FakeCluster.start(2, two);
    const client = cluster.client();
    await client.getMany(allKeys);
    expect(client.stats().nodes.map((node) => node.open)).toEqual([1, 1]);
    await expect.poll(() => cluster.nodes.map((node) => node.sessions.size)).toEqual([1, 1]);
  });

  test('its values are those of the SDKs', async () => {
    const cluster = await FakeCluster.start(1, [[0]]);
    const client = cluster.client();
    await client.set('json', { a: [1] });
    await client.set('text', 'é');
    await client.set('bytes', Buffer.from([0, 255]));
    const stored = Object.fromEntries(
      [...cluster.nodes[0]!.items].map(([key, { value, flags }]) => [key, [value, flags]]),
    );
    expect(stored).toEqual({
      json: ['{"a":[1]}', 0x02000000],
      text: ['Ã©', 0x04000004],
      bytes: ['\x00ÿ', 0x03000002],
    });
    expect(await client.get('json')).toEqual({ a: [1] });
    expect(await client.get('text')).toBe('é');
    expect(await client.get('bytes')).toEqual(Buffer.from([0, 255]));
  });
});

describe('a refusal', () => {
  test('with a newer map: it is adopted, and the command goes to the right node at once', async () => {
    const cluster = await FakeCluster.start(2, two, { refusalBody: undefined });
    for (const node of cluster.nodes) node.settings.refusalBody = () => cluster.document();
    const client = cluster.client();
    await client.set('hello', 1);
    cluster.move(swapped);
    expect(await client.set('hello', 2)).toBe(true);
    expect(cluster.nodes[1]!.items.get('hello')?.value).toBe('2');
    await client.set('doctor', 3);
    expect(heard(cluster)).toEqual([2, 2]);
    expect(client.stats().revision).toBe(2);
  });

  test('with an older map teaches nothing; the forward map does', async () => {
    const cluster = await FakeCluster.start(2, two);
    cluster.rev = 5;
    const forward = { numReplicas: 0, vBucketMap: two, vBucketMapForward: swapped };
    cluster.fields = { vBucketServerMap: forward };
    for (const node of cluster.nodes) node.settings.refusalBody = () => cluster.document(4, swapped);
    const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
    await client.get('hello');
    cluster.rows = swapped;
    await client.set('hello', 1);
    expect(cluster.nodes[1]!.items.has('hello')).toBe(true);
    expect(client.stats().revision).toBe(1);
  });

  test('without a map: the next node is tried, and remembered', async () => {
    const cluster = await FakeCluster.start(3, [[0], [0], [0], [0]], { config: undefined });
    const client = cluster.client({ couchbase: { map: cluster.document() } });
    await client.get('hello');
    cluster.rows = [[2], [0], [0], [0]];
    await client.set('hello', 1);
    expect(heard(cluster)).toEqual([2, 1, 1]);
    await client.get('doctor');
    await client.get('name');
    expect(heard(cluster)).toEqual([3, 1, 2]);
  });

  test('everywhere: the call fails after twice as many tries as there are nodes, and says why', async () => {
    const cluster = await FakeCluster.start(3, [[0], [1], [2], [0]], { owns: () => undefined, config: undefined });
    const client = cluster.client({ couchbase: { map: cluster.document() }, timeout: 20_000 });
    const error: unknown = await client.set('hello', 1).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ status: 7, node: `localhost:${cluster.nodes[0]!.port}` });
    expect((error as ServerError).message).toMatch(/Not my vbucket, after 7 tries/);
    expect(heard(cluster)).toEqual([3, 2, 2]);
  });

  test('of some keys of a getMany: only those are requested again', async () => {
    const cluster = await FakeCluster.start(2, two);
    for (const node of cluster.nodes) node.settings.refusalBody = () => cluster.document();
    const client = cluster.client();
    for (const key of allKeys) await client.set(key, key);
    const before = heard(cluster);
    for (const key of keysOf[0]!) cluster.nodes[1]!.items.set(key, cluster.nodes[0]!.items.get(key)!);
    cluster.move([[1], [1], [0], [1]]);
    // `nothing` is in vBucket 1, which did not move.
    const found = await client.getMany([...allKeys, 'nothing']);
    expect(found).toEqual(new Map(allKeys.map((key) => [key, key])));
    const asked = heard(cluster).map((count, index) => count - before[index]!);
    expect(asked.reduce((sum, count) => sum + count)).toBe(allKeys.length + 1 + keysOf[0]!.length);
  });

  test('of a key of a getMany that persists is reported for that key alone', async () => {
    const cluster = await FakeCluster.start(1, [[0], [0], [0], [0]], { config: undefined });
    const client = cluster.client({ couchbase: { map: cluster.document() } });
    await client.set('name', 1);
    cluster.nodes[0]!.settings.owns = (vbucket) => (vbucket === 0 ? undefined : 0);
    await expect(client.getMany(['name', 'hello'])).rejects.toMatchObject({
      code: 'ERR_PARTIAL_RESULT',
      results: new Map([['name', 1]]),
      failures: new Map([['hello', expect.objectContaining({ status: 7 })]]),
    });
  });

  test('that says "later" is retried later', async () => {
    let busy = 2;
    const cluster = await FakeCluster.start(1, [[0]], {
      script: ({ verb }) => (verb === 'store' && busy-- > 0 ? { code: 0x86 } : undefined),
    });
    expect(await cluster.client().set('a', 1)).toBe(true);
    expect(heard(cluster)).toEqual([3]);
  });
});

describe('a vBucket without a node', () => {
  test('is waited for a while', async () => {
    const cluster = await FakeCluster.start(1, [[0], [-1]]);
    const client = cluster.client();
    await client.get('hello');
    const waiting = client.get('name');
    cluster.move([[0], [0]]);
    expect(await waiting).toBeUndefined();
  });

  test('fails the call when it stays so', async () => {
    const cluster = await FakeCluster.start(1, [[0], [-1]]);
    await expect(cluster.client().get('name')).rejects.toThrow('get "name": no node has vBucket 1 now');
  });
});

describe('a changed map', () => {
  test('is found by asking again and again', async () => {
    const cluster = await FakeCluster.start(2, two);
    const client = cluster.client({ couchbase: { pollInterval: 100 } });
    await client.get('hello');
    const changed = new Promise<object>((resolve) => void client.on('topology', resolve));
    cluster.move([[1], [1], [0], [1]]);
    expect(await changed).toEqual({
      nodes: cluster.addresses,
      revision: 2,
      added: [],
      removed: [],
      movedVbuckets: 1,
    });
    await client.set('hello', 1);
    expect(heard(cluster)).toEqual([1, 1]);
  });

  test('that a node pushes is applied', async () => {
    const features = [feature.duplex, feature.clustermapNotification];
    const cluster = await FakeCluster.start(2, two, { features });
    const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
    await client.get('hello');
    const changed = new Promise<void>((resolve) => void client.on('topology', () => resolve()));
    cluster.move(swapped);
    const extras = Buffer.alloc(16);
    extras.writeBigInt64BE(2n, 8);
    cluster.nodes[0]!.push(serverOpcode.clustermapChange, 'default', extras, JSON.stringify(cluster.document()));
    await changed;
    await client.set('hello', 1);
    expect(heard(cluster)).toEqual([1, 1]);
  });

  test('that a node announces without it is requested', async () => {
    const cluster = await FakeCluster.start(2, two, { features: [feature.duplex, feature.clustermapNotification] });
    const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
    await client.get('hello');
    const changed = new Promise<void>((resolve) => void client.on('topology', () => resolve()));
    cluster.move(swapped);
    cluster.nodes[0]!.push(serverOpcode.clustermapChange, 'default', Buffer.alloc(16), '');
    await changed;
    await client.set('hello', 1);
    expect(heard(cluster)).toEqual([1, 1]);
  });

  test('that is nonsense, or of another bucket, changes nothing', async () => {
    const cluster = await FakeCluster.start(2, two);
    const client = cluster.client({ couchbase: { pollInterval: 60_000 } });
    await client.get('hello');
    for (const value of ['{', '<html>', JSON.stringify({ ...cluster.document(9, swapped), name: 'other' })])
      cluster.nodes[0]!.push(serverOpcode.clustermapChange, 'default', Buffer.alloc(16), value);
    cluster.nodes[0]!.push(serverOpcode.authenticate, '', Buffer.alloc(0), '');
    await client.get('doctor');
    expect(client.stats().revision).toBe(1);
  });

  test('a node that is added is used, one that is gone is let go', async () => {
    const cluster = await FakeCluster.start(3, two);
    cluster.listed = 2;
    for (const node of cluster.nodes) node.settings.refusalBody = () => cluster.document();
    const client = cluster.client();
    await client.getMany(allKeys);
    cluster.listed = 3;
    cluster.move([[2], [1], [2], [1]]);
    await client.getMany(allKeys);
    expect(client.stats().nodes.map((node) => node.node)).toEqual(cluster.addresses);
    cluster.listed = 2;
    cluster.move([[0], [1], [0], [1]]);
    await client.getMany(allKeys);
    expect(client.stats().nodes.map((node) => node.node)).toEqual(cluster.addresses.slice(0, 2));
    await expect.poll(() => cluster.nodes[2]!.sessions.size).toBe(0);
  });

  test('when the polled node is gone, another is polled', async () => {
    const cluster = await FakeCluster.start(2, two);
    const client = cluster.client({ couchbase: { pollInterval: 100 } });
    await client.getMany(allKeys);
    const changed = new Promise<void>((resolve) => void client.on('topology', () => resolve()));
    cluster.move([[1], [1], [1], [1]]);
    await cluster.nodes[0]!.down();
    await changed;
    await client.set('hello', 1);
    expect(cluster.nodes[1]!.items.has('hello')).toBe(true);
  });
});
