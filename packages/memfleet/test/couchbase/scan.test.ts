/** `client.bucket.scan` against the simulated cluster. */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type Client,
  type ClientOptions,
  createClient,
  type ScanItem,
  type ScanOptions,
} from '../../src/client/index.ts';
import {
  AbortedError,
  ClosedError,
  InvalidArgumentError,
  TimeoutError,
  UnsupportedError,
} from '../../src/core/errors.ts';
import { status } from '../../src/core/status.ts';
import type { NodeRequest, SimulatedCluster } from '../../src/testing/index.ts';
import { startCluster } from '../testing/support/start-cluster.ts';
import { testClient } from './support/fake-cluster.ts';

function clientOf(cluster: SimulatedCluster, options: ClientOptions = {}): Client {
  const nodes = cluster.nodes.map((node) => node.name);
  return testClient({ nodes, couchbase: cluster.credentials, timeout: 8000, connectTimeout: 5000, ...options });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const keysOnly = true;

describe('a scan', () => {
  test('gives every item once, with value, flags, cas and ttl', async () => {
    const cluster = await startCluster({ nodes: 3, replicas: 1 });
    const client = clientOf(cluster);
    const items = Array.from({ length: 500 }, (_, n) => [`item:${n}`, { n, text: 'x'.repeat(n) }] as const);
    await client.setMany(items);
    await client.set('expiring', 'soon', 1000);
    const found = new Map((await all(client.bucket.scan())).map((item) => [item.key, item]));
    expect(found.size).toBe(501);
    for (const [key, value] of items) {
      const { cas, flags } = (await client.getItem(key))!;
      expect(found.get(key)).toEqual({ key, value, cas, flags, ttl: Infinity });
    }
    const { ttl } = found.get('expiring')!;
    expect(ttl).toBeGreaterThan(990);
    expect(ttl).toBeLessThanOrEqual(1001);
  });

  test('gives only keys with keysOnly', async () => {
    const client = clientOf(await startCluster({ nodes: 2, vbuckets: 16 }));
    await client.setMany({ a: 1, b: 2, é: 3 });
    expect((await all(client.bucket.scan({ keysOnly }))).toSorted()).toEqual(['a', 'b', 'é']);
  });

  test('has the type that its options say', () => {
    const { bucket } = testClient({ nodes: '127.0.0.1:1', couchbase: {} });
    interface User {
      readonly name: string;
    }
    expectTypeOf(bucket.scan<User>({ prefix: 'u' })).toEqualTypeOf<AsyncGenerator<ScanItem<User>, void, undefined>>();
    expectTypeOf(bucket.scan({ keysOnly: true })).toEqualTypeOf<AsyncGenerator<string, void, undefined>>();
    const options: ScanOptions = {};
    const either = bucket.scan<User>(options);
    expectTypeOf(either).toEqualTypeOf<AsyncGenerator<ScanItem<User> | string, void, undefined>>();
  });

  test('of a bucket without items ends at once', async () => {
    const client = clientOf(await startCluster({ nodes: 2, vbuckets: 16 }));
    expect(await all(client.bucket.scan())).toEqual([]);
    expect(await all(client.bucket.scan({ prefix: 'a', from: 'b' }))).toEqual([]);
  });

  test('of a view has the keys of its prefix, without it', async () => {
    const client = clientOf(await startCluster({ nodes: 2, vbuckets: 16 }));
    const view = client.withPrefix('view:');
    await view.setMany({ a: 1, b: 2, c: 3 });
    await client.setMany({ a: 9, 'view;': 9, 'vieW:z': 9 });
    expect((await all(view.bucket.scan({ keysOnly }))).toSorted()).toEqual(['a', 'b', 'c']);
    expect(await all(view.bucket.scan({ after: 'a', before: 'c', keysOnly }))).toEqual(['b']);
    expect((await all(client.bucket.scan({ prefix: 'view:', keysOnly }))).toSorted()).toEqual([
      'view:a',
      'view:b',
      'view:c',
    ]);
  });

  test('takes bounds as bytes, and finds keys that are not UTF-8', async () => {
    const client = clientOf(await startCluster({ nodes: 1, vbuckets: 16 }));
    await client.set(Buffer.from([0x61, 0xff, 0xff]), 1);
    await client.set(Buffer.from([0x61, 0xff]), 2);
    await client.set('b', 3);
    const found = await all(client.bucket.scan({ prefix: Buffer.from([0x61, 0xff]) }));
    expect(new Set(found.map(({ value }) => value))).toEqual(new Set([1, 2]));
  });

  test('has the keys that its bounds say, in order within a vBucket, whatever the batches', async () => {
    const cluster = await startCluster({ nodes: 3, vbuckets: 8 });
    const client = clientOf(cluster);
    const key = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\u{10348}', '~'), minLength: 1, maxLength: 4 });
    const keys = [...new Set(fc.sample(key, { numRuns: 300, seed: 7 }))];
    await client.setMany(keys.map((one) => [one, one] as const));
    const bytes = (text: string): string => Buffer.from(text).toString('latin1');
    const bound = fc.option(key, { nil: undefined });
    const limits = { batchItems: fc.integer({ min: 1, max: 50 }), concurrency: fc.integer({ min: 1, max: 9 }) };
    await fc.assert(
      fc.asyncProperty(
        fc.record({ prefix: bound, from: bound, after: bound, to: bound, before: bound, ...limits }),
        async (options) => {
          const { prefix, from, after, to, before } = options;
          const isIn = (one: string): boolean =>
            (prefix === undefined || one.startsWith(prefix)) &&
            (from === undefined || bytes(one) >= bytes(from)) &&
            (after === undefined || bytes(one) > bytes(after)) &&
            (to === undefined || bytes(one) <= bytes(to)) &&
            (before === undefined || bytes(one) < bytes(before));
          const found = await all(client.bucket.scan({ ...options, keysOnly }));
          expect(found.toSorted()).toEqual(keys.filter(isIn).toSorted());
          for (let vbucket = 0; vbucket < 8; vbucket++) {
            const ofOne = found.filter((one) => cluster.vbucketOf(one) === vbucket).map(bytes);
            expect(ofOne).toEqual(ofOne.toSorted());
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('refuses options that it does not know, and values that they cannot have', async () => {
    const client = clientOf(await startCluster({ nodes: 1 }));
    const wrong = [
      { limit: 1 },
      { prefix: 7 },
      { from: '' },
      { keysOnly: 'yes' },
      { batchItems: 0 },
      { batchBytes: 1.5 },
      { concurrency: -1 },
      { timeout: 0 },
      { signal: {} },
    ];
    for (const options of wrong)
      await expect(all(client.bucket.scan(options as never))).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_INVALID_(ARGUMENT|KEY)$/) as unknown,
      });
    await expect(all(client.bucket.scan('x' as never))).rejects.toThrow(InvalidArgumentError);
  });

  test('is for buckets with vBuckets only', async () => {
    const plain = createClient('127.0.0.1:1');
    await expect(all(plain.bucket.scan())).rejects.toThrow(UnsupportedError);
    await plain.close();
    const cluster = await startCluster({ nodes: 1, buckets: [{ name: 'default', type: 'memcached' }] });
    await expect(all(clientOf(cluster).bucket.scan())).rejects.toThrow('a memcached-type bucket has no range scans');
    const old = await startCluster({ nodes: 1 });
    old.fault = ({ name }) =>
      name === 'rangeScanCreate' ? { kind: 'status', status: status.unknownCommand } : undefined;
    await expect(all(clientOf(old).bucket.scan())).rejects.toThrow(/has no range scans/);
  });
});

/** The requests of scans that nodes receive. */
function recorded(cluster: SimulatedCluster): NodeRequest[] {
  const requests: NodeRequest[] = [];
  cluster.fault = (request) => {
    if (request.name.startsWith('rangeScan')) requests.push(request);
    return undefined;
  };
  return requests;
}

const named = (requests: readonly NodeRequest[], name: string): number =>
  requests.filter((request) => request.name === name).length;

describe('a consumer', () => {
  const keys = Array.from({ length: 200 }, (_, n) => `k${n}`);

  async function filled(): Promise<{ cluster: SimulatedCluster; client: Client }> {
    const cluster = await startCluster({ nodes: 2, vbuckets: 16 });
    const client = clientOf(cluster);
    await client.setMany(keys.map((key) => [key, 1] as const));
    return { cluster, client };
  }

  test('that does not ask for more holds the scan up: a batch for each vBucket in progress', async () => {
    const { cluster, client } = await filled();
    const requests = recorded(cluster);
    const items = client.bucket.scan({ batchItems: 3, concurrency: 2, keysOnly });
    const found: unknown[] = [(await items.next()).value];
    // Whatever was requested has come when later requests have their replies.
    for (let turn = 0; turn < 5; turn++) await client.getMany(keys);
    expect(named(requests, 'rangeScanCreate')).toBe(2);
    expect(named(requests, 'rangeScanContinue')).toBe(2);
    for await (const key of items) found.push(key);
    expect(found.map(String).toSorted()).toEqual(keys.toSorted());
    expect(named(requests, 'rangeScanCancel')).toBe(0);
  });

  test('that leaves the loop ends all scans on the nodes', async () => {
    const { cluster, client } = await filled();
    const requests = recorded(cluster);
    for await (const _ of client.bucket.scan({ batchItems: 1, concurrency: 5, keysOnly })) break;
    await client.getMany(keys);
    await client.getMany(keys);
    const opened = requests.filter(({ name }) => name === 'rangeScanCreate').map(({ vbucket }) => vbucket);
    const cancelled = requests.filter(({ name }) => name === 'rangeScanCancel').map(({ vbucket }) => vbucket);
    expect(opened.length).toBe(5);
    expect(new Set(cancelled)).toEqual(new Set(opened));
  });

  test('that throws in the loop ends all scans on the nodes, too', async () => {
    const { cluster, client } = await filled();
    const requests = recorded(cluster);
    const failing = async (): Promise<void> => {
      for await (const key of client.bucket.scan({ batchItems: 1, keysOnly })) throw new Error(key);
    };
    await expect(failing()).rejects.toThrow(/^k/);
    await client.getMany(keys);
    await client.getMany(keys);
    expect(named(requests, 'rangeScanCancel')).toBe(named(requests, 'rangeScanCreate'));
  });

  test('that awaits something else meanwhile receives a failure with the next item', async () => {
    const { cluster, client } = await filled();
    let batches = 0;
    cluster.fault = ({ name }) =>
      name === 'rangeScanContinue' && ++batches > 1 ? { kind: 'status', status: status.internalError } : undefined;
    const items = client.bucket.scan({ batchItems: 1, concurrency: 4, keysOnly });
    await items.next();
    for (let turn = 0; turn < 5; turn++) await client.getMany(keys);
    expect(batches).toBe(4);
    await expect(items.next()).rejects.toMatchObject({ status: status.internalError });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  test.each([
    ['closed', (client: Client) => client.close()],
    ['destroyed', async (client: Client) => client.destroy()],
  ])('whose client is %s receives an error, and does not wait for its timeout', async (_, end) => {
    const client = clientOf(await startCluster({ nodes: 2, vbuckets: 16 }));
    await client.setMany(Object.fromEntries(Array.from({ length: 100 }, (__, n) => [`k${n}`, n])));
    const items = client.bucket.scan({ batchItems: 1, timeout: 2 ** 31 - 1, keysOnly });
    await items.next();
    await end(client);
    await expect(all(items)).rejects.toThrow(ClosedError);
    await expect(all(client.bucket.scan({ timeout: 2 ** 31 - 1 }))).rejects.toThrow(ClosedError);
  });

  test('that aborts receives an error in place of the next item', async () => {
    const { cluster, client } = await filled();
    const requests = recorded(cluster);
    const abort = new AbortController();
    const items = client.bucket.scan({ signal: abort.signal, keysOnly });
    await items.next();
    abort.abort();
    await expect(items.next()).rejects.toThrow(AbortedError);
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await client.getMany(keys);
    await client.getMany(keys);
    const cancelled = named(requests, 'rangeScanCancel');
    expect(cancelled).toBeGreaterThan(0);
  });

  test('that aborts while a node is silent is not held up', async () => {
    const { cluster, client } = await filled();
    await client.get('k0');
    const abort = new AbortController();
    cluster.fault = ({ name }) => {
      if (name !== 'rangeScanContinue') return undefined;
      abort.abort(new Error('enough'));
      return { kind: 'silence' };
    };
    await expect(all(client.bucket.scan({ signal: abort.signal }))).rejects.toMatchObject({
      code: 'ABORT_ERR',
      cause: { message: 'enough' },
    });
    await expect(all(client.bucket.scan({ signal: abort.signal }))).rejects.toThrow(AbortedError);
  });

  test('waits for each batch as long as it says', async () => {
    const { cluster, client } = await filled();
    await client.get('k0');
    cluster.fault = ({ name }) => (name === 'rangeScanContinue' ? { kind: 'silence' } : undefined);
    await expect(all(client.bucket.scan({ timeout: 50 }))).rejects.toThrow(TimeoutError);
  });

  test('receives an error when the client closes meanwhile', async () => {
    const { client } = await filled();
    const items = client.bucket.scan({ batchItems: 1 });
    await items.next();
    client.destroy();
    await expect(all(items)).rejects.toThrow(ClosedError);
  });
});
