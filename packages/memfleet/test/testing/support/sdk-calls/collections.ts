/** Calls of the official SDK about scopes, collections and the keys in them. */
import { CouchbaseError } from 'couchbase';
import { expect } from 'vitest';
import { type Found, runScans, type Scan } from '../run-sdk-scans.ts';
import type { SdkCall, SdkPlace } from './sdk-call.ts';

async function makeCollection({ bucket }: SdkPlace, scope: string, name: string): Promise<void> {
  await bucket.collections().createScope(scope);
  await bucket.collections().createCollection(name, scope);
}

export const collectionCalls: readonly SdkCall[] = [
  {
    call: 'getAllScopes',
    expected: 'scopes with their collections',
    async run(place) {
      await makeCollection(place, 'all', 'one');
      const scopes = await place.bucket.collections().getAllScopes();
      const names = scopes.map(({ name, collections }) => [name, ...collections.map((one) => one.name)].join(' '));
      expect(names).toContain('_default _default');
      expect(names).toContain('all one');
    },
  },
  {
    call: 'createCollection, dropCollection',
    expected: 'a collection that has its own items, until it is dropped',
    async run(place) {
      await makeCollection(place, 'made', 'one');
      const one = place.bucket.scope('made').collection('one');
      await one.upsert('key', 'of one');
      await place.items.upsert('key', 'of the default');
      expect((await one.get('key')).content).toBe('of one');
      expect((await place.items.get('key')).content).toBe('of the default');
      await place.bucket.collections().dropCollection('one', 'made');
      await expect(one.get('key', { timeout: 300 })).rejects.toThrow(CouchbaseError);
      await place.bucket.collections().dropScope('made');
      expect((await place.bucket.collections().getAllScopes()).map(({ name }) => name)).not.toContain('made');
    },
  },
  {
    call: '_default._default',
    expected: 'the items of the bucket',
    async run({ bucket, items }) {
      await bucket.scope('_default').collection('_default').upsert('default', 1);
      expect((await items.get('default')).content).toBe(1);
    },
  },
  {
    call: 'a named collection',
    expected: 'all calls for items',
    async run(place) {
      await makeCollection(place, 'named', 'one');
      const one = place.bucket.scope('named').collection('one');
      await one.insert('key', { n: 1 }, { expiry: 1000 });
      const { cas } = await one.get('key');
      await one.replace('key', { n: 2 }, { cas });
      expect((await one.exists('key')).exists).toBe(true);
      expect((await one.getAnyReplica('key')).content).toEqual({ n: 2 });
      expect((await one.binary().increment('count', 1, { initial: 5 })).value).toBe(5);
      await one.touch('key', 10);
      await one.remove('key');
      expect((await one.exists('key')).exists).toBe(false);
    },
  },
  {
    call: 'a collection that does not exist',
    expected: 'an error, at the latest with the timeout',
    run: ({ bucket }) =>
      expect(bucket.scope('no').collection('no').get('key', { timeout: 300 })).rejects.toThrow(
        /collection not found|timeout|scope/,
      ),
  },
  {
    call: 'scan',
    expected: 'the items of a prefix, of a range, and a sample',
    async run(place) {
      await makeCollection(place, 'scans', 'one');
      const one = place.bucket.scope('scans').collection('one');
      const keys = Array.from({ length: 50 }, (_, n) => `a:${String(n).padStart(2, '0')}`);
      await Promise.all([...keys, 'b:1', 'c:1'].map((key) => one.upsert(key, key)));
      const collection = ['scans', 'one'] as const;
      const scans: readonly Scan[] = [
        { type: 'prefix', args: ['a:'], collection },
        { type: 'range', args: [['a:10'], ['b:1', true]], collection, options: { idsOnly: true } },
        { type: 'sampling', args: [7, 1], collection },
      ];
      const [found, range, sample] = (await runScans(place.cluster, scans)) as [Found[], Found[], Found[]];
      expect(found.map(({ id }) => id).toSorted()).toEqual(keys);
      expect(found.every(({ id, content }) => content === id)).toBe(true);
      expect(range.map(({ id }) => id).toSorted()).toEqual(keys.slice(10));
      expect(new Set(sample.map(({ id }) => id)).size).toBe(7);
    },
  },
];
