/** The official Couchbase SDK judges sub-documents of the simulated cluster. */
import {
  type Cluster,
  type Collection,
  connect,
  DocumentExistsError,
  DocumentNotFoundError,
  DocumentNotJsonError,
  LookupInMacro,
  LookupInSpec,
  MutateInMacro,
  MutateInSpec,
  PathExistsError,
  PathMismatchError,
  PathNotFoundError,
  StoreSemantics,
} from 'couchbase';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createClient, transcoders } from '../../src/client/index.ts';
import { createCluster, FakeClock } from '../../src/testing/index.ts';

const key = 'document';

describe('the official SDK', () => {
  const clock = new FakeClock();
  const cluster = createCluster({ nodes: 2, replicas: 1, clock });
  let sdk: Cluster;
  let items: Collection;
  beforeAll(async () => {
    await cluster.listen();
    sdk = await connect(cluster.connectionString, { ...cluster.credentials, timeouts: { kvTimeout: 8000 } });
    items = sdk.bucket('default').defaultCollection();
  });
  afterAll(async () => {
    await sdk.close();
    await cluster.destroy();
  });
  beforeEach(async () => {
    await items.upsert(key, { a: { b: [1, 2, { c: 'x' }] }, n: 5, 'dotted.name': true, list: [] });
  });

  test('looks up values, existence and counts of several paths', async () => {
    const { content, cas } = await items.lookupIn(key, [
      LookupInSpec.get('a.b[2].c'),
      LookupInSpec.get('a.b[-1]'),
      LookupInSpec.get('`dotted.name`'),
      LookupInSpec.get('missing'),
      LookupInSpec.exists('a.b'),
      LookupInSpec.exists('missing'),
      LookupInSpec.count('a.b'),
      LookupInSpec.count(''),
      LookupInSpec.get('n.m'),
      LookupInSpec.get(''),
    ]);
    expect(content.map(({ value }) => value)).toEqual([
      'x',
      { c: 'x' },
      true,
      undefined,
      true,
      false,
      3,
      4,
      undefined,
      { a: { b: [1, 2, { c: 'x' }] }, n: 5, 'dotted.name': true, list: [] },
    ]);
    expect(content[3]!.error).toBeInstanceOf(PathNotFoundError);
    expect(content[8]!.error).toBeInstanceOf(PathMismatchError);
    expect(cas.toString()).toBe((await items.get(key)).cas.toString());
  });

  test('changes paths, in one step', async () => {
    const { content, cas } = await items.mutateIn(key, [
      MutateInSpec.upsert('name', 'memfleet'),
      MutateInSpec.insert('deep.er.path', 1, { createPath: true }),
      MutateInSpec.replace('a.b[0]', 'one'),
      MutateInSpec.remove('`dotted.name`'),
      MutateInSpec.increment('n', 37),
      MutateInSpec.decrement('m', 3),
      MutateInSpec.arrayAppend('list', [1, 2], { multi: true }),
      MutateInSpec.arrayPrepend('list', 0),
      MutateInSpec.arrayInsert('list[1]', 'between'),
      MutateInSpec.arrayAddUnique('list', 3),
    ]);
    expect([content[4]!.value, content[5]!.value]).toEqual([42, -3]);
    const stored = await items.get(key);
    expect(stored.content).toEqual({
      a: { b: ['one', 2, { c: 'x' }] },
      n: 42,
      m: -3,
      name: 'memfleet',
      deep: { er: { path: 1 } },
      list: [0, 'between', 1, 2, 3],
    });
    expect(stored.cas.toString()).toBe(cas.toString());
  });

  test('stores nothing where a path fails, and names the failure', async () => {
    const before = await items.get(key);
    const change = MutateInSpec.upsert('changed', true);
    await expect(items.mutateIn(key, [change, MutateInSpec.insert('n', 1)])).rejects.toThrow(PathExistsError);
    await expect(items.mutateIn(key, [change, MutateInSpec.remove('zz')])).rejects.toThrow(PathNotFoundError);
    await expect(items.mutateIn(key, [change, MutateInSpec.upsert('n.x', 1)])).rejects.toThrow(PathMismatchError);
    expect((await items.get(key)).cas.toString()).toBe(before.cas.toString());
  });

  test('creates documents by mutateIn, each way', async () => {
    const specs = [MutateInSpec.upsert('a.b', 1, { createPath: true })];
    await expect(items.mutateIn('none', specs)).rejects.toThrow(DocumentNotFoundError);
    await items.mutateIn('made', specs, { storeSemantics: StoreSemantics.Insert, expiry: 1000 });
    expect((await items.get('made')).content).toEqual({ a: { b: 1 } });
    await expect(items.mutateIn('made', specs, { storeSemantics: StoreSemantics.Insert })).rejects.toThrow(
      DocumentExistsError,
    );
    await items.mutateIn('made too', [MutateInSpec.arrayAppend('', 1)], { storeSemantics: StoreSemantics.Upsert });
    expect((await items.get('made too')).content).toEqual([1]);
    await items.mutateIn('whole', [MutateInSpec.replace('', { all: 1 })], { storeSemantics: StoreSemantics.Upsert });
    expect((await items.get('whole')).content).toEqual({ all: 1 });
  });

  test('refuses another cas, a missing document, and text that is not JSON', async () => {
    const { cas } = await items.get(key);
    await items.mutateIn(key, [MutateInSpec.upsert('n', 1)], { cas });
    await expect(items.mutateIn(key, [MutateInSpec.upsert('n', 2)], { cas })).rejects.toThrow(/cas mismatch/);
    await expect(items.lookupIn('none', [LookupInSpec.get('a')])).rejects.toThrow(DocumentNotFoundError);
    await items.upsert('text', Buffer.from('not JSON'));
    const { content } = await items.lookupIn('text', [LookupInSpec.get('a')]);
    expect(content[0]!.error).toBeInstanceOf(DocumentNotJsonError);
  });

  test('reads the expiry of a document, and a projection', async () => {
    await items.upsert(key, { a: 1, b: { c: 2 } }, { expiry: 1000 });
    const withExpiry = await items.get(key, { withExpiry: true });
    expect(withExpiry.content).toEqual({ a: 1, b: { c: 2 } });
    expect(withExpiry.expiryTime).toBe(clock.unixSeconds() + 1000);
    expect((await items.get(key, { project: ['b.c'] })).content).toEqual({ b: { c: 2 } });
    await items.mutateIn(key, [MutateInSpec.upsert('a', 2)], { preserveExpiry: true });
    expect((await items.get(key, { withExpiry: true })).expiryTime).toBe(withExpiry.expiryTime);
    await items.mutateIn(key, [MutateInSpec.upsert('a', 3)]);
    expect((await items.get(key, { withExpiry: true })).expiryTime).toBe(0);
  });

  test('keeps extended attributes beside the document, and reads the virtual ones', async () => {
    const { cas } = await items.mutateIn(key, [
      MutateInSpec.upsert('meta.owner', 'ann', { xattr: true, createPath: true }),
      MutateInSpec.upsert('meta.cas', MutateInMacro.Cas),
      MutateInSpec.upsert('n', 6),
    ]);
    const swapped = Buffer.alloc(8);
    swapped.writeBigUInt64LE(BigInt(cas.toString()));
    const { content } = await items.lookupIn(key, [
      LookupInSpec.get('meta', { xattr: true }),
      LookupInSpec.get(LookupInMacro.ValueSizeBytes),
      LookupInSpec.get(LookupInMacro.IsDeleted),
      LookupInSpec.get(LookupInMacro.Document),
      LookupInSpec.get('n'),
    ]);
    expect(content[0]!.value).toEqual({ owner: 'ann', cas: `0x${swapped.toString('hex')}` });
    expect(content[1]!.value).toBe(JSON.stringify((await items.get(key)).content).length);
    expect(content[2]!.value).toBe(false);
    expect(content[3]!.value).toMatchObject({ exptime: 0, datatype: ['json', 'xattr'] });
    expect(content[4]!.value).toBe(6);
    await items.upsert(key, { other: 1 });
    expect((await items.lookupIn(key, [LookupInSpec.get('meta.owner', { xattr: true })])).content[0]!.value).toBe(
      'ann',
    );
    await items.remove(key);
    await items.upsert(key, {});
    expect((await items.lookupIn(key, [LookupInSpec.exists('meta', { xattr: true })])).content[0]!.value).toBe(false);
  });

  test('looks up paths of replicas', async () => {
    expect((await items.lookupInAnyReplica(key, [LookupInSpec.get('n')])).content[0]!.value).toBe(5);
    const all = await items.lookupInAllReplicas(key, [LookupInSpec.get('n'), LookupInSpec.get('missing')]);
    expect(all.map(({ content }) => content[0]!.value)).toEqual([5, 5]);
    expect(all.filter(({ isReplica }) => isReplica)).toHaveLength(1);
  });

  test('and memfleet read what the other has changed, byte for byte what nobody has', async () => {
    const nodes = cluster.nodes.map(({ name }) => name);
    const client = createClient({ nodes, couchbase: { bucket: 'default', ...cluster.credentials } });
    onTestFinished(() => client.close());
    const text = '{ "big": 12345678901234567890.10,\n  "n": 9007199254740993, "list": [1 , 2]}';
    await client.with({ transcoder: transcoders.string }).set(key, text);
    await items.mutateIn(key, [MutateInSpec.upsert('by', 'sdk'), MutateInSpec.arrayAppend('list', 3)]);
    expect((await client.bucket.lookupIn(key, ['by', 'list[-1]', 'n', { count: 'list' }]))!.values).toEqual([
      'sdk',
      3,
      9007199254740993n,
      3,
    ]);
    await client.bucket.mutateIn(key, [
      { replace: 'by', value: 'memfleet' },
      { incr: 'n', by: 1n },
      { delete: 'list[0]' },
    ]);
    const { content } = await items.lookupIn(key, [LookupInSpec.get('by'), LookupInSpec.get('list')]);
    expect(content.map(({ value }) => value)).toEqual(['memfleet', [2, 3]]);
    expect(String(await client.with({ transcoder: transcoders.bytes }).get(key))).toBe(
      '{ "big": 12345678901234567890.10,\n  "n": 9007199254740994, "list": [ 2,3],"by":"memfleet"}',
    );
    expect(await client.bucket.exists(key)).toBe((await items.exists(key)).exists);
  });

  test('has its lists, maps, queues and sets', async () => {
    const list = items.list('list');
    await list.push('b');
    await list.unshift('a');
    expect(await list.getAll()).toEqual(['a', 'b']);
    expect(await list.getAt(1)).toBe('b');
    expect(await list.size()).toBe(2);
    await list.removeAt(0);
    expect(await list.indexOf('b')).toBe(0);
    const map = items.map('map');
    await map.set('x', 1);
    expect(await map.get('x')).toBe(1);
    expect(await map.exists('y')).toBe(false);
    expect(await map.size()).toBe(1);
    const queue = items.queue('queue');
    await queue.push(1);
    await queue.push(2);
    expect(await queue.pop()).toBe(1);
    const set = items.set('set');
    expect(await set.add(1)).toBe(true);
    expect(await set.add(1)).toBe(false);
    expect(await set.contains(1)).toBe(true);
  });
});
