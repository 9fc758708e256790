/** The official SDK judges the range scans of the simulated cluster. */
import { connect } from 'couchbase';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { createCluster, FakeClock } from '../../src/testing/index.ts';
import { type Found, runScans, type Scan } from './support/run-sdk-scans.ts';

describe('the official SDK', () => {
  const clock = new FakeClock();
  const cluster = createCluster({ nodes: 3, replicas: 1, vbuckets: 16, clock });
  const keys = Array.from({ length: 300 }, (_, i) => `scan:${String(i).padStart(3, '0')}`);
  const contentOf = (i: number): object => ({ number: i, text: 'x'.repeat(i) });
  beforeAll(async () => {
    await cluster.listen();
    const sdk = await connect(cluster.connectionString, { ...cluster.credentials, timeouts: { kvTimeout: 8000 } });
    const items = sdk.bucket('default').defaultCollection();
    await Promise.all(keys.map((key, i) => items.upsert(key, contentOf(i))));
    await items.upsert('other', 1);
    await items.upsert('expiring:1', 'v', { expiry: 1000 });
    await sdk.close();
  });
  afterAll(() => cluster.destroy());

  const scan = (scans: readonly Scan[]): Promise<(Found[] | string)[]> => runScans(cluster, scans);

  async function idsOf(scans: readonly Scan[]): Promise<string[][]> {
    const found = await scan(scans.map((one) => ({ ...one, options: { idsOnly: true, ...one.options } })));
    return found.map((one) => (typeof one === 'string' ? [one] : one.map(({ id }) => id)));
  }

  test('scans the documents of a prefix, each once, with its value, cas and expiry', async () => {
    const [found, expiring] = await scan([
      { type: 'prefix', args: ['scan:'] },
      { type: 'prefix', args: ['expiring'] },
    ]);
    const items = (found as Found[]).toSorted((one, other) => (one.id < other.id ? -1 : 1));
    expect(items.map(({ id }) => id)).toEqual(keys);
    expect(items.map(({ content }) => content)).toEqual(keys.map((_, i) => contentOf(i)));
    expect(items.map(({ cas }) => cas)).toEqual(keys.map((key) => String(cluster.inspect(key)[0]!.cas)));
    expect((expiring as [Found])[0].expiryTime).toBe(clock.unixSeconds() + 1000);
  });

  test('has stored what the client scans', async () => {
    const nodes = cluster.nodes.map(({ name }) => name);
    const client = createClient({ nodes, couchbase: cluster.credentials, connectTimeout: 5000 });
    const found: (readonly [string, unknown])[] = [];
    for await (const { key, value } of client.bucket.scan()) found.push([key, value]);
    await client.close();
    expect(Object.fromEntries(found)).toEqual({
      ...Object.fromEntries(keys.map((key, i) => [key, contentOf(i)])),
      other: 1,
      'expiring:1': 'v',
    });
  });

  test('scans ids alone, in batches of any size', async () => {
    const limits = [{}, { batchItemLimit: 1 }, { batchByteLimit: 1 }, { batchItemLimit: 7, concurrency: 4 }];
    const all = await idsOf(limits.map((options) => ({ type: 'prefix', args: ['scan:'], options })));
    for (const ids of all) expect(ids.toSorted()).toEqual(keys);
  });

  test('scans ranges with and without their ends', async () => {
    const [closed, open, whole, none] = await idsOf([
      { type: 'range', args: [['scan:010'], ['scan:020']] },
      {
        type: 'range',
        args: [
          ['scan:010', true],
          ['scan:020', true],
        ],
      },
      { type: 'range', args: [] },
      { type: 'range', args: [['t'], null] },
    ]);
    expect(closed!.toSorted()).toEqual(keys.slice(10, 21));
    expect(open!.toSorted()).toEqual(keys.slice(11, 20));
    expect(whole!.toSorted()).toEqual([...keys, 'other', 'expiring:1'].toSorted());
    expect(none).toEqual([]);
  });

  test('samples as many documents as it wants, the same for the same seed', async () => {
    const [one, same, all] = await idsOf([
      { type: 'sampling', args: [20, 7] },
      { type: 'sampling', args: [20, 7] },
      { type: 'sampling', args: [10_000, 7] },
    ]);
    expect(one!.length).toBe(20);
    expect(same).toEqual(one);
    expect(all!.length).toBeGreaterThanOrEqual(302);
  });

  test('scans what is not older than a write', async () => {
    const [found] = await scan([{ type: 'prefix', args: ['token:'], tokenOf: 'token:1' }]);
    expect((found as Found[]).map(({ content }) => content)).toEqual(['new']);
  });
});
