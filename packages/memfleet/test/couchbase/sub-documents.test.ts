/** `client.bucket.lookupIn` and `mutateIn`, `exists` and `ttlOf` of buckets. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { UnknownCollectionError } from '../../src/core/collection.ts';
import {
  AmbiguousWriteError,
  DurabilityImpossibleError,
  ServerError,
  SubDocumentError,
  UnsafeIntegerError,
  UnsupportedError,
} from '../../src/core/errors.ts';
import { couchbaseOpcode } from '../../src/protocol/binary/couchbase-opcodes.ts';
import { createCluster, FakeClock } from '../../src/testing/index.ts';
import { failure } from '../support/harness.ts';
import { turnsFor } from '../support/turns.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';
import { clientOf } from './support/recorded-cluster.ts';

const key = 'document';

describe('parts of documents', () => {
  const cluster = createCluster({ nodes: 2, replicas: 1 });
  let client: Client;
  beforeAll(async () => {
    await cluster.listen();
    client = createClient({ nodes: cluster.nodes.map(({ name }) => name), couchbase: cluster.credentials });
  });
  afterAll(async () => {
    await client.close();
    await cluster.destroy();
  });
  beforeEach(async () => {
    await client.set(key, { user: { name: 'Ann', tags: ['a', 'b'] }, n: 5, 'x.y': { '`"é': true }, no: null });
  });

  test('lookupIn returns values, existence and counts in the order of the specs', async () => {
    const found = await client.bucket.lookupIn(key, [
      'user.name',
      ['user', 'tags', -1],
      { get: ['x.y', '`"é'] },
      { exists: 'user.tags' },
      { exists: 'user.none' },
      { count: 'user.tags' },
      { count: '' },
      { count: 'none' },
      'none',
      'n.below.a.number',
      'user.tags[7]',
      'no',
      '',
    ]);
    expectTypeOf(found!.values[3]).toEqualTypeOf<boolean>();
    expectTypeOf(found!.values[5]).toEqualTypeOf<number | undefined>();
    const whole = await client.getWithCas(key);
    expect(found).toEqual({
      values: ['Ann', 'b', true, true, false, 2, 4, undefined, undefined, undefined, undefined, null, whole!.value],
      cas: whole!.cas,
    });
    expect(await client.bucket.lookupIn('none', ['a'])).toBeUndefined();
  });

  test('mutateIn changes a document in one step, and returns what was counted', async () => {
    const changed = await client.bucket.mutateIn(key, [
      { set: 'user.name', value: 'Bob' },
      { add: ['user', 'a.b'], value: { list: [] } },
      { replace: 'user.tags[0]', value: 'first' },
      { delete: 'no' },
      { push: 'user.tags', values: ['c', null] },
      { unshift: 'user.tags', value: 0 },
      { insert: 'user.tags[1]', value: 'between' },
      { pushUnique: 'user.tags', value: 9n },
      { incr: 'n', by: 37 },
      { decr: 'm' },
    ]);
    const { value, cas } = (await client.getWithCas(key))!;
    const values = [...Array.from({ length: 8 }), 42, -1];
    expect(changed).toEqual({
      result: 'stored',
      values,
      cas,
      token: expect.objectContaining({ vbucket: cluster.vbucketOf(key) }),
    });
    expect(value).toEqual({
      user: { name: 'Bob', 'a.b': { list: [] }, tags: [0, 'between', 'first', 'b', 'c', null, 9] },
      'x.y': { '`"é': true },
      n: 42,
      m: -1,
    });
    if (changed.result === 'stored') expectTypeOf(changed.values[8]).toEqualTypeOf<number>();
  });

  test('integers of 64 bits are exact: bigints, or an error where a number was requested', async () => {
    await client.bucket.mutateIn(key, [{ set: 'big', value: 2n ** 62n }]);
    expect((await client.bucket.lookupIn(key, ['big', 'n']))!.values).toEqual([2n ** 62n, 5]);
    const { values } = await client.bucket.mutateIn(key, [
      { incr: 'big', by: 1n },
      { incr: 'n', by: 1n },
    ]);
    expectTypeOf(values).toEqualTypeOf<[bigint, bigint] | undefined>();
    expect(values).toEqual([2n ** 62n + 1n, 6n]);
    expect(await failure(client.bucket.mutateIn(key, [{ incr: 'big' }]))).toBeInstanceOf(UnsafeIntegerError);
    expect((await client.bucket.lookupIn(key, ['big']))!.values).toEqual([2n ** 62n + 2n]);
  });

  test('creates documents and paths by the mode, and compares the cas', async () => {
    const { bucket } = client;
    const spec = [{ set: 'a.b.c', value: 1 }] as const;
    expect(await bucket.mutateIn('none', spec)).toMatchObject({ result: 'notFound' });
    expect(await bucket.mutateIn('new', spec, { mode: 'add' })).toMatchObject({ result: 'stored' });
    expect(await client.get('new')).toEqual({ a: { b: { c: 1 } } });
    expect(await bucket.mutateIn('new', spec, { mode: 'add' })).toMatchObject({ result: 'exists' });
    expect(await bucket.mutateIn('list', [{ push: '', value: 1 }], { mode: 'set' })).toMatchObject({
      result: 'stored',
    });
    expect(await client.get('list')).toEqual([1]);
    const { cas } = (await client.getWithCas('new'))!;
    expect(await bucket.mutateIn('new', [{ incr: 'a.b.c' }], { cas: cas + 1n })).toMatchObject({ result: 'exists' });
    expect(await bucket.mutateIn('new', [{ incr: 'a.b.c' }], { cas })).toMatchObject({ values: [2] });
    expect(await failure(bucket.mutateIn(key, spec))).toMatchObject({ reason: 'pathNotFound' });
    expect(await bucket.mutateIn(key, spec, { createPath: true })).toMatchObject({ result: 'stored' });
  });

  test.each([
    ['pathNotFound', [{ replace: 'zz', value: 1 }]],
    ['pathExists', [{ add: 'n', value: 1 }]],
    ['pathExists', [{ pushUnique: 'user.tags', value: 'a' }]],
    ['pathMismatch', [{ set: 'n.x', value: 1 }]],
    ['pathInvalid', [{ set: 'a[', value: 1 }]],
    ['pathInvalid', [{ set: Array.from({ length: 40 }, () => 'a'), value: 1 }]],
    ['pathMismatch', [{ incr: 'user' }]],
    ['valueInvalid', [{ pushUnique: 'user.tags', value: [] as never }]],
    ['tooDeep', [{ set: 'a', value: JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown }]],
  ] as const)(
    'a change that fails is a SubDocumentError with the reason %s, and nothing is stored: %j',
    async (reason, specs) => {
      const before = await client.getWithCas(key);
      const error = await failure(client.bucket.mutateIn(key, [{ set: 'changed', value: 1 }, ...specs]));
      expect(error).toBeInstanceOf(SubDocumentError);
      expect(error).toMatchObject({ reason, index: 1, code: 'ERR_SUB_DOCUMENT', sent: true });
      expect(await client.getWithCas(key)).toEqual(before);
    },
  );

  test('an item that is not JSON is an error of both calls', async () => {
    await client.set(key, 'text');
    expect(await failure(client.bucket.lookupIn(key, ['a']))).toMatchObject({ reason: 'notJson', index: 0, path: 'a' });
    expect(await failure(client.bucket.mutateIn(key, [{ set: 'a', value: 1 }]))).toMatchObject({ reason: 'notJson' });
  });

  test('exists and ttlOf read no value', async () => {
    expect(await client.bucket.exists(key)).toBe(true);
    expect(await client.bucket.exists('none')).toBe(false);
    expect(await client.ttlOf(key)).toBe(Infinity);
    expect(await client.ttlOf('none')).toBeUndefined();
    await client.set(key, {}, 1000);
    const ttl = await client.ttlOf(key);
    expect(ttl).toBeGreaterThan(900);
    expect(ttl).toBeLessThanOrEqual(1001);
  });

  test('a mutation keeps the expiry of its document, unless it has a ttl', async () => {
    const { bucket } = client;
    await client.set(key, { n: 1 }, 1000);
    await bucket.mutateIn(key, [{ incr: 'n' }]);
    expect(await client.ttlOf(key)).toBeGreaterThan(900);
    await bucket.mutateIn(key, [{ incr: 'n' }], { mode: 'set' });
    expect(await client.ttlOf(key)).toBeGreaterThan(900);
    await bucket.mutateIn(key, [{ incr: 'n' }], { ttl: 5000 });
    expect(await client.ttlOf(key)).toBeGreaterThan(4900);
    await bucket.mutateIn(key, [{ incr: 'n' }], { ttl: 0 });
    expect(await client.ttlOf(key)).toBe(Infinity);
    const brief = client.with({ ttl: 300 });
    for (const mode of ['set', 'add'] as const) {
      await brief.bucket.mutateIn(`new by ${mode}`, [{ incr: 'n' }], { mode });
      expect(await client.ttlOf(`new by ${mode}`)).toBeGreaterThan(200);
    }
    await brief.bucket.mutateIn(key, [{ incr: 'n' }], { mode: 'set' });
    expect(await client.ttlOf(key)).toBe(Infinity);
  });

  test('a mutation can be durable, and says where that is impossible or not known', async () => {
    const spec = [{ set: 'n', value: 1 }] as const;
    expect(await client.bucket.mutateIn(key, spec, { durability: 'majority' })).toMatchObject({ result: 'stored' });
    const alone = await startCluster({ nodes: 1, replicas: 1 });
    const lonely = clientOf(alone);
    await lonely.set(key, {});
    const impossible = await failure(lonely.bucket.mutateIn(key, spec, { durability: 'majority' }));
    expect(impossible).toBeInstanceOf(DurabilityImpossibleError);
    alone.fault = ({ opcode }) =>
      opcode === couchbaseOpcode.subdocMultiMutation ? { kind: 'status', status: 0xa3 } : undefined;
    const ambiguous = await failure(lonely.bucket.mutateIn(key, spec, { durability: 'majority' }));
    expect(ambiguous).toBeInstanceOf(AmbiguousWriteError);
  });

  test('views put their prefix before the key', async () => {
    const view = client.withPrefix('p:');
    await view.bucket.mutateIn('k', [{ set: 'a', value: 1 }], { mode: 'set', ttl: 100 });
    expect(await client.get('p:k')).toEqual({ a: 1 });
    expect(await view.bucket.lookupIn('k', ['a'])).toMatchObject({ values: [1] });
    expect(await view.bucket.exists('k')).toBe(true);
    expect(await view.ttlOf('k')).toBeGreaterThan(50);
  });

  test('documents of collections do not mix, and live no longer than their collection says', async () => {
    cluster.collections().createCollection('shop', 'carts', { maxTtl: 100 });
    const carts = client.collection('shop', 'carts');
    expect(await carts.bucket.lookupIn(key, ['n'])).toBeUndefined();
    const spec = [{ incr: 'n' }] as const;
    expect(await carts.bucket.mutateIn(key, spec)).toMatchObject({ result: 'notFound' });
    expect(await carts.bucket.mutateIn(key, spec, { mode: 'set' })).toMatchObject({ values: [1] });
    expect(await carts.bucket.lookupIn(key, ['', 'n'])).toMatchObject({ values: [{ n: 1 }, 1] });
    expect(await carts.bucket.exists(key)).toBe(true);
    expect(await carts.ttlOf(key)).toBeLessThanOrEqual(101);
    await carts.bucket.mutateIn(key, spec, { ttl: 1000 });
    expect(await carts.ttlOf(key)).toBeLessThanOrEqual(101);
    expect(await client.bucket.lookupIn(key, ['n'])).toMatchObject({ values: [5] });
    expect(await client.ttlOf(key)).toBe(Infinity);
    const error = await failure(client.collection('shop', 'none').bucket.mutateIn(key, spec, { timeout: 200 }));
    expect(error).toBeInstanceOf(UnknownCollectionError);
  });

  test('any names and values come back as they were', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
    const steps = fc.array(name, { minLength: 1, maxLength: 5 });
    const value = fc.jsonValue().filter((any) => !Number.isInteger(any) || Number.isSafeInteger(any));
    await fc.assert(
      fc.asyncProperty(steps, value, async (path, given) => {
        await client.delete(key);
        await client.bucket.mutateIn(key, [{ set: path, value: given }], { mode: 'set' });
        const found = await client.bucket.lookupIn(key, [path, { exists: path }]);
        const written = JSON.parse(JSON.stringify(given)) as unknown;
        expect(found!.values).toEqual([written, true]);
        const nested = path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), written);
        expect(await client.get(key)).toEqual(nested);
      }),
      { numRuns: 100 },
    );
  });
});

test('fleets that are no bucket have no sub-documents', async () => {
  const client = testClient({ nodes: '127.0.0.1:1' });
  expect(await failure(client.bucket.lookupIn('k', ['a']))).toBeInstanceOf(UnsupportedError);
  expect(await failure(client.bucket.mutateIn('k', [{ delete: 'a' }]))).toBeInstanceOf(UnsupportedError);
  expect(await failure(client.bucket.exists('k'))).toBeInstanceOf(UnsupportedError);
});

test('a locked document rejects at the deadline, and changes with the cas of the lock', async () => {
  const clock = new FakeClock();
  const locked = await startCluster({ nodes: 1, replicas: 0, clock });
  const nodes = locked.nodes.map(({ name }) => name);
  const client = testClient({ nodes, couchbase: locked.credentials, timeout: 1000, clock });
  await turnsFor(clock, client.set(key, { n: 5 }));
  const { cas } = (await turnsFor(clock, client.bucket.getAndLock(key, 20)))!;
  const progress = { isOver: false };
  const refused = failure(client.bucket.mutateIn(key, [{ incr: 'n' }])).finally(() => (progress.isOver = true));
  while (!progress.isOver) {
    await clock.settle();
    if (client.stats().nodes.every(({ inFlight }) => inFlight === 0)) clock.advance(5);
  }
  const error = await refused;
  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({ status: 9 });
  const changed = await turnsFor(clock, client.bucket.mutateIn(key, [{ incr: 'n' }], { cas }));
  expect(changed).toMatchObject({ values: [6] });
  expect(await turnsFor(clock, client.bucket.lookupIn(key, ['n']))).toMatchObject({ values: [6] });
});
